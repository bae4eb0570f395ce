// NaN and Inf in every op.
#include "body_table.hpp"
#include "nan_travels.hpp"

namespace evenkeel_test::not_finite {

NanTravels of_row(const bodies::Row& row) {
  NanTravels test{row.name, row.record, {}};
  Random random(3);
  for (const Shape shape : row.inputs({5, 6})) {
    test.inputs.push_back(random.normal(shape.rows, shape.cols));
  }
  if (row.positive) test.inputs.back() = arma::abs(test.inputs.back()) + Scalar(0.1);
  test.last_is_positive = row.positive;
  test.only_chooses = row.name == "relu" || row.name == "leaky_relu" || row.name == "max_pool";
  test.times_zero =
      row.name == "dropout" || row.name == "conv2d" || row.name.ends_with("attention");
  return test;
}

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(not_finite)

BOOST_AUTO_TEST_CASE(a_nan_reaches_what_depends_on_it_and_nothing_else) {
  for (const Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    for (const bodies::Row& row : bodies::table()) of_row(row).check();
  }
}

BOOST_AUTO_TEST_CASE(a_saturated_activation_has_a_finite_gradient) {
  for (const Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    for (const auto f : {silu, +[](Var x) { return gelu(x); },
                         +[](Var x) { return gelu(x, Gelu::tanh); }, tanh, sigmoid}) {
      Tape tape;
      const Var x = tape.variable(Numbers{{-1e30, -1e14, -100, 100, 1e14, 1e30}});
      const Var y = f(x);
      tape.backward(sum(y));
      BOOST_TEST(y.value().is_finite());
      BOOST_TEST(x.gradient().is_finite());
      BOOST_TEST(std::abs(x.gradient()[0]) == 0);
    }
  }
}

// Ten ways to make a NaN or Inf out of finite numbers: check_finite names the op that did.
BOOST_AUTO_TEST_CASE(the_op_that_made_it_is_named) {
  struct Way {
    std::string says;
    std::function<Var(Var)> f;  // of (0, 1, −1)
  };
  const double smallest = std::numeric_limits<Scalar>::min();
  const auto huge = [](Var x) { return x * double(std::numeric_limits<Scalar>::max()); };
  const Way ways[] = {
      {"[log] made the first NaN or Inf: it is in the value of node 1 log",
       [](Var x) { return log(x); }},
      {"[sqrt] made the first NaN or Inf: it is in the value of node 1 sqrt",
       [](Var x) { return sqrt(x); }},
      {"[exp] made the first NaN or Inf: it is in the value", [](Var x) { return exp(1e5 * x); }},
      {"[pow] made the first NaN or Inf: it is in the value", [](Var x) { return pow(x, 0.3); }},
      {"[pow] made the first NaN or Inf: it is in the value", [](Var x) { return 1 / x; }},
      {"[divide] made the first NaN or Inf: it is in the value", [](Var x) { return x / abs(x); }},
      {"[scale] made the first NaN or Inf: it is in the value", [&](Var x) { return 2 * huge(x); }},
      {"[matmul] made the first NaN or Inf: it is in the value",
       [&](Var x) { return huge(x) * transpose(huge(x)); }},
      {"[sqrt] made the first NaN or Inf: it is in the gradient of node 1 abs, 1×3, the first Inf "
       "at row 0, column 0\n  its upstream gradient, of node 2 sqrt, 1×3: from 1 to 1",
       [](Var x) { return sqrt(abs(x)); }},
      {"[divide] made the first NaN or Inf: it is in the gradient",
       [&](Var x) { return x / (1e-3 * std::sqrt(smallest) * (abs(x) + 1)); }},
  };
  for (const Way& way : ways) {
    Tape tape;
    tape.check_finite(true);
    const auto run = [&] {
      const Var y = way.f(tape.variable(Numbers{{0, 1, -1}}));
      tape.backward(sum(y));
    };
    BOOST_CHECK_EXCEPTION(run(), Error, says(way.says));
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()

}  // namespace evenkeel_test::not_finite
