// The test of the test: an attention whose backward drops any one of its terms must fail the
// gradient check.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/testing/gradient_check.hpp"

using namespace evenkeel;

namespace {

enum class Dropped { nothing, p, mean, scale, transpose };

// One head of one sequence, by the formula, with a term that can be left out.
struct Mutant final : TernaryOp {
  Dropped dropped = Dropped::nothing;
  Matrix p;

  std::string_view name() const override { return "mutant"; }

  void forward(const Matrix& q, const Matrix& k, const Matrix& v, Matrix& y) override {
    const Matrix e = arma::exp(k.t() * q / std::sqrt(static_cast<Scalar>(q.n_rows)));
    const Matrix sum = arma::sum(e, 0);
    p = e.each_row() / sum;
    y = v * p;
  }

  void backward(const Matrix& q, const Matrix& k, const Matrix& v, const Matrix&, const Matrix& dy,
                Matrix* dq, Matrix* dk, Matrix* dv) override {
    const Scalar scale =
        dropped == Dropped::scale ? 1 : 1 / std::sqrt(static_cast<Scalar>(q.n_rows));
    const Matrix dp = v.t() * dy;
    Matrix ds = dp;
    if (dropped != Dropped::mean) ds.each_row() -= arma::sum(p % dp, 0);
    if (dropped != Dropped::p) ds %= p;
    const Matrix turned = ds.t();
    *dv = dy * p.t();
    *dq = scale * k * ds;
    *dk = scale * q * (dropped == Dropped::transpose ? ds : turned);
  }
};

GradientReport check(Dropped dropped) {
  Random random(9);
  const auto draw = [&] { return random.normal(3, 5); };
  return gradient_check(
      [=](Tape&, std::span<const Var> in) {
        return record<Mutant>({in[0], in[1], in[2]}, [&](Mutant& op) { op.dropped = dropped; });
      },
      {draw(), draw(), draw()});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attention)
BOOST_AUTO_TEST_SUITE(op)

BOOST_AUTO_TEST_CASE(each_term_of_backward_is_needed) {
  for (Dropped dropped : {Dropped::p, Dropped::mean, Dropped::scale, Dropped::transpose}) {
    BOOST_TEST(!check(dropped).passed(), "a backward without one of its terms passed");
  }
  BOOST_TEST(check(Dropped::nothing).passed());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
