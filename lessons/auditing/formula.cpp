#include "formula.hpp"

#include <cmath>

namespace evenkeel::audit {

Multiplier multiplier(const Formula& formula, const Statistics& tile) {
  const double bessel = formula.n_minus_1 ? tile.n / (tile.n - 1) : 1;
  const double spread = formula.spread_about_mean ? tile.variance : tile.mean_square;
  const double v = bessel * spread;
  // s and its derivative with respect to the spread; m = 1 / s
  double s = 0, slope = 0;
  const bool inside = formula.eps_place == Eps::inside;
  const double root = std::sqrt(inside ? v + formula.eps : v);
  switch (formula.root) {
    case Root::once:
    case Root::multiplied:
      s = inside ? root : root + formula.eps;
      slope = bessel / (2 * root);
      break;
    case Root::none:
      s = v + formula.eps;
      slope = bessel;
      break;
    case Root::squared:
      s = std::pow(v + formula.eps, 2);
      slope = 2 * bessel * (v + formula.eps);
      break;
    case Root::twice:
      s = std::sqrt(std::sqrt(v) + formula.eps);
      slope = bessel / (4 * s * std::sqrt(v));
      break;
  }
  if (formula.root == Root::multiplied) return {s, slope};
  return {1 / s, -slope / (s * s)};
}

double Inputs::gain(const Formula& formula, std::size_t i) const {
  if (formula.gain == Gain::none || gamma.empty()) return 1;
  return formula.gain == Gain::gamma ? gamma[i] : 1 + gamma[i];
}

Predicted predict(const Formula& formula, const Inputs& inputs, std::size_t i) {
  return predict(formula, inputs, i, multiplier(formula, inputs.tiles.at(i)).m);
}

Predicted predict(const Formula& formula, const Inputs& inputs, std::size_t i, double m) {
  const Statistics& tile = inputs.tiles.at(i);
  const double x = inputs.x.values[i];
  const double mean = formula.subtracts_mean ? tile.mean : 0;
  const double gain = inputs.gain(formula, i);
  const double beta = formula.shift == Shift::none || inputs.beta.empty() ? 0 : inputs.beta[i];
  const double shift = formula.shift == Shift::before_gain ? gain * beta : beta;
  const double xhat = (x - mean) * m;
  const double y = gain * xhat + shift;
  // How much larger the mean is than σ: the variance loses that factor in one good pass (Welford).
  const double spread = formula.spread_about_mean ? tile.variance : tile.mean_square;
  const double scale = std::sqrt(spread + formula.eps);
  const double offset = formula.spread_about_mean && scale > 0 ? std::abs(tile.mean) / scale : 0;
  // Where numbers of both signs make the mean, it errs as they do, however small it is.
  const double mean_error =
      formula.subtracts_mean ? std::abs(mean) + std::sqrt(tile.mean_square) / 2 : 0;
  const double rounding =
      std::abs(gain) * ((std::abs(x) + mean_error) * std::abs(m) + std::abs(xhat) * (2 + offset)) +
      2 * std::abs(shift) + 2 * std::abs(y);
  return {y, rounding};
}

}  // namespace evenkeel::audit
