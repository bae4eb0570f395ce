#pragma once
// How first weights are drawn, as a value:
//
//   LinearLayer(64, 64, random, {.init = he});
//   LinearLayer(64, 64, random, {.init = {.gain = gain::tanh}});
//
//   sd of one weight = gain / √fan      fan: fan in, fan out, or their mean
//
// What goes through y = W x is a sum of fan-in terms, so var y = fan_in · sd² · mean(x²);
// the backward pass has fan out in its place. A sum of mean squares 1 comes out as gain². The
// gain makes up for what the nonlinearity before it takes away: relu halves the mean
// square of a symmetric distribution, hence √2.
//
//   name        gain    fan      paper
//   lecun       1       in       LeCun et al. 1998, "Efficient BackProp"
//   he          √2      in       He et al. 2015, "Delving deep into rectifiers", arXiv:1502.01852
//   xavier      1       mean     Glorot & Bengio 2010, "Understanding the difficulty of training
//                                deep feedforward neural networks"
//   orthogonal  1       –        Saxe et al. 2013, arXiv:1312.6120: WᵀW = gain²·I (a flat W: WWᵀ)

#include <numbers>

#include "evenkeel/core/random.hpp"

namespace evenkeel {

/// The weight of a layer: out × (in · window), where the window of a convolution
/// has this many places (1 for a linear layer).
struct WeightShape {
  Index out = 0;
  Index in = 0;
  Index window = 1;

  Index fan_in() const { return in * window; }    ///< terms in each output
  Index fan_out() const { return out * window; }  ///< outputs that each input reaches
};

/// PyTorch's gains (torch.nn.init.calculate_gain); `standardized_relu` is that of Brock et al.
/// 2021, arXiv:2101.08692, for weights with mean 0: 1 over the standard deviation of relu(N(0, 1)).
namespace gain {
inline constexpr double linear = 1;
inline constexpr double tanh = 5.0 / 3;
inline constexpr double relu = std::numbers::sqrt2;
inline constexpr double standardized_relu = 1.7128585504496627;  // √(2π/(π − 1))
double leaky_relu(double slope);                                 ///< √(2 / (1 + slope²))
}  // namespace gain

struct Init {
  enum class Fan { in, out, mean };
  enum class Draw {
    normal,
    uniform,    ///< in ±√3 · sd
    orthogonal  ///< rows or columns, whichever are fewer, are orthogonal and of length gain
  };
  double gain = 1;
  Fan fan = Fan::in;
  Draw draw = Draw::normal;

  /// gain / √fan; for an orthogonal matrix the root mean square of its entries.
  double sd(WeightShape shape) const;
  /// out × fan_in weights. Throws when the shape has a 0 or the gain is negative.
  Matrix operator()(WeightShape shape, Random& random) const;
};

inline constexpr Init lecun{};
inline constexpr Init he{.gain = gain::relu};
inline constexpr Init xavier{.fan = Init::Fan::mean};
inline constexpr Init orthogonal{.draw = Init::Draw::orthogonal};

}  // namespace evenkeel
