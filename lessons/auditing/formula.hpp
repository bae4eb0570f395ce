#pragma once
// A norm with knobs: y = gain (x − μ) m + shift, where m = 1 / √(σ² + eps) in the right one. Each
// knob turned is a mistake of mistakes.hpp.

#include "tiles.hpp"

namespace evenkeel::audit {

enum class Eps { inside, outside };                          // √(σ² + eps) or √σ² + eps
enum class Root { once, multiplied, none, twice, squared };  // 1/√v, √v, 1/v, 1/√√v, 1/v²
enum class Gain { gamma, one_plus_gamma, none };             // γ, 1 + γ, 1
enum class Shift { beta, before_gain, none };  // + β behind γ, before it, not at all

struct Formula {
  bool subtracts_mean = true;
  bool spread_about_mean = true;  ///< σ²; otherwise mean x²
  bool n_minus_1 = false;
  Eps eps_place = Eps::inside;
  Root root = Root::once;
  Gain gain = Gain::gamma;
  Shift shift = Shift::beta;
  double eps = 1e-5;
};

/// What multiplies x − μ in a tile, and its derivative with respect to the spread (σ² or mean x²).
struct Multiplier {
  double m = 0;
  double slope = 0;
};
Multiplier multiplier(const Formula& formula, const Statistics& statistics);

/// A number for each number of x; empty where there is no such parameter.
using Spread = std::vector<double>;

/// All that a formula acts on. Without γ it is 1, without β 0.
struct Inputs {
  const Array& x;
  const Tiles& tiles;
  const Spread& gamma;
  const Spread& beta;

  double gain(const Formula& formula, std::size_t i) const;
};

/// One number of y, and the error that one rounding in each step of a computation may make in it,
/// in units of the precision: the sum of the magnitudes that are rounded on the way.
struct Predicted {
  double y = 0;
  double rounding = 0;
};
Predicted predict(const Formula& formula, const Inputs& inputs, std::size_t i);

/// The same with a multiplier of the tile's own.
Predicted predict(const Formula& formula, const Inputs& inputs, std::size_t i, double m);

}  // namespace evenkeel::audit
