// A thousand right norms by seed (a hundred under AddressSanitizer), computed in the precision of
// their files and in the orders in which frameworks sum: none may be accused.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "generate.hpp"

using namespace evenkeel_test;
using evenkeel::audit::clearly_better;
using evenkeel::audit::Fit;

BOOST_AUTO_TEST_SUITE(audit)

namespace {

#ifdef EVENKEEL_ADDRESS_SANITIZER
constexpr unsigned right_ones = 100;  // a thousand take four minutes
#else
constexpr unsigned right_ones = 1000;
#endif

enum class Order { one_by_one, in_pairs, welford };

template <class Number>
Number sum_in_pairs(const std::vector<Number>& values, std::size_t begin, std::size_t end) {
  if (end - begin < 9) {
    Number sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += values[i];
    return sum;
  }
  const std::size_t middle = begin + (end - begin) / 2;
  return sum_in_pairs(values, begin, middle) + sum_in_pairs(values, middle, end);
}

template <class Number>
Number sum_of(const std::vector<Number>& values, Order order) {
  if (order == Order::in_pairs) return sum_in_pairs(values, 0, values.size());
  Number sum = 0;
  for (const Number value : values) sum += value;
  return sum;
}

template <class Number>
struct Moments {
  Number mean = 0, variance = 0;
};

template <class Number>
Moments<Number> moments_of(const std::vector<Number>& values, Order order, bool centred) {
  const Number n = static_cast<Number>(values.size());
  Moments<Number> moments;
  if (order == Order::welford && centred) {
    Number count = 0, m2 = 0;
    for (const Number value : values) {
      const Number step = value - moments.mean;
      moments.mean += step / ++count;
      m2 += step * (value - moments.mean);
    }
    moments.variance = m2 / n;
    return moments;
  }
  if (centred) moments.mean = sum_of(values, order) / n;
  std::vector<Number> squares;
  for (const Number value : values) {
    squares.push_back((value - moments.mean) * (value - moments.mean));
  }
  moments.variance = sum_of(squares, order) / n;
  return moments;
}

// y again, in Number, in one of the forms that are in use.
template <class Number>
Numbers forward_pass(const Case& wanted, const Numbers& x, const Numbers& gamma,
                     const Numbers& beta, Order order, bool folded) {
  const std::vector<std::size_t> tiles = tiles_of(wanted), channels = channels_of(wanted);
  std::vector<std::vector<Number>> values(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    values[tiles[i]].push_back(static_cast<Number>(x[i]));
  }
  std::vector<Moments<Number>> moments;
  for (const std::vector<Number>& tile : values) {
    if (tile.empty()) break;
    moments.push_back(moments_of(tile, order, wanted.norm != "rms_norm"));
  }
  Numbers y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto [mean, variance] = moments[tiles[i]];
    const Number rstd = 1 / std::sqrt(variance + static_cast<Number>(wanted.eps));
    const Number g = static_cast<Number>(gamma[channels[i]]), one = static_cast<Number>(x[i]);
    const Number b = static_cast<Number>(beta[channels[i]]);
    const Number scale = rstd * g, shift = b - mean * scale;  // as GroupNorm folds it
    y.push_back(folded ? one * scale + shift : (one - mean) * rstd * g + b);
  }
  return y;
}

Numbers numbers_of(const evenkeel::TensorFile& file, const std::string& name, std::size_t count,
                   double missing) {
  const evenkeel::audit::Evidence evidence = evenkeel::audit::evidence_of(file, "a file");
  const evenkeel::audit::Array* array = evidence.find(name);
  return array ? array->values : Numbers(count, missing);
}

Case drawn(unsigned seed) {
  std::mt19937 random(seed);
  const auto one_of = [&](auto... choices) {
    const std::vector<std::common_type_t<decltype(choices)...>> all = {choices...};
    return all[random() % all.size()];
  };
  using Text = std::string;
  Case wanted;
  wanted.seed = seed;
  wanted.norm = one_of(Text("layer_norm"), Text("rms_norm"), Text("batch_norm"),
                       Text("instance_norm"), Text("group_norm"));
  wanted.dtype =
      one_of(Text("F32"), Text("F32"), Text("F32"), Text("F64"), Text("F16"), Text("BF16"));
  const std::size_t least = wanted.norm == "instance_norm" ? 3 : 2;
  const std::size_t rank = std::max<std::size_t>(one_of(2, 3, 4, 5), least);
  wanted.shape.clear();
  for (std::size_t d = 0; d < rank; ++d) wanted.shape.push_back(2 + random() % (rank < 4 ? 7 : 4));
  wanted.groups = one_of(1, 2, 3);
  if (wanted.norm == "group_norm") wanted.shape[1] = 2 * wanted.groups;
  if (rank == 3 && random() % 3 == 0) wanted.shape.back() = one_of(64, 200, 768);
  wanted.eps = one_of(1e-5, 1e-5, 1e-6, 1e-3, 1e-12);
  wanted.scale = std::pow(10, one_of(-2, -1, 0, 1, 2));
  wanted.mean = one_of(0.0, 0.0, 1.0, -3.0, 30.0, 1000.0, 1e4);
  if (wanted.dtype.ends_with("16")) wanted.mean = std::min(wanted.mean, 1.0);
  if (wanted.dtype == "F16") wanted.scale = std::min(wanted.scale, 10.0);
  wanted.affine = random() % 3 > 0;
  wanted.declared = random() % 2 > 0;
  wanted.eps_told = random() % 2 > 0;
  wanted.backward = random() % 2 > 0 && std::abs(wanted.mean) < 100;
  wanted.running = wanted.norm == "batch_norm" && random() % 2 > 0;
  return wanted;
}

}  // namespace

BOOST_AUTO_TEST_CASE(none_of_many_right_ones_is_accused) {
  fmt::print("auditing {} right files\n", right_ones);
  for (unsigned seed = 1; seed <= right_ones; ++seed) {
    const Case wanted = drawn(seed);
    evenkeel::TensorFile file = generate(wanted);
    const std::size_t size = evenkeel::audit::size_of(wanted.shape);
    const Numbers x = numbers_of(file, "x", size, 0), gamma = numbers_of(file, "gamma", size, 1),
                  beta = numbers_of(file, "beta", size, 0);
    const Order order = static_cast<Order>(seed % 3);
    const bool folded = seed % 2 > 0;
    const Numbers y = wanted.dtype == "F64"
                          ? forward_pass<double>(wanted, x, gamma, beta, order, folded)
                          : forward_pass<float>(wanted, x, gamma, beta, order, folded);
    for (evenkeel::Tensor& each : file.tensors) {
      if (each.name == "y") each = tensor("y", wanted.shape, y, wanted.dtype);
    }
    BOOST_TEST_CONTEXT(describe(wanted)) {
      const evenkeel::audit::Verdict verdict = audited(file);
      BOOST_TEST(verdict.mistakes == std::vector<std::string>{}, boost::test_tools::per_element());
      if (!wanted.declared) continue;
      BOOST_REQUIRE(verdict.found.has_value());
      BOOST_TEST(to_string(verdict.found->variant.norm) == wanted.norm);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_group_of_one_number_is_not_accused) {
  for (const bool affine : {true, false}) {
    for (const bool backward : {true, false}) {
      evenkeel::TensorFile file = generate({.norm = "group_norm",
                                            .shape = {6, 8},
                                            .dtype = "F32",
                                            .groups = 8,
                                            .affine = affine,
                                            .backward = backward});
      file.metadata.erase("num_groups");
      const evenkeel::audit::Verdict verdict = audited(file);
      BOOST_TEST(verdict.mistakes == std::vector<std::string>{}, boost::test_tools::per_element());
      BOOST_REQUIRE(!verdict.checks.empty());
      BOOST_TEST(verdict.checks.back().quantity == "groups");
      BOOST_TEST(!verdict.checks.back().reason.empty());
    }
  }
  const evenkeel::audit::Verdict told =
      audited(generate({.norm = "group_norm", .shape = {6, 8}, .groups = 8}));
  BOOST_TEST(told.mistakes == std::vector<std::string>{}, boost::test_tools::per_element());
  BOOST_TEST(told.checks.empty());
}

// What overrides a simpler explanation must have something to explain, by more than chance.
BOOST_AUTO_TEST_CASE(a_good_fit_is_not_overridden) {
  const auto fit = [](double rms) { return Fit{.rms = rms}; };
  BOOST_TEST(clearly_better(fit(0.05), fit(0.5), 100));
  BOOST_TEST(!clearly_better(fit(0.01), fit(0.34), 1000));  // the first is as good arithmetic is
  BOOST_TEST(!clearly_better(fit(0.15), fit(0.5), 1000));   // the second is not much better
  BOOST_TEST(!clearly_better(fit(0.05), fit(0.5), 1));      // in one tile that is chance
  BOOST_TEST(!clearly_better(fit(1e-9), fit(0.5), 1));      // so it is where it is exact
}

BOOST_AUTO_TEST_SUITE_END()
