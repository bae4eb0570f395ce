#include "evenkeel/norm/normalize.hpp"

#include <cmath>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

struct Result {
  Matrix y, dx, mean, variance;
};

Result run(const Matrix& x, Tile tile, Centering centering, double eps, const Matrix& dy) {
  Tape tape;
  const Var in = tape.variable(x);
  const Var y = normalize(in, tile, centering, eps);
  tape.backward(y, dy);
  const Node& node = tape.node(y.index());
  const Normalize& op = dynamic_cast<const Normalize&>(*node.op);
  return {y.value(), in.gradient(), op.mean, op.variance};
}

Matrix normalized(const Matrix& x, Tile tile, double eps = 1e-5) {
  Tape tape;
  return normalize(tape.constant(x), tile, Centering::subtract_mean, eps).value();
}

const std::vector<Kernels> both = {Kernels::plain, Kernels::fast};

}  // namespace

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(normalize_op)

// x = (1, 3): mean 2, variance 1; so xhat = (−1, 1)/√(1 + eps).
BOOST_AUTO_TEST_CASE(worked_by_hand) {
  for (Kernels which : both) {
    const WithKernels scope(which);
    const Matrix x = Matrix{1, 3}.t();
    const Matrix y = normalized(x, {2, 1}, 3.0);
    BOOST_TEST(y[0] == Scalar{-0.5});
    BOOST_TEST(y[1] == Scalar{0.5});
  }
}

// Sizes around the 16 lanes, 32 rows and 64 columns that the fast body works in. The two bodies add
// in another order, so they part by rounding: a few epsilon times the square root of the tile's
// size.
BOOST_AUTO_TEST_CASE(fast_equals_plain) {
  struct Case {
    Shape shape;
    Tile tile;
  };
  const std::vector<Case> cases = {
      {{1, 1}, {1, 1}},     {{7, 5}, {7, 1}},    {{64, 9}, {64, 1}},    {{1100, 3}, {1100, 1}},
      {{24, 10}, {8, 1}},   {{24, 10}, {4, 10}}, {{33, 130}, {1, 130}}, {{5, 2}, {1, 2}},
      {{40, 12}, {1, 4}},   {{40, 12}, {10, 3}}, {{40, 12}, {40, 12}},  {{1, 6}, {1, 6}},
      {{70, 300}, {1, 300}}};
  for (const Case& c : cases) {
    for (Centering centering : {Centering::subtract_mean, Centering::keep_mean}) {
      const Matrix x = random_matrix(c.shape.rows, c.shape.cols, 1) * 3 + 2;
      const Matrix dy = random_matrix(c.shape.rows, c.shape.cols, 2);
      set_kernels(Kernels::plain);
      const Result plain = run(x, c.tile, centering, 1e-3, dy);
      set_kernels(Kernels::fast);
      const Result fast = run(x, c.tile, centering, 1e-3, dy);
      const double bound = 16 * machine_epsilon * std::sqrt(static_cast<double>(c.tile.size()));
      // One entry a tile: all is zero over √eps, and rounding grows by the same 1/√eps.
      const double scale = c.tile.size() < 3 ? 1 / std::sqrt(1e-3) : 1;
      BOOST_TEST_CONTEXT("x " << to_string(c.shape) << ", tile " << c.tile.rows << "×"
                              << c.tile.cols) {
        BOOST_TEST(largest_difference(plain.y, fast.y) <= bound * scale * 5);
        BOOST_TEST(largest_difference(plain.dx, fast.dx) <= bound * scale * 5);
        BOOST_TEST(largest_difference(plain.mean, fast.mean) <= bound * 10);
        BOOST_TEST(largest_difference(plain.variance, fast.variance) <= bound * 30);
      }
    }
  }
#ifdef NDEBUG
  set_kernels(Kernels::fast);
#else
  set_kernels(Kernels::plain);
#endif
}

BOOST_AUTO_TEST_CASE(mean_0_and_variance_1) {
  for (Kernels which : both) {
    const WithKernels scope(which);
    const Matrix y = normalized(random_matrix(256, 8) * 5 + 3, {256, 1}, 0.0);
    const double rounding = 256 * machine_epsilon;
    for (Index col = 0; col < y.n_cols; ++col) {
      const Matrix sample = y.col(col);
      BOOST_TEST(std::abs(arma::accu(sample) / 256) <= rounding);
      BOOST_TEST(std::abs(arma::accu(arma::square(sample)) / 256 - 1) <= rounding);
    }
  }
}

// E[x²] − E[x]² would leave nothing here: at mean m it loses m² of 1/epsilon. Two passes lose only
// what storing x at that mean lost, one epsilon·m per entry.
BOOST_AUTO_TEST_CASE(large_mean) {
  const double mean = sizeof(Scalar) == 8 ? 1e6 : 1e4;
  for (Kernels which : both) {
    const WithKernels scope(which);
    for (Tile tile : {Tile{50, 1}, Tile{1, 40}, Tile{10, 4}}) {
      const Matrix x = random_matrix(50, 40);
      const Matrix shifted = x + static_cast<Scalar>(mean);
      const double stored = 4 * machine_epsilon * mean;
      BOOST_TEST(largest_difference(normalized(x, tile), normalized(shifted, tile)) <= stored);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_constant_tile_becomes_zeros) {
  for (Kernels which : both) {
    const WithKernels scope(which);
    for (double value : {0.0, 0.1, -7.3, 1e-30, 1e15}) {
      for (Tile tile : {Tile{37, 1}, Tile{1, 37}, Tile{37, 37}}) {
        Matrix x(37, 37);
        x.fill(static_cast<Scalar>(value));
        const Matrix y = normalized(x, tile);
        BOOST_TEST(arma::abs(y).max() == Scalar{0});
      }
    }
  }
}

// At 1e-30 the variance (1e-60) vanishes beside eps: xhat = (x − mean)/√eps. At 1e15 eps vanishes.
BOOST_AUTO_TEST_CASE(tiny_and_huge_values) {
  for (Kernels which : both) {
    const WithKernels scope(which);
    for (Tile tile : {Tile{50, 1}, Tile{1, 40}}) {
      const Matrix x = random_matrix(50, 40);
      const Matrix tiny = normalized(x * static_cast<Scalar>(1e-30), tile);
      const Matrix centered = (x - broadcast(tile_mean(x, tile), tile)) / std::sqrt(Scalar(1e-5));
      const Matrix rescaled = tiny * static_cast<Scalar>(1e30);
      BOOST_TEST(largest_difference(rescaled, centered) <= 1e4 * machine_epsilon);
      const Matrix huge = normalized(x * static_cast<Scalar>(1e15), tile);
      BOOST_TEST(largest_difference(huge, normalized(x, tile, 0.0)) <= 100 * machine_epsilon);
    }
  }
}

// Moving x along ones changes nothing, and along xhat only through eps: dx is orthogonal to both.
BOOST_AUTO_TEST_CASE(gradient_is_orthogonal_to_ones_and_to_xhat) {
  for (Kernels which : both) {
    const WithKernels scope(which);
    const Result result = run(random_matrix(64, 6, 3), {64, 1}, Centering::subtract_mean, 0.0,
                              random_matrix(64, 6, 4));
    const double rounding =
        64 * 4 * 4 * machine_epsilon;  // 64 entries of size ≤ 4, four operations
    for (Index col = 0; col < 6; ++col) {
      BOOST_TEST(std::abs(arma::accu(result.dx.col(col))) <= rounding);
      BOOST_TEST(std::abs(arma::dot(result.dx.col(col), result.y.col(col))) <= rounding);
    }
  }
}

// Predict before you run: a batch of two gives ±1, and no gradient goes back.
BOOST_AUTO_TEST_CASE(two_values_give_plus_and_minus_one_and_no_gradient) {
  const Matrix x = {{0.3, 8.0}, {-5.0, 1.0}};
  const Result result = run(x, {1, 2}, Centering::subtract_mean, 0.0, random_matrix(2, 2, 5));
  BOOST_TEST(largest_difference(arma::abs(result.y), arma::ones<Matrix>(2, 2)) <=
             4 * machine_epsilon);
  BOOST_TEST(arma::abs(result.dx).max() <= 8 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(same_bits_for_every_number_of_threads) {
  const WithKernels scope(Kernels::fast);
  const Matrix x = random_matrix(256, 2048, 8);
  const Matrix dy = random_matrix(256, 2048, 9);
  for (Tile tile : {Tile{256, 1}, Tile{32, 1}, Tile{1, 2048}, Tile{16, 2048}}) {
    set_num_threads(1);
    const Result one = run(x, tile, Centering::subtract_mean, 1e-5, dy);
    for (int threads : {2, 7}) {
      set_num_threads(threads);
      const Result more = run(x, tile, Centering::subtract_mean, 1e-5, dy);
      BOOST_TEST(largest_difference(one.y, more.y) == 0.0);
      BOOST_TEST(largest_difference(one.dx, more.dx) == 0.0);
    }
  }
  set_num_threads(0);
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.constant(random_matrix(64, 100));
  check_error(
      [&] {
        normalize(x, {3, 1});
      },
      "[normalize] a tile of 3×1 does not divide x (64×100)");
  check_error(
      [&] {
        normalize(x, {64, 1}, Centering::subtract_mean, -1);
      },
      "[normalize] eps must be at least 0, got -1");
  check_error(
      [&] {
        normalize(x, {64, 1}, Centering::subtract_mean, std::nan(""));
      },
      "[normalize] eps must be at least 0");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
