// Each mistake in dx, dgamma and dbeta, in norms, shapes and types: recognized, and nothing else
// with it.

#include <boost/test/unit_test.hpp>

#include "generate.hpp"

using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(audit)
BOOST_AUTO_TEST_SUITE(backward)

namespace {

const std::vector<std::string> all_norms = {"layer_norm", "rms_norm", "batch_norm", "instance_norm",
                                            "group_norm"};
const std::vector<std::string> centred = {"layer_norm", "batch_norm", "instance_norm",
                                          "group_norm"};

void expect_everywhere(const Ids& mistakes, const std::vector<std::string>& norms,
                       const std::vector<std::string>& types = {"F64", "F32", "F16", "BF16"}) {
  unsigned seed = 1;
  for (const std::string& norm : norms) {
    for (const Shape& shape : {Shape{9, 12}, Shape{5, 8, 6}, Shape{3, 6, 4, 5}}) {
      if (norm == "instance_norm" && shape.size() < 3) continue;
      for (const std::string& dtype : types) {
        const Case wanted{.norm = norm,
                          .shape = shape,
                          .dtype = dtype,
                          .mistakes = mistakes,
                          .scale = 2,
                          .backward = true,
                          .seed = ++seed};
        BOOST_TEST_CONTEXT(describe(wanted)) {
          BOOST_TEST(found_in(generate(wanted)) == mistakes, boost::test_tools::per_element());
        }
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(terms_of_dx) {
  expect_everywhere({"dx_without_mean_term"}, centred);
  expect_everywhere({"dx_without_variance_term"}, all_norms);
  expect_everywhere({"dx_without_gamma"}, all_norms);
  expect_everywhere({"dx_without_rstd"}, all_norms);
  expect_everywhere({"dx_sums_for_means"}, all_norms);
  expect_everywhere({"dx_gamma_last"}, {"layer_norm", "rms_norm"});  // of a channel: no mistake
  expect_everywhere({"dx_without_mean_term", "dx_without_variance_term"}, centred);
  expect_everywhere({"dx_without_gamma", "dx_without_variance_term"}, all_norms);
}

BOOST_AUTO_TEST_CASE(sums) {
  expect_everywhere({"dgamma_not_summed"}, all_norms);
  expect_everywhere({"dgamma_averaged"}, all_norms);
  expect_everywhere({"dgamma_from_x"}, all_norms, {"F64", "F32"});
  expect_everywhere({"dgamma_without_rstd"}, {"layer_norm", "batch_norm"}, {"F64", "F32"});
  expect_everywhere({"dgamma_with_gamma"}, all_norms);
  expect_everywhere({"dbeta_not_summed"}, centred);
  expect_everywhere({"dbeta_averaged"}, centred);
  expect_everywhere({"dbeta_with_gamma"}, centred);
  expect_everywhere({"dbeta_from_dx"}, centred, {"F64", "F32"});
  expect_everywhere({"dgamma_dbeta_swapped"}, centred);
  expect_everywhere({"dgamma_not_summed", "dbeta_not_summed"}, centred);
}

BOOST_AUTO_TEST_CASE(a_sum_in_another_shape) {
  const Case wanted{.norm = "batch_norm", .shape = {4, 3, 5}, .backward = true};
  for (const Shape& shape : {Shape{4, 3, 5}, Shape{3, 5}, Shape{4, 3}}) {
    for (const std::string name : {"dgamma", "dbeta"}) {
      evenkeel::TensorFile file = generate(wanted);
      for (evenkeel::Tensor& each : file.tensors) {
        if (each.name != name) continue;
        each = tensor(name, shape, Numbers(evenkeel::audit::size_of(shape), 0.5), "F64");
      }
      BOOST_TEST(found_in(file) == Ids{name + "_not_summed"}, boost::test_tools::per_element());
    }
  }
}

// The derivative of what was computed is no second mistake.
BOOST_AUTO_TEST_CASE(a_wrong_forward_with_the_backward_of_the_right_one) {
  expect_everywhere({"gain_plus_one"}, all_norms);
  expect_everywhere({"gamma_missing"}, {"layer_norm"});
}

BOOST_AUTO_TEST_CASE(forward_and_backward_at_once) {
  expect_everywhere({"gain_plus_one", "dx_without_mean_term"}, centred);
  expect_everywhere({"gain_plus_one", "dgamma_averaged"}, all_norms);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
