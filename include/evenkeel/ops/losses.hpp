#pragma once
// Losses, 1×1: means over the samples or over all entries, as PyTorch's with reduction='mean'.

#include <vector>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = mean over the samples of −log softmax(x)[target];  dx = (softmax(x) − one_hot) dy / samples.
/// Of logits (classes × samples: scores before any softmax) and one class for each sample, counted
/// from 0. In nats: ln(classes) when all classes look alike. Throws when there are no logits, the
/// targets are not one for each sample, or one of them is no class.
Var cross_entropy(Var logits, const std::vector<Index>& targets);

/// Mean squared error: y = mean of (x − target)² over all n entries;  dx = 2 (x − target) dy / n,
/// dtarget = −dx. Throws when the shapes differ, and on no entries.
Var mse(Input x, Input target);

}  // namespace evenkeel
