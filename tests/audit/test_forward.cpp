// Each mistake in y and in the running statistics, in norms, shapes and types: recognized, and
// nothing else with it.

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "generate.hpp"

using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(audit)
BOOST_AUTO_TEST_SUITE(forward)

namespace {

const std::vector<Shape> shapes = {{16, 12}, {5, 8, 6}, {3, 6, 4, 5}};
const std::vector<std::string> all_norms = {"layer_norm", "rms_norm", "batch_norm", "instance_norm",
                                            "group_norm"};
const std::vector<std::string> centred = {"layer_norm", "batch_norm", "instance_norm",
                                          "group_norm"};
const std::vector<std::string> all_types = {"F64", "F32", "F16", "BF16"};
const std::vector<std::string> wide_types = {"F64", "F32"};

void expect(const Case& wanted) {
  BOOST_TEST_CONTEXT(describe(wanted)) {
    const evenkeel::audit::Verdict verdict = audited(generate(wanted));
    const Ids found(verdict.mistakes.begin(), verdict.mistakes.end());
    BOOST_TEST(found == wanted.mistakes, boost::test_tools::per_element());
    BOOST_REQUIRE(verdict.found.has_value());
    if (wanted.declared) BOOST_TEST(to_string(verdict.found->variant.norm) == wanted.norm);
  }
}

void expect_everywhere(Case wanted, const std::vector<std::string>& norms,
                       const std::vector<std::string>& types) {
  for (const std::string& norm : norms) {
    for (const Shape& shape : shapes) {
      if (norm == "instance_norm" && shape.size() < 3) continue;
      for (const std::string& dtype : types) {
        wanted.norm = norm;
        wanted.shape = shape;
        wanted.dtype = dtype;
        wanted.seed += 1;
        expect(wanted);
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(right) {
  expect_everywhere({.backward = true}, all_norms, all_types);
}

BOOST_AUTO_TEST_CASE(eps_outside_root) {
  expect_everywhere({.mistakes = {"eps_outside_root"}}, all_norms, wide_types);
  // In 16 bits it can be seen where eps is large beside σ.
  expect_everywhere({.mistakes = {"eps_outside_root"}, .eps = 0.1, .scale = 0.3}, all_norms,
                    all_types);
}

BOOST_AUTO_TEST_CASE(variance_n_minus_1) {
  expect_everywhere({.mistakes = {"variance_n_minus_1"}}, all_norms, wide_types);
  for (const std::string& dtype : all_types) {  // in 16 bits n must be small
    for (const std::string& norm : all_norms) {
      const Shape shape = norm == "instance_norm" ? Shape{9, 12, 8} : Shape{9, 12};
      expect({.norm = norm,
              .shape = shape,
              .dtype = dtype,
              .mistakes = {"variance_n_minus_1"},
              .seed = 5});
    }
  }
}

BOOST_AUTO_TEST_CASE(roots) {
  expect_everywhere({.mistakes = {"rsqrt_for_sqrt"}, .scale = 2}, all_norms, all_types);
  expect_everywhere({.mistakes = {"no_square_root"}, .scale = 2}, all_norms, all_types);
  expect_everywhere({.mistakes = {"square_for_root"}, .scale = 2}, all_norms, all_types);
  expect_everywhere({.mistakes = {"root_of_std"}, .scale = 2}, all_norms, all_types);
}

BOOST_AUTO_TEST_CASE(eps_missing) {
  expect_everywhere({.mistakes = {"eps_missing"}, .eps = 1e-3, .scale = 0.1}, all_norms,
                    wide_types);
}

BOOST_AUTO_TEST_CASE(wrong_axis) {
  expect_everywhere({.mistakes = {"wrong_axis"}, .mean = 1}, all_norms, all_types);
}

BOOST_AUTO_TEST_CASE(one_norm_for_another) {
  expect_everywhere({.mistakes = {"rms_for_layer_norm"}, .mean = 1}, {"layer_norm"}, all_types);
  expect_everywhere({.mistakes = {"layer_norm_for_rms"}, .mean = 1}, {"rms_norm"}, all_types);
  expect_everywhere({.mistakes = {"rms_for_layer_norm"}, .mean = 1, .declared = false},
                    {"layer_norm"}, {"F64"});  // beta says which it is
}

BOOST_AUTO_TEST_CASE(gain_and_shift) {
  expect_everywhere({.mistakes = {"gain_plus_one"}}, all_norms, all_types);
  expect_everywhere({.mistakes = {"gamma_missing"}}, all_norms, all_types);
  expect_everywhere({.mistakes = {"beta_missing"}}, centred, all_types);
  expect_everywhere({.mistakes = {"beta_before_gamma"}}, centred, all_types);
}

BOOST_AUTO_TEST_CASE(gemma_has_its_own_gain) {
  Case wanted{.norm = "rms_norm", .mistakes = {"gain_plus_one"}};
  evenkeel::TensorFile file = generate(wanted);
  file.metadata["norm"] = "GemmaRMSNorm";
  BOOST_TEST(found_in(file) == Ids{}, boost::test_tools::per_element());
  wanted.mistakes = {};
  file = generate(wanted);
  file.metadata["norm"] = "gemma";
  BOOST_TEST(found_in(file) == Ids{"gain_without_one"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(half_precision) {
  expect_everywhere({.mistakes = {"half_precision"}}, all_norms, wide_types);
}

BOOST_AUTO_TEST_CASE(groups) {
  for (const Shape& shape : {Shape{6, 8}, Shape{3, 12, 5}, Shape{2, 8, 3, 4}}) {
    for (const std::string& dtype : all_types) {
      expect({.norm = "group_norm",
              .shape = shape,
              .dtype = dtype,
              .mistakes = {"groups_interleaved"},
              .mean = 1,
              .groups = 4});
      evenkeel::TensorFile file =
          generate({.norm = "group_norm", .shape = shape, .dtype = dtype, .groups = 4});
      file.metadata["num_groups"] = "2";
      BOOST_TEST(found_in(file) == Ids{"groups_differ"}, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(running_statistics) {
  for (const char* mistake : {"running_var_biased", "momentum_reversed",
                              "running_statistics_not_updated", "running_var_of_std"}) {
    // Rounded to 16 bits, n and n − 1 can be told apart where n is small and much is taken in.
    const double momentum = mistake == std::string("running_var_biased") ? 0.4 : 0.1;
    Case wanted{.mistakes = {mistake}, .scale = 3, .running = true, .momentum = momentum};
    expect_everywhere(wanted, {"batch_norm"}, wide_types);
    wanted.norm = "batch_norm";
    wanted.shape = {4, 32};
    for (const std::string& dtype : all_types) {
      wanted.dtype = dtype;
      expect(wanted);
    }
  }
  expect_everywhere({.running = true}, {"batch_norm"}, all_types);
}

BOOST_AUTO_TEST_CASE(statistics_of_eval) {
  expect_everywhere({.mistakes = {"statistics_of_eval"}, .running = true}, {"batch_norm"},
                    all_types);
  evenkeel::TensorFile file = generate({.norm = "batch_norm", .running = true});
  file.metadata["training"] = "False";
  BOOST_TEST(found_in(file) == Ids{"statistics_of_batch_in_eval"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_evaluation_is_right) {
  Case wanted{.norm = "batch_norm", .mistakes = {"statistics_of_eval"}, .running = true};
  for (const Shape& shape : shapes) {
    wanted.shape = shape;
    evenkeel::TensorFile file = generate(wanted);
    std::erase_if(file.tensors,
                  [](const auto& tensor) { return tensor.name.ends_with("_before"); });
    BOOST_TEST(found_in(file) == Ids{}, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(cancellation) {
  for (const std::string& norm : centred) {
    for (const Shape& shape : {Shape{8, 32}, Shape{4, 6, 40}, Shape{3, 4, 8, 8}}) {
      if (norm == "instance_norm" && shape.size() < 3) continue;
      const Case wanted{
          .norm = norm, .shape = shape, .dtype = "F32", .mean = 3000, .affine = false, .seed = 7};
      evenkeel::TensorFile file = generate(wanted);
      const std::vector<std::size_t> tiles = tiles_of(wanted);
      std::vector<float> x(tiles.size()), sum(tiles.size()), squares(tiles.size()), n(tiles.size());
      std::memcpy(x.data(), file.tensors[0].data.data(), file.tensors[0].data.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        sum[tiles[i]] += x[i], squares[tiles[i]] += x[i] * x[i], n[tiles[i]] += 1;
      }
      Numbers y;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t t = tiles[i];
        const float mean = sum[t] / n[t], variance = squares[t] / n[t] - mean * mean;
        y.push_back((x[i] - mean) / std::sqrt(variance + 1e-5f));  // NaN where it is negative
      }
      file.tensors[1] = tensor("y", shape, y, "F32");
      BOOST_TEST_CONTEXT(describe(wanted)) {
        BOOST_TEST(found_in(file) == Ids{"cancellation"}, boost::test_tools::per_element());
      }
    }
  }
}

// BatchNorm of four sequences of lengths 10, 8, 6 and 4, padded to 10 with zeros.
evenkeel::TensorFile padded(const std::string& dtype, bool pollutes, bool told) {
  const std::size_t channels = 6, longest = 10, size = 4 * channels * longest;
  std::mt19937 random(3);
  std::normal_distribution<double> normal(2, 1);
  Numbers x, y, weight, mask, n(channels), mean(channels), variance(channels);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t sample = i / channels / longest;
    const bool valid = i % longest < longest - 2 * sample;
    x.push_back(valid ? rounded(normal(random), dtype) : 0);
    weight.push_back(valid || pollutes);
    if (i / longest % channels == 0) mask.push_back(valid);
  }
  const auto channel = [&](std::size_t i) { return i / longest % channels; };
  for (std::size_t i = 0; i < size; ++i) n[channel(i)] += weight[i];
  for (std::size_t i = 0; i < size; ++i) mean[channel(i)] += weight[i] * x[i] / n[channel(i)];
  for (std::size_t i = 0; i < size; ++i) {
    const double centred = x[i] - mean[channel(i)];
    variance[channel(i)] += weight[i] * centred * centred / n[channel(i)];
  }
  for (std::size_t i = 0; i < size; ++i) {
    y.push_back((x[i] - mean[channel(i)]) / std::sqrt(variance[channel(i)] + 1e-5));
  }
  const Shape shape = {4, channels, longest};
  evenkeel::TensorFile file{{tensor("x", shape, x, dtype), tensor("y", shape, y, dtype)},
                            {{"norm", "batch_norm"}}};
  if (told) file.tensors.push_back(tensor("mask", {4, longest}, mask, "BOOL"));
  return file;
}

BOOST_AUTO_TEST_CASE(padding_in_statistics) {
  for (const std::string& dtype : all_types) {
    for (const bool told : {true, false}) {
      BOOST_TEST_CONTEXT(dtype << (told ? ", told" : ", seen")) {
        BOOST_TEST(found_in(padded(dtype, true, told)) == Ids{"padding_in_statistics"},
                   boost::test_tools::per_element());
        BOOST_TEST(found_in(padded(dtype, false, told)) == Ids{}, boost::test_tools::per_element());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(two_at_once) {
  expect_everywhere({.mistakes = {"eps_outside_root", "variance_n_minus_1"}, .eps = 1e-3},
                    all_norms, wide_types);
  expect_everywhere({.mistakes = {"rsqrt_for_sqrt", "gain_plus_one"}, .scale = 2}, all_norms,
                    all_types);
  expect_everywhere({.mistakes = {"wrong_axis", "variance_n_minus_1"}, .mean = 1}, all_norms,
                    wide_types);
  expect_everywhere({.mistakes = {"rms_for_layer_norm", "eps_outside_root"}, .mean = 1},
                    {"layer_norm"}, wide_types);
  expect_everywhere(
      {.mistakes = {"running_var_biased", "momentum_reversed"}, .scale = 3, .running = true},
      {"batch_norm"}, wide_types);
  expect_everywhere({.mistakes = {"variance_n_minus_1", "running_var_biased"},
                     .scale = 3,
                     .running = true,
                     .momentum = 0.4},
                    {"batch_norm"}, wide_types);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
