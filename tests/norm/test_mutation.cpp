// The test of the test: a backward that drops any one of its terms must fail the gradient check.
#include <cmath>

#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "says.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

enum class Dropped { nothing, itself, mean, variance, rstd };

// Normalize's plain body again, with a term that can be left out.
struct Mutant final : UnaryOp {
  Tile tile;
  Dropped dropped = Dropped::nothing;
  Matrix rstd;

  std::string_view name() const override { return "mutant"; }

  void forward(const Matrix& x, Matrix& xhat) override {
    const Matrix deviation = x - broadcast(tile_mean(x, tile), tile);
    const Matrix variance = tile_mean(arma::square(deviation), tile);
    rstd = 1 / arma::sqrt(variance + Scalar(1e-5));
    xhat = deviation % broadcast(rstd, tile);
  }

  void backward(const Matrix&, const Matrix& xhat, const Matrix& dxhat, Matrix& dx) override {
    const Matrix mean_dxhat = tile_mean(dxhat, tile);
    const Matrix mean_dxhat_xhat = tile_mean(dxhat % xhat, tile);
    dx.zeros(xhat.n_rows, xhat.n_cols);
    if (dropped != Dropped::itself) dx += dxhat;
    if (dropped != Dropped::mean) dx -= broadcast(mean_dxhat, tile);
    if (dropped != Dropped::variance) dx -= xhat % broadcast(mean_dxhat_xhat, tile);
    if (dropped != Dropped::rstd) dx %= broadcast(rstd, tile);
  }
};

Var mutant(Var x, Tile tile, Dropped dropped) {
  return record<Mutant>({x}, [&](Mutant& op) {
    op.tile = tile;
    op.dropped = dropped;
  });
}

GradientReport check(const CheckedFunction& f) {
  const Matrix x = random_matrix(6, 4, 11) * 2 + 1;
  return gradient_check(f, {x});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(mutation)

BOOST_AUTO_TEST_CASE(each_term_is_needed) {
  for (Tile tile : {Tile{6, 1}, Tile{1, 4}, Tile{3, 4}}) {
    for (Dropped dropped : {Dropped::itself, Dropped::mean, Dropped::variance, Dropped::rstd}) {
      const GradientReport report =
          check([&](Tape&, std::span<const Var> in) { return mutant(in[0], tile, dropped); });
      BOOST_CHECK_MESSAGE(!report.passed(), "a backward without one of its terms passed");
    }
  }
}

// The sums over a tile say which term it is.
BOOST_AUTO_TEST_CASE(the_forgotten_term_is_named) {
  const Tile tile{6, 1};
  for (Dropped dropped : {Dropped::nothing, Dropped::mean, Dropped::variance}) {
    const GradientReport report =
        gradient_check([&](Tape&, std::span<const Var> in) { return mutant(in[0], tile, dropped); },
                       {random_matrix(6, 4, 11) * 2 + 1}, {.norm_tile = tile});
    BOOST_TEST_REQUIRE(report.tiles.size() == 4u);
    const double small = 1e-4;  // eps / σ² of what is left, and float's rounding
    for (const GradientReport::TileSums& sums : report.tiles) {
      BOOST_TEST((std::abs(sums.dx) > 10 * small) == (dropped == Dropped::mean));
      BOOST_TEST((std::abs(sums.dx_xhat) > 10 * small) == (dropped == Dropped::variance));
    }
  }
  BOOST_CHECK_EXCEPTION(gradient_check(
                            [](Tape&, std::span<const Var> in) {
                              return normalize(in[0], {5, 1});
                            },
                            {random_matrix(5, 4)}, {.norm_tile = tile}),
                        Error, says("[gradient_check] tiles of 6×1 do not cover input 0 (5×4)"));
}

// … and the mutant with nothing dropped is the real thing, in value and gradient.
BOOST_AUTO_TEST_CASE(the_unharmed_mutant_is_normalize) {
  const WithKernels scope(Kernels::plain);
  for (Tile tile : {Tile{6, 1}, Tile{1, 4}, Tile{3, 4}}) {
    Tape tape;
    const Var x = tape.variable(random_matrix(6, 4, 11));
    const Matrix dy = random_matrix(6, 4, 12);
    const Var healthy = mutant(x, tile, Dropped::nothing);
    tape.backward(healthy, dy);
    const Matrix dx = x.gradient();
    const Var real = normalize(x, tile);
    tape.backward(real, dy);
    BOOST_TEST(largest_difference(healthy.value(), real.value()) == 0.0);
    // Up to one rounding: the library may be compiled for a processor that fuses ⊙ and −.
    BOOST_TEST(largest_difference(dx, x.gradient()) <= 2 * machine_epsilon);
  }
}

// Why the check wants the whole Jacobian: for sum(normalize(x)) the true gradient is zero, and a
// backward that returns nothing but zeros would pass.
BOOST_AUTO_TEST_CASE(the_sum_of_a_norm_is_blind) {
  Tape tape;
  const Var x = tape.variable(random_matrix(6, 4, 11));
  tape.backward(normalize(x, {6, 1}), arma::ones<Matrix>(6, 4));
  BOOST_TEST(arma::abs(x.gradient()).max() <= 32 * machine_epsilon);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
