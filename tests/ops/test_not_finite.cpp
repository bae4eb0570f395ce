// One NaN in an input, or in the upstream gradient, reaches what depends on that entry and nothing
// else: in every op, in both bodies, forward and backward. What depends is found by changing the
// entry to other numbers and looking at what moves.
#include "body_table.hpp"

namespace evenkeel_test::not_finite {

using bodies::Row;
using Results = std::vector<Matrix>;  // y, then the gradient of each input

constexpr Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();

Results run(const Row& row, const std::vector<Matrix>& in) {  // the inputs, then dy
  Tape tape;
  std::vector<Var> x;
  for (std::size_t i = 0; i + 1 < in.size(); ++i) x.push_back(tape.variable(in[i]));
  const Var y = row.record(x);
  tape.backward(y, in.back());
  Results results = {y.value()};
  for (const Var& input : x) results.push_back(input.gradient());
  return results;
}

std::vector<Matrix> ordinary_inputs(const Row& row) {
  Random random(3);
  std::vector<Matrix> in;
  for (const Shape shape : row.inputs({5, 6})) in.push_back(random.normal(shape.rows, shape.cols));
  if (row.positive) in.back() = arma::abs(in.back()) + Scalar(0.1);
  Tape tape;
  std::vector<Var> x;
  for (const Matrix& input : in) x.push_back(tape.constant(input));
  const Var y = row.record(x);
  in.push_back(random.normal(y.rows(), y.cols()));
  return in;
}

// For each entry of the results, whether it moves with this entry of the inputs.
std::vector<arma::umat> dependents(const Row& row, std::vector<Matrix> in, std::size_t k, Index e) {
  const Results before = run(row, in);
  std::vector<arma::umat> moved;
  for (const Matrix& x : before) moved.push_back(arma::zeros<arma::umat>(arma::size(x)));
  const bool positive = row.positive && k + 2 == in.size();
  for (const Scalar value : {Scalar(9), Scalar(positive ? 0.3 : -7), Scalar(0.7)}) {
    in[k][e] = value;
    const Results after = run(row, in);
    for (std::size_t i = 0; i < after.size(); ++i) moved[i] += after[i] != before[i];
  }
  return moved;
}

// Backward of these looks at x to choose and at dy to compute; with a dropped or a masked entry
// 0 · NaN is NaN, and a window beyond the image reads zeros.
bool only_chooses(const Row& row) {
  return row.name == "relu" || row.name == "leaky_relu" || row.name == "max_pool";
}
bool multiplies_by_zero(const Row& row) {
  return row.name == "dropout" || row.name == "conv2d" || row.name.ends_with("attention");
}

void check(const Row& row, std::vector<Matrix> in, std::size_t k, Index e) {
  const std::vector<arma::umat> moved = dependents(row, in, k, e);
  in[k][e] = nan;
  const Results with_nan = run(row, in);
  const bool in_dy = k + 1 == in.size();
  for (std::size_t i = 0; i < with_nan.size(); ++i) {
    const bool may_choose = i > 0 && !in_dy && only_chooses(row);
    for (Index j = 0; j < moved[i].n_elem; ++j) {
      const bool is_nan = std::isnan(with_nan[i][j]);
      BOOST_TEST_INFO_SCOPE(row.name << ", NaN in input " << k << " at " << e << ", result " << i
                                     << " at " << j);
      if (moved[i][j] && !may_choose) BOOST_TEST(is_nan);
      if (!moved[i][j] && !multiplies_by_zero(row)) BOOST_TEST(!is_nan);
    }
  }
}

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(not_finite)

BOOST_AUTO_TEST_CASE(a_nan_reaches_what_depends_on_it_and_nothing_else) {
  for (const Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    for (const Row& row : bodies::table()) {
      const std::vector<Matrix> in = ordinary_inputs(row);
      for (std::size_t k = 0; k < in.size(); ++k) {
        for (const Index e : {Index{0}, in[k].n_elem / 2, in[k].n_elem - 1}) check(row, in, k, e);
      }
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
