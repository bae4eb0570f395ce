#pragma once
// Losses, 1×1: means over the samples or over all entries, as PyTorch's with reduction='mean'.

#include <optional>
#include <vector>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// As PyTorch's cross_entropy has them; the defaults change nothing.
struct CrossEntropyOptions {
  std::optional<Index> ignore_index = {};  ///< samples with this target count for nothing
  double label_smoothing = 0;  ///< ε: 1 − ε for the target, ε shared by all classes
  Matrix class_weights = {};   ///< classes × 1; empty: all 1
};

/// y = mean over the samples of −log softmax(x)[target];  dx = (softmax(x) − one_hot) dy / samples.
/// Of logits (classes × samples: scores before any softmax) and one class for each sample, counted
/// from 0. In nats: ln(classes) when all classes look alike. Throws when there are no logits, the
/// targets are not one for each sample, or one of them is no class.
///
/// With options: y = −Σ q ⊙ log softmax(x) / W,  dx = (softmax(x) ⊙ Σ_classes q − q) dy / W, with w
/// the class weights, W the sum of w[target] over the samples, and
/// q = w ⊙ ((1 − ε) one_hot + ε / classes), 0 for ignored samples. Throws when all samples are
/// ignored, ε is not in [0, 1], or a weight is negative.
/// Szegedy et al. 2016, "Rethinking the Inception architecture", section 7 (label smoothing).
Var cross_entropy(Var logits, const std::vector<Index>& targets,
                  const CrossEntropyOptions& options = {});

/// Mean squared error: y = mean of (x − target)² over all n entries;  dx = 2 (x − target) dy / n,
/// dtarget = −dx. Throws when the shapes differ, and on no entries.
Var mse(Input x, Input target);

}  // namespace evenkeel
