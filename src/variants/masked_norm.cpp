#include "evenkeel/variants/masked_norm.hpp"

#include "base/fail.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/variants/tile_statistics.hpp"

namespace evenkeel {

namespace {

struct MaskedStatistics {
  Var mask, mean, variance;  // each of x's shape
};

MaskedStatistics statistics(Var x, const Matrix& mask, Tile tile, Centering centering) {
  const bool for_columns = mask.n_rows == 1 && x.rows() > 1;
  const Matrix valid = for_columns ? Matrix(arma::repmat(mask, x.rows(), 1)) : mask;
  require_shape("masked_norm", "mask", valid, x.shape(), "to match x");
  tile_grid("masked_norm", x.shape(), tile);
  const Scalar one_entry = 1 / static_cast<Scalar>(tile.size());
  Matrix share = broadcast(tile_mean(valid, tile), tile);  // n over the size of the tile
  share.elem(arma::find(share == 0)).fill(one_entry);      // a tile of padding: sums of 0
  const Var m = x.tape().constant(valid), n = x.tape().constant(share);
  const Var mean = centering == Centering::keep_mean ? x.tape().constant(Matrix(0 * valid))
                                                     : tile_mean(x % m, tile) / n;
  return {m, mean, tile_mean(square((x - mean) % m), tile) / n};
}

Var standardized(Var x, const MaskedStatistics& s, Affine affine, double eps) {
  return scale_shift((x - s.mean) / sqrt(s.variance + eps), affine) % s.mask;
}

}  // namespace

Var masked_norm(Var x, const Matrix& mask, Tile tile, Affine affine, double eps,
                Centering centering) {
  return standardized(x, statistics(x, mask, tile, centering), affine, eps);
}

Var masked_batch_norm(Var x, const Matrix& mask, Index num_channels, Affine affine, double eps,
                      RunningStats* running) {
  const Tile tile = batch_tile(x.shape(), num_channels, "masked_batch_norm");
  require_shape("masked_batch_norm", "mask", mask, {1, x.cols()}, "one entry a sample");
  const Index n = tile.rows * static_cast<Index>(arma::accu(mask));
  require(n > 1, "masked_batch_norm", "a channel needs two valid values or more, got {}", n);
  const MaskedStatistics s = statistics(x, mask, tile, Centering::subtract_mean);
  if (running) {
    running->update(tile_mean(s.mean.value(), tile), tile_mean(s.variance.value(), tile), n);
  }
  return standardized(x, s, affine, eps);
}

}  // namespace evenkeel
