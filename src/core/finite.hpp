#pragma once
// The hunt for the first NaN or Inf on a tape (Tape::check_finite): who made it, out of what.

#include <span>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// Throws unless the value of the last node is finite. Names the node that made the first NaN or
/// Inf: the earliest whose value has one; nodes after it only carry it.
void require_finite_value(std::span<const std::unique_ptr<Node>> nodes);

/// Throws unless this gradient, which the op of node `maker` gave for node `of`, is finite.
void require_finite_gradient(std::span<const std::unique_ptr<Node>> nodes, Index maker, Index of,
                             const Matrix& gradient);

/// Throws unless dy, with which backward starts at node `at`, is finite.
void require_finite_seed(std::span<const std::unique_ptr<Node>> nodes, Index at, const Matrix& dy);

}  // namespace evenkeel
