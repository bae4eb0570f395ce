#pragma once
// Matrix products. A batch has one column per sample, so a linear layer is y = W x + b as on paper.
// Large products run on several threads, with the same bits for every number of them.

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = a b, the matrix product, m×k times k×n; also written a * b;  da = dy bᵀ, db = aᵀ dy. Throws
/// unless a has as many columns as b has rows.
Var matmul(Input a, Input b);

/// y = W x, for x in×samples and W out×in;  dx = Wᵀ dy, dW = dy xᵀ. Throws when they do not fit.
Var linear(Input x, Input w);
/// y = W x + b, with b out×1 added to every sample;  dx = Wᵀ dy, dW = dy xᵀ, db = Σ dy over the
/// samples. Throws when the shapes do not fit.
Var linear(Input x, Input w, Input b);

}  // namespace evenkeel
