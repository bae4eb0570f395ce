#pragma once
// Multi-head scaled dot-product attention. For each sequence and head, with d = features / heads,
//
//   s = kᵀ q / √d            keys × queries; −∞ where a query may not look
//   p = softmax of each column of s
//   y = v p
//
//   dv = dy pᵀ              dp = vᵀ dy        ds = p ⊙ (dp − Σ_keys p ⊙ dp)
//   dq = k ds / √d          dk = q dsᵀ / √d
//
// q, k, v, y: features × tokens; token t of sequence b is column b·T + t; head h has the rows h·d
// to (h + 1)·d − 1. That is byte for byte PyTorch's (B, T, heads, d).
//
// The fast body never holds all of s: it goes over blocks of keys with a running maximum and sum
// (Milakov & Gimelshein 2018, arXiv:1805.02867) and computes p again in backward (Dao et al. 2022,
// "FlashAttention", arXiv:2205.14135), so memory grows with T and not with T². What it needs for
// that is kept as the two numbers, not as largest + ln(sum): a large score leaves no digits for the
// logarithm, and p would not add up to 1.
// Dropout, as PyTorch's, multiplies p by a mask of 0 and 1/(1 − rate):
// y = v (p ⊙ mask), dv = dy (p ⊙ mask)ᵀ, dp = mask ⊙ vᵀ dy. An entry of the mask depends on the
// seed, its head, query and key alone, so backward draws it again.
// Paper: Vaswani et al. 2017, "Attention is all you need", section 3.2, arXiv:1706.03762.

#include <cstdint>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

struct AttentionOptions {
  Index heads = 1;
  Index sequence_length = 0;  ///< T
  bool causal = false;        ///< a query sees the keys up to its own position
  Matrix key_mask = {};  ///< T × sequences, 1: may be seen, 0: padding; empty: all may be seen
  double dropout = 0;    ///< the probability that an entry of p is dropped
  std::uint64_t seed = 0;
};

struct Attention final : ListOp {  // (gdb) break evenkeel::Attention::backward
  AttentionOptions options;
  Matrix largest, sum;  ///< max s and Σ exp(s − max s) over the keys, T × (heads · sequences)

  std::string_view name() const override { return "attention"; }
  /// x: q, k and v, or one matrix with q above k above v.
  void forward(std::span<const Matrix* const> x, Matrix& y) override;
  void backward(std::span<const Matrix* const> x, const Matrix& y, const Matrix& dy,
                std::span<Matrix* const> dx) override;
};

/// Throws when q, k and v differ in shape, heads does not divide the features,
/// T not the tokens, the mask is not T × sequences of 0 and 1, a query has no
/// key to look at, or dropout is not in [0, 1).
Var attention(Input q, Input k, Input v, const AttentionOptions& options);
/// The same with q above k above v in one matrix, 3·features × tokens, as one linear layer makes
/// them: nothing has to be cut out and put together again. Throws too when 3 does not divide the
/// rows.
Var attention(Var qkv, const AttentionOptions& options);

}  // namespace evenkeel
