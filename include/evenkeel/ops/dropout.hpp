#pragma once
// Dropout: each entry is set to 0 with probability p, and the others are multiplied by 1/(1−p), so
// that the expectation stays ("inverted" dropout, PyTorch's convention: nothing to do when
// evaluating). Srivastava et al., "Dropout", 2014.

#include <cstdint>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = mask ⊙ x;  dx = mask ⊙ dy. An entry of the mask depends on the seed and its number alone:
/// same seed, same mask, for every number of threads and in both precisions.
struct Dropout final : UnaryOp {
  double p = 0;
  std::uint64_t seed = 0;
  Matrix mask;  ///< 0 or 1/(1−p), drawn by forward, of x's shape

  std::string_view name() const override { return "dropout"; }
  void forward(const Matrix& x, Matrix& y) override;
  void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
};

/// Drops each entry with probability p, 0 ≤ p < 1 (else throws). p = 0 is x itself, without a node.
Var dropout(Var x, double p, std::uint64_t seed);
/// The same with the seed taken from `random`; one number is drawn, for p = 0 too.
Var dropout(Var x, double p, Random& random);

/// How models are told to drop.
struct DropoutOptions {
  double p = 0;            ///< 0: no dropout
  std::uint64_t seed = 1;  ///< of what is dropped; the first weights do not depend on it
};

/// Dropout as a layer: drops while training, is x itself (no node) while evaluating.
class DropoutLayer final : public Layer {
 public:
  /// Throws unless 0 ≤ p < 1.
  DropoutLayer(double p, std::uint64_t seed);
  Var operator()(Var x) override;
  void members(Members& m) override { m.random("random", random_); }

 private:
  double p_;
  Random random_;
};

}  // namespace evenkeel
