#pragma once
// Muon: momentum whose step is made orthogonal, so that a weight moves by as much in every
// direction. For the matrices within a network; embeddings, the last layer and vectors are AdamW's:
//
//   Muon muon(hidden_matrices, {.learning_rate = 0.02});
//   AdamW adamw(others, {.learning_rate = 3e-4});           // both make a step()
//
//   m = momentum · m + (1 − momentum) · g
//   d = momentum · m + (1 − momentum) · g                   without nesterov: d = m
//   w = w − learning_rate · weight_decay · w − learning_rate · √max(1, rows/columns) · O(d)
//
//   O(d):  x = d / ‖d‖, then five times  x = a x + (b A + c A²) x,  A = x xᵀ
//          with (a, b, c) = (3.4445, −4.7750, 2.0315); a tall d is transposed for it
//
// w: outputs × inputs. With d = U S Vᵀ the five steps take each singular value through the same odd
// polynomial, to between 0.7 and 1.2 unless it is below some 1/500 of ‖d‖: O(d) ≈ U Vᵀ.
// Conventions: Jordan's implementation (github.com/KellerJordan/Muon), without its bfloat16.
// Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks",
// kellerjordan.github.io/posts/muon.

#include "evenkeel/optim/optimizer.hpp"

namespace evenkeel {

struct MuonOptions {
  double learning_rate = 0.02;
  double momentum = 0.95;
  bool nesterov = true;
  double weight_decay = 0;  ///< apart from the gradient, as AdamW's
};

class Muon final : public Optimizer {
 public:
  /// Throws when an option is out of its range, or a parameter is a row or a column.
  Muon(const ParameterGroups& groups, MuonOptions options = {});
  std::string_view name() const override { return "muon"; }

 private:
  int remembered() const override { return 1; }
  void update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) override;

  MuonOptions options_;
};

/// O(d), by the five steps above; 0 for d = 0.
Matrix orthogonalized(const Matrix& d);

}  // namespace evenkeel
