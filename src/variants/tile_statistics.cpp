#include "evenkeel/variants/tile_statistics.hpp"

#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"

namespace evenkeel {

struct TileMean final : UnaryOp {  // (gdb) break evenkeel::TileMean::backward
  Tile tile;

  std::string_view name() const override { return "tile_mean"; }

  void forward(const Matrix& x, Matrix& y) override { y = broadcast(tile_mean(x, tile), tile); }

  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = broadcast(tile_mean(dy, tile), tile);
  }
};

Var tile_mean(Var x, Tile tile) {
  return record<TileMean>({x}, [&](TileMean& op) { op.tile = tile; });
}

Var tile_deviation(Var x, Tile tile, Centering centering, double eps) {
  const Var deviation = centering == Centering::keep_mean ? x : x - tile_mean(x, tile);
  return sqrt(tile_mean(square(deviation), tile) + eps);
}

}  // namespace evenkeel
