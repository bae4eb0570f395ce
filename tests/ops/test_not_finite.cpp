// NaN and Inf in every op.
#include "body_table.hpp"
#include "not_finite.hpp"

namespace evenkeel_test::not_finite {

NotFinite of_row(const bodies::Row& row) {
  NotFinite test{row.name, row.record, {}};
  Random random(3);
  const Index cols = row.name == "attention" ? 67 : 6;  // more than one block of keys
  for (const Shape shape : row.inputs({5, cols})) {
    test.inputs.push_back(random.normal(shape.rows, shape.cols));
  }
  if (row.positive) test.inputs.back() = arma::abs(test.inputs.back()) + Scalar(0.1);
  test.last_is_positive = row.positive;
  test.only_chooses = row.name == "relu" || row.name == "leaky_relu" || row.name == "max_pool";
  test.times_zero = row.name == "dropout" || row.name == "conv2d" || row.name == "attention";
  test.inf_may_be_nan = row.name == "attention" || row.name == "cross_entropy";
  return test;
}

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(not_finite)

BOOST_AUTO_TEST_CASE(a_nan_reaches_what_depends_on_it_and_nothing_else) {
  for (const bodies::Row& row : bodies::table()) of_row(row).check_nan();
}

BOOST_AUTO_TEST_CASE(an_inf_reaches_what_depends_on_it_and_nothing_else) {
  for (const bodies::Row& row : bodies::table()) of_row(row).check_inf();
}

// What mathematics says of x = (−Inf, 1, Inf), or where that has no limit, IEEE and PyTorch: y and,
// with dy = 1, dx.
BOOST_AUTO_TEST_CASE(an_inf_becomes_what_the_function_says) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  struct Way {
    const char* name;
    Var (*f)(Var);
    double y[2], dx[2];  // at −Inf, at Inf
  };
  const Way ways[] = {
      {"exp", exp, {0, inf}, {0, inf}},
      {"log", log, {nan, inf}, {0, 0}},
      {"sqrt", sqrt, {nan, inf}, {nan, 0}},
      {"square", square, {inf, inf}, {-inf, inf}},
      {"abs", abs, {inf, inf}, {-1, 1}},
      {"erf", erf, {-1, 1}, {0, 0}},
      {"1/x", [](Var x) { return 1 / x; }, {0, 0}, {0, 0}},
      {"x³", [](Var x) { return pow(x, 3); }, {-inf, inf}, {inf, inf}},
      {"3 x", [](Var x) { return 3 * x; }, {-inf, inf}, {3, 3}},
      {"x / x", [](Var x) { return x / x; }, {nan, nan}, {nan, nan}},
      {"x − x", [](Var x) { return x - x; }, {nan, nan}, {0, 0}},
      {"relu", relu, {0, inf}, {0, 1}},
      {"leaky_relu", [](Var x) { return leaky_relu(x, 0.5); }, {-inf, inf}, {0.5, 1}},
      {"sigmoid", sigmoid, {0, 1}, {0, 0}},
      {"tanh", tanh, {-1, 1}, {0, 0}},
      {"silu", silu, {nan, inf}, {nan, nan}},  // Inf·0, as PyTorch's
      {"gelu", [](Var x) { return gelu(x); }, {nan, inf}, {nan, nan}},
      {"gelu_tanh", [](Var x) { return gelu(x, Gelu::tanh); }, {nan, inf}, {nan, nan}},
      {"max_pool",
       [](Var x) {
         return max_pool(x, {1, 1, 1}, 1);
       },
       {-inf, inf},
       {1, 1}},
  };
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  for (const Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    for (const Way& way : ways) {
      BOOST_TEST_INFO_SCOPE(way.name);
      Tape tape;
      const Var x = tape.variable(Numbers{{-inf, 1, inf}});
      const Var y = way.f(x);
      tape.backward(y, Numbers{{1, 1, 1}});
      for (const Index i : {0, 1}) {
        const double is = double(y.value()[2 * i]), dx = double(x.gradient()[2 * i]);
        BOOST_TEST_INFO_SCOPE("entry " << 2 * i << ": " << is << ", gradient " << dx);
        BOOST_TEST(same(is, way.y[i]));
        BOOST_TEST(same(dx, way.dx[i]));
      }
    }
  }
}

// A logit of −Inf is a class that cannot be: the others are as without it, and it gets no gradient.
BOOST_AUTO_TEST_CASE(a_logit_of_minus_inf_is_a_class_that_cannot_be) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    const auto check = [&](Var (*f)(Var), bool of_one_row) {
      Tape tape;
      const Var with = tape.variable(Numbers{{1}, {-inf}, {2}});
      const Var without = tape.variable(Numbers{{1}, {2}});
      const Var y = f(with), expected = f(without);
      tape.backward(expected, of_one_row ? Numbers{{1}} : Numbers{{3}, {4}});
      const Matrix expected_gradient = without.gradient();
      tape.backward(y, of_one_row ? Numbers{{1}} : Numbers{{3}, {0}, {4}});
      const arma::uvec others{0, 2};
      const Matrix y_of_others = of_one_row ? y.value() : Matrix(y.value().rows(others));
      BOOST_TEST(arma::approx_equal(y_of_others, expected.value(), "reldiff", 1e-6));
      BOOST_TEST(with.gradient()[1] == 0);
      BOOST_TEST(arma::approx_equal(Matrix(with.gradient().rows(others)), expected_gradient,
                                    "reldiff", 1e-6));
      return double(y.value()[of_one_row ? 0 : 1]);
    };
    BOOST_TEST(check(softmax, false) == 0);
    BOOST_TEST(check(log_softmax, false) == -inf);
    check([](Var x) { return cross_entropy(x, {0}); }, true);
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
