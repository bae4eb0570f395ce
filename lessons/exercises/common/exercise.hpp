#pragma once
// What every exercise starts from: matrices, the tape, and the ops on it. The norms are not here,
// and cannot be included: they are what you write.
//
// Matrix is Armadillo's, features × samples: a row is a feature, a column is a sample. Counting
// starts at 0, so x(1, 2) is feature 1 of sample 2. What you need most:
//
//   x.n_rows, x.n_cols, x(i, j)           x.each_col() + b        b, rows × 1, to every column
//   x % y, x / y         entry by entry   arma::sum(x, 0)         down each column: 1 × cols
//   arma::square(x), arma::sqrt(x)        arma::mean(x, 1)        along each row: rows × 1
//
// Name every result as a Matrix, never as auto: Armadillo's expressions point into what is gone.

#define ARMA_WARN_LEVEL 0  // what goes wrong is told once, by the verdict

#include <cmath>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/reduce.hpp"

/// What a stub throws where you are to write.
struct NotWritten : std::runtime_error {
  NotWritten() : std::runtime_error("nothing is written here yet") {}
};

/// The gradients of a norm: dx of x's shape, dgamma and dbeta features × 1.
struct NormGradients {
  evenkeel::Matrix dx;
  evenkeel::Matrix dgamma;
  evenkeel::Matrix dbeta = {};  ///< empty for a norm without beta
};

// A file of yours may say Matrix for evenkeel::Matrix.
using namespace evenkeel;  // NOLINT(google-build-using-namespace)
