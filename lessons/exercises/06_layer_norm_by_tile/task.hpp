#pragma once
#include "common/exercise.hpp"

/// A rectangle of a matrix whose entries share one mean and one variance.
struct TileSize {
  Index rows, cols;
};

extern "C" Matrix normalize(const Matrix& x, TileSize tile, double eps);
extern "C" TileSize layer_norm_tile(Index features, Index samples);
extern "C" TileSize group_norm_tile(Index features, Index samples, Index groups);
extern "C" Matrix layer_norm(const Matrix& x, const Matrix& gamma, const Matrix& beta, double eps);
