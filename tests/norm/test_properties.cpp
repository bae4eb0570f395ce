// What a norm promises, for any matrix: from denormal to 1e30 (in float 2³⁶, whose square float
// holds), with means of up to 1e6.
#include "properties.hpp"

#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

constexpr int most = wide ? 100 : 36;

struct TileCase {
  Drawn drawn;
  Tile tile;
  Matrix x;
};

TileCase any_case() {
  TileCase c;
  const int down = *rc::gen::inRange(1, 4), across = *rc::gen::inRange(1, 4);
  c.tile = {static_cast<Index>(*size_up_to(40)), static_cast<Index>(*size_up_to(40))};
  c.drawn = draw(c.tile.rows * static_cast<Index>(down), c.tile.cols * static_cast<Index>(across),
                 denormal, most);
  c.x = c.drawn.matrix();
  return c;
}

// One tile in long double: what its statistics are, and by how many units rounding may move y. The
// mean is off by up to a unit of the largest |x|, which rstd scales to `units`; y has a few more.
struct Reference {
  long double mean = 0, variance = 0, rstd = 0;
  double units = 0;

  Reference(const Matrix& x, double eps) {
    const long double n = static_cast<long double>(x.n_elem);
    for (const Scalar entry : x) mean += entry / n;
    for (const Scalar entry : x) variance += (entry - mean) * (entry - mean) / n;
    rstd = 1 / std::sqrt(variance + eps);
    units = unit * static_cast<double>(1 + arma::abs(x).max() * rstd);
  }
};

template <class Check>
void each_tile(const TileCase& c, Check check) {
  for (Index j = 0; j < c.x.n_cols; j += c.tile.cols) {
    for (Index i = 0; i < c.x.n_rows; i += c.tile.rows) {
      check(arma::span(i, i + c.tile.rows - 1), arma::span(j, j + c.tile.cols - 1));
    }
  }
}

double mean_of(const Matrix& x) {
  return arma::mean(arma::vectorise(arma::conv_to<arma::mat>::from(x)));
}

Results normalized(Kernels which, const TileCase& c, double eps = 1e-5) {
  return run_body(which,
                  [&](auto in) { return normalize(in[0], c.tile, Centering::subtract_mean, eps); },
                  {c.x});
}

const Kernels both_kernels[] = {Kernels::plain, Kernels::fast};

}  // namespace

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(mean_0_and_variance_1) {
  holds("y has mean 0 and variance v/(v + eps) in each tile", [] {
    const TileCase c = any_case();
    for (const Kernels which : both_kernels) {
      const Matrix y = normalized(which, c).y;
      each_tile(c, [&](arma::span rows, arma::span cols) {
        const Matrix part = y(rows, cols);
        const Reference r(c.x(rows, cols), 1e-5);
        near("mean", mean_of(part), 0, 2 * r.units, c.drawn);
        near("variance", mean_of(arma::square(part)), double(r.variance / (r.variance + 1e-5L)),
             16 * unit + 4 * r.units * r.units, c.drawn);
      });
    }
  });
}

// A power of two changes no digit, if eps goes with it: the same bits.
BOOST_AUTO_TEST_CASE(scale_invariance) {
  holds("y is the same for 2^k · x and 4^k · eps", [] {
    TileCase c = any_case();
    c.drawn.exponent = 0;
    c.x = c.drawn.matrix();
    const int k = *rc::gen::inRange(-30, 31);
    TileCase scaled = c;
    scaled.x *= static_cast<Scalar>(std::ldexp(1, k));
    for (const Kernels which : both_kernels) {
      const Matrix y = normalized(which, c).y;
      const Matrix same = normalized(which, scaled, std::ldexp(1e-5, 2 * k)).y;
      near("difference", largest_difference(y, same), 0, 2 * unit * double(arma::abs(y).max()),
           c.drawn);
    }
  });
}

BOOST_AUTO_TEST_CASE(shift_invariance) {
  holds("y is the same for x and x + a whole number", [] {
    TileCase c = any_case();
    c.drawn.exponent = c.drawn.shift = 0;
    c.x = c.drawn.matrix();
    TileCase shifted = c;
    shifted.x += static_cast<Scalar>(*rc::gen::inRange(-1'000'000, 1'000'000));
    for (const Kernels which : both_kernels) {
      const Matrix difference = normalized(which, c).y - normalized(which, shifted).y;
      each_tile(c, [&](arma::span rows, arma::span cols) {
        const Reference r(shifted.x(rows, cols), 1e-5);
        near("difference", double(arma::abs(Matrix(difference(rows, cols))).max()), 0, 8 * r.units,
             c.drawn);
      });
    }
  });
}

BOOST_AUTO_TEST_CASE(plain_and_fast_agree) {
  holds("both bodies give the same y and dx", [] {
    const TileCase c = any_case();
    const Results plain = normalized(Kernels::plain, c), fast = normalized(Kernels::fast, c);
    each_tile(c, [&](arma::span rows, arma::span cols) {
      const Reference r(c.x(rows, cols), 1e-5);
      const double size = 1 + double(arma::abs(Matrix(plain.y(rows, cols))).max());
      const double dy = double(arma::abs(Matrix(plain.dy(rows, cols))).max());
      near("y", largest_difference(plain.y(rows, cols), fast.y(rows, cols)), 0, 8 * r.units * size,
           c.drawn);
      near("dx", largest_difference(plain.gradients[0](rows, cols), fast.gradients[0](rows, cols)),
           0, 16 * r.units * size * size * dy * double(r.rstd), c.drawn);
    });
  });
}

// The two things that dx takes back. eps leaves a share of the second: with v/(v + eps) for the
// mean of xhat², Σ dx ⊙ xhat = rstd · eps/(v + eps) · Σ dy ⊙ xhat.
BOOST_AUTO_TEST_CASE(dx_sums_to_zero_and_is_orthogonal_to_xhat) {
  holds("mean(dx) = 0 and mean(dx ⊙ xhat) = rstd · eps/(v + eps) · mean(dy ⊙ xhat)", [] {
    const TileCase c = any_case();
    for (const Kernels which : both_kernels) {
      const Results results = normalized(which, c);
      each_tile(c, [&](arma::span rows, arma::span cols) {
        const Matrix xhat = results.y(rows, cols), dy = results.dy(rows, cols);
        const Matrix dx = results.gradients[0](rows, cols);
        const Reference r(c.x(rows, cols), 1e-5);
        const double rstd = double(r.rstd), size = 1 + double(arma::abs(xhat).max());
        const double rounding = 16 * r.units * size * size * double(arma::abs(dy).max()) * rstd;
        near("mean(dx)", mean_of(dx), 0, rounding, c.drawn);
        near("mean(dx ⊙ xhat)", mean_of(dx % xhat),
             rstd * double(1e-5L / (r.variance + 1e-5L)) * mean_of(dy % xhat), rounding * size,
             c.drawn);
      });
    }
  });
}

BOOST_AUTO_TEST_CASE(tiles) {
  holds("tile_sum adds up, tile_mean of a constant is it, broadcast fills", [] {
    const TileCase c = any_case();
    const Matrix sums = tile_sum(c.x, c.tile), filled = broadcast(sums, c.tile);
    RC_ASSERT(arma::size(filled) == arma::size(c.x));
    each_tile(c, [&](arma::span rows, arma::span cols) {
      const Matrix part = c.x(rows, cols), sum = filled(rows, cols);
      long double expected = 0, size = 0;
      for (const Scalar entry : part) expected += entry, size += std::abs(entry);
      RC_ASSERT(arma::all(arma::vectorise(sum == sum(0))));
      near("sum", double(sum(0)), double(expected), 2 * unit * double(size), c.drawn);
    });
    const Matrix constant(c.x.n_rows, c.x.n_cols, arma::fill::value(c.x(0)));
    RC_ASSERT(arma::all(arma::vectorise(tile_mean(constant, c.tile) == c.x(0))));
  });
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
