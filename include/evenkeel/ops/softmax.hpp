#pragma once
// Softmax and log-softmax of each column (PyTorch: over the last dimension of (N, classes)).
//
// x, y: classes × samples. The largest entry is subtracted first, so no exponential overflows and
// at least one is 1. A column of only −Inf gives NaN, as in PyTorch. log_softmax is more than the
// log of softmax: it stays finite where the probability has become 0.
// Source: Bridle 1990, "Probabilistic interpretation of feedforward classification network
// outputs".

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = exp(x − max) / Σ exp(x − max), for each column;  dx = y ⊙ (dy − Σ y ⊙ dy)
Var softmax(Var x);
/// y = x − max − log Σ exp(x − max), for each column;  dx = dy − exp(y) Σ dy
Var log_softmax(Var x);

}  // namespace evenkeel
