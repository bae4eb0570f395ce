#pragma once
// Which formula made y.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fit.hpp"
#include "variants.hpp"

namespace evenkeel::audit {

/// Where mean and variance come from.
enum class Source { batch, running, running_before, fresh };

struct Explanation {
  Variant variant;
  Formula formula;
  Source source = Source::batch;
  bool with_padding = false;  ///< the padding is counted in the statistics
  std::shared_ptr<const Tiles> tiles;
  std::shared_ptr<const Spread> gamma, beta;
  std::vector<double> multipliers;    ///< by cancellation: each tile has its own; else empty
  std::vector<std::string> mistakes;  ///< empty: right
  Fit fit;
  double unit = 0;  ///< the precision at which it holds

  Inputs inputs(const Evidence& evidence) const { return {evidence.x(), *tiles, *gamma, *beta}; }
};

/// The simplest formula that makes y within rounding, and then what makes it as well with the same
/// mistakes: a LayerNorm and a GroupNorm of one group, say. None: no known mistake does.
std::vector<Explanation> explain_y(const Evidence& evidence);

/// What y should have been: the norm that is meant, without the mistakes.
Explanation right_for(const Evidence& evidence, const Explanation& found);

/// The ways in which a variant takes its statistics, each with its mistakes: from the batch, with
/// and without the padding, from running statistics.
std::vector<Explanation> starts_of(const Evidence& evidence, const Variant& variant);

/// A multiplier of its own for each tile, by least squares: what cancellation in the variance
/// leaves. False where one is further off than `often` roundings of mean x² can take it.
bool set_free_multipliers(const Evidence& evidence, double unit, double often, Explanation& found);

/// An eps that is none of the usual ones, from the right formula.
std::optional<double> estimated_eps(const Evidence& evidence, const Explanation& start);

Formula right_formula(const Evidence& evidence, Norm norm, double eps);

}  // namespace evenkeel::audit
