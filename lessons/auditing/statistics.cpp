#include "forward.hpp"

#include <algorithm>
#include <cmath>

namespace evenkeel::audit {

namespace {

std::shared_ptr<const Spread> spread_over(const Array* parameter,
                                          const std::vector<std::size_t>& along, const Shape& x) {
  auto values = std::make_shared<Spread>();
  if (!parameter) return values;
  const Placement placement = placement_along(along, x);
  for (const std::uint32_t at : placement.of) values->push_back(parameter->values[at]);
  return values;
}

void set_parameters(const Evidence& evidence, Explanation& explanation) {
  const Shape& x = evidence.x().shape;
  explanation.gamma = spread_over(evidence.find("gamma"), explanation.variant.gamma_along, x);
  explanation.beta = spread_over(evidence.find("beta"), explanation.variant.beta_along, x);
}

// Normalized by statistics that the file has of earlier batches, or by those of a fresh layer.
void add_running(const Evidence& evidence, Explanation start, std::vector<Explanation>& all) {
  const Variant& variant = start.variant;
  const Array& x = evidence.x();
  const Array *mean = evidence.find("running_mean"), *var = evidence.find("running_var");
  const Array* mean_before = evidence.find("running_mean_before");
  const Array* var_before = evidence.find("running_var_before");
  const bool updated = mean && mean_before && mean->values != mean_before->values;
  const auto add = [&](const Array& m, const Array& v, Source source, bool wrong) {
    if (m.values.size() != x.shape[1] || v.values.size() != x.shape[1]) return;
    start.tiles = std::make_shared<Tiles>(with_statistics(x, variant.cut, m, v));
    start.source = source;
    start.mistakes.clear();
    if (wrong) start.mistakes.push_back("statistics_of_eval");
    all.push_back(start);
  };
  const bool trains = evidence.training.value_or(updated);
  if (mean_before && var_before) add(*mean_before, *var_before, Source::running_before, trains);
  if (mean && var) add(*mean, *var, Source::running, trains);
  if (mean || mean_before || evidence.norm != Norm::batch_norm) return;
  const Array zeros{{x.shape[1]}, std::vector<double>(x.shape[1], 0.0), "F64", 0, 0};
  const Array ones{{x.shape[1]}, std::vector<double>(x.shape[1], 1.0), "F64", 0, 0};
  add(zeros, ones, Source::fresh, evidence.training.value_or(true));
}

}  // namespace

std::vector<Explanation> starts_of(const Evidence& evidence, const Variant& variant) {
  Explanation start;
  start.variant = variant;
  start.mistakes = variant.mistakes;
  set_parameters(evidence, start);
  const Array& x = evidence.x();
  std::vector<Explanation> all;
  start.tiles = std::make_shared<Tiles>(tiles_of(x, variant.cut, evidence.valid));
  const bool has_running = evidence.find("running_mean") && evidence.find("running_var");
  if (evidence.training == false && has_running && variant.mistakes.empty()) {
    start.mistakes.push_back("statistics_of_batch_in_eval");
  }
  all.push_back(start);
  if (start.tiles->mixes_padding) {
    Explanation padded = start;
    padded.tiles = std::make_shared<Tiles>(tiles_of(x, variant.cut));
    padded.with_padding = true;
    padded.mistakes.push_back("padding_in_statistics");
    all.push_back(padded);
  }
  const bool keeps = variant.norm == Norm::batch_norm || variant.norm == Norm::instance_norm;
  if (keeps && variant.mistakes.empty() && x.shape.size() > 1) add_running(evidence, start, all);
  return all;
}

bool set_free_multipliers(const Evidence& evidence, double unit, double often, Explanation& found) {
  const Tiles& tiles = *found.tiles;
  const Inputs inputs = found.inputs(evidence);
  std::vector<double> products(tiles.tiles.size()), squares(tiles.tiles.size());
  std::vector<char> finite(tiles.tiles.size());
  for (std::size_t i = 0; i < evidence.x().values.size(); ++i) {
    finite[tiles.of[i]] |= std::isfinite(evidence.y().values[i]);
    const double shift = predict(found.formula, inputs, i, 0).y;
    const double slope = predict(found.formula, inputs, i, 1).y - shift;
    products[tiles.of[i]] += slope * (evidence.y().values[i] - shift);
    squares[tiles.of[i]] += slope * slope;
  }
  for (std::size_t t = 0; t < tiles.tiles.size(); ++t) {
    const double spread = tiles.tiles[t].variance;
    const double room = often * unit * tiles.tiles[t].mean_square + 1e-9 * spread;
    const double m = products[t] / squares[t];
    const bool constant = squares[t] == 0;  // any multiplier does
    // Where y is NaN, the variance came out below zero: in all of the tile.
    if (finite[t] && !std::isfinite(products[t])) return false;
    const double by_file = std::isfinite(m) ? 1 / (m * m) - found.formula.eps : 0;
    if (!constant && (std::abs(by_file - spread) > room || m < 0)) return false;
    found.multipliers.push_back(constant ? 0 : m);
  }
  return true;
}

std::optional<double> estimated_eps(const Evidence& evidence, const Explanation& start) {
  const Inputs inputs = start.inputs(evidence);
  std::vector<double> found;
  for (std::size_t i = 0; i < evidence.x().values.size() && found.size() < 1000; ++i) {
    const double shift = predict(start.formula, inputs, i, 0).y;
    const double slope = predict(start.formula, inputs, i, 1).y - shift;
    const double m = (evidence.y().values[i] - shift) / slope;
    const Statistics& tile = start.tiles->at(i);
    const double spread = start.formula.spread_about_mean ? tile.variance : tile.mean_square;
    if (std::isfinite(m) && m > 0) found.push_back(1 / (m * m) - spread);
  }
  if (found.empty()) return {};
  std::ranges::sort(found);
  const double eps = found[found.size() / 2];
  if (!(eps > 0 && eps < 0.1)) return {};
  const double step = std::pow(10, std::floor(std::log10(eps)) - 1);  // two digits
  return std::round(eps / step) * step;
}

Formula right_formula(const Evidence& evidence, Norm norm, double eps) {
  Formula formula;
  formula.subtracts_mean = formula.spread_about_mean = norm != Norm::rms_norm;
  formula.gain = evidence.gain_plus_one ? Gain::one_plus_gamma : Gain::gamma;
  formula.eps = eps;
  return formula;
}

Explanation right_for(const Evidence& evidence, const Explanation& found) {
  if (found.mistakes.empty()) return found;
  Variant variant = found.variant;
  if (!variant.mistakes.empty()) {
    for (const Variant& other : variants_of(evidence)) {
      if (other.norm != found.variant.norm || !other.mistakes.empty()) continue;
      variant = other;
      break;
    }
  }
  std::vector<Explanation> starts = starts_of(evidence, variant);
  Explanation* right = &starts.front();
  for (Explanation& start : starts) {
    if (!start.mistakes.empty()) continue;
    right = &start;
    if (start.source == found.source) break;
  }
  right->mistakes.clear();
  right->formula = right_formula(evidence, variant.norm, evidence.eps.value_or(found.formula.eps));
  right->unit = found.unit;
  return *right;
}

}  // namespace evenkeel::audit
