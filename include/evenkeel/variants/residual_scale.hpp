#pragma once
// Residual branches that start small: x + s ⊙ f(x), with s learned.
//
//   ReZero, SkipInit   s: 1 × 1, from 0: the block is the identity at first
//   LayerScale         s: channels × 1, from 0.1 to 1e-6, less for more blocks
//   Fixup              the branch's own weights instead: the last starts as 0, the others smaller
//                      by L^(−1/(2m−2)), for m weights in a branch and L branches; and s from 1
//
// x: channels·positions × samples. The tile plays no part: these are what people use without norms,
// or (LayerScale) beside them.
// Papers: Bachlechner et al. 2020, "ReZero is all you need", arXiv:2003.04887; De & Smith 2020,
// arXiv:2002.10444 (SkipInit); Touvron et al. 2021, "Going deeper with image transformers",
// arXiv:2103.17239 (LayerScale); Zhang, Dauphin & Ma 2019, "Fixup initialization",
// arXiv:1901.09321; there the last layer of the network starts as 0, too, and a scalar bias stands
// before each layer and each activation.

#include <span>

#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

/// s ⊙ x for a branch's x. Throws when num_channels does not divide the rows of x.
class ResidualScale final : public Layer {
 public:
  ResidualScale(Index num_channels, double start)
      : s_(Matrix(num_channels, 1, arma::fill::value(static_cast<Scalar>(start))), "s") {}
  Var operator()(Var x) override { return scale_channels(x, s_); }
  void members(Members& m) override { m.parameter("gamma", s_); }

 private:
  Parameter s_;
};

inline ResidualScale re_zero() {
  return {1, 0};
}
inline ResidualScale layer_scale(Index num_channels, double start = 1e-5) {
  return {num_channels, start};
}

/// Fixup for the weights of one branch, first to last, drawn by He's rule before. Throws when there
/// are fewer than two weights, or no branches.
void fixup(std::span<Parameter* const> weights, Index branches);

}  // namespace evenkeel
