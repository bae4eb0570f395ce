// dx = m (g − mean g) + 2 (dm/dσ²) (x − μ) mean(g (x − μ)), g = gain dy: with m = 1 / √(σ² + eps)
// that is (g − mean g − x̂ mean(g x̂)) / √(σ² + eps). Each of its parts may be missing.

#include <algorithm>
#include <cmath>

#include "checks.hpp"

namespace evenkeel::audit {

namespace {

struct Terms {
  bool mean = true, variance = true, gamma = true, gamma_last = false, rstd = true, sums = false;
};

struct Part {
  const char* mistake;
  void (*apply)(Terms&);
};

const std::vector<Part> parts = {
    {"dx_without_mean_term", [](Terms& t) { t.mean = false; }},
    {"dx_without_variance_term", [](Terms& t) { t.variance = false; }},
    {"dx_without_gamma", [](Terms& t) { t.gamma = false; }},
    {"dx_gamma_last", [](Terms& t) { t.gamma = false, t.gamma_last = true; }},
    {"dx_without_rstd", [](Terms& t) { t.rstd = false; }},
    {"dx_sums_for_means", [](Terms& t) { t.sums = true; }},
};

// The backward of one forward formula, with its means over the tiles of `over`.
class Backward {
 public:
  Backward(const Evidence& evidence, const Explanation& forward, const Tiles& over)
      : evidence_(evidence),
        forward_(forward),
        over_(over),
        inputs_(forward.inputs(evidence)),
        dy_(evidence.find("dy")->values) {
    for (const Statistics& tile : forward.tiles->tiles) {
      const std::size_t t = multipliers_.size();
      multipliers_.push_back(multiplier(forward.formula, tile));
      if (forward.multipliers.empty()) continue;
      const double m = forward.multipliers[t];  // E[x²] − E[x]² has the same derivative
      multipliers_.back() = {m, -m * m * m / 2};
    }
    sum(true, with_gain_);
    sum(false, without_gain_);
  }

  bool trains() const { return forward_.source == Source::batch; }
  bool centres() const { return forward_.formula.subtracts_mean; }

  Predicted dx(const Terms& terms, std::size_t i) const {
    const Formula& formula = forward_.formula;
    const Statistics& tile = forward_.tiles->at(i);
    const Multiplier& by = multipliers_[forward_.tiles->of[i]];
    const Sums& sums = (terms.gamma ? with_gain_ : without_gain_)[over_.of[i]];
    const double gain = inputs_.gain(formula, i);
    const double g = (terms.gamma ? gain : 1) * dy_[i];
    const double d = inputs_.x.values[i] - (formula.spread_about_mean ? tile.mean : 0);
    const double share = terms.sums ? 1 : 1 / sums.n, slope = 2 * by.slope / by.m;
    const double offset = formula.spread_about_mean ? std::abs(tile.mean) : 0;
    double mean_term = 0, variance_term = 0, rounding = std::abs(by.m * g);
    if (trains() && terms.mean && centres()) {
      mean_term = by.m * sums.g * share;
      rounding += std::abs(by.m) * sums.abs_g * share;
    }
    if (trains() && terms.variance) {
      variance_term = slope * d * sums.g_xhat * share;
      rounding += std::abs(slope) * share *
                  ((std::abs(d) + offset) * sums.abs_g_xhat +
                   std::abs(d) * offset * std::abs(by.m) * sums.abs_g);
    }
    rounding *= 2 + offset * std::abs(by.m);
    double dx = by.m * g - mean_term + variance_term;
    double factor = terms.gamma_last ? gain : 1;
    if (!terms.rstd) factor /= by.m;
    dx *= factor;
    return {dx, std::abs(factor) * rounding + 2 * std::abs(dx)};
  }

  Fit fit(const Terms& terms, double unit) const {
    const double limit = rounding_limit(forward_.tiles->largest_n(), unit);
    return compare(*evidence_.find("dx"), {}, unit, limit,
                   [&](std::size_t i) { return dx(terms, i); });
  }

 private:
  struct Sums {
    double n = 0, g = 0, g_xhat = 0, abs_g = 0, abs_g_xhat = 0;
  };

  void sum(bool gain, std::vector<Sums>& sums) const {
    sums.resize(over_.tiles.size());
    for (std::size_t i = 0; i < dy_.size(); ++i) {
      Sums& tile = sums[over_.of[i]];
      const double mean = centres() ? forward_.tiles->at(i).mean : 0;
      const double xhat = (inputs_.x.values[i] - mean) * multipliers_[forward_.tiles->of[i]].m;
      const double g = (gain ? inputs_.gain(forward_.formula, i) : 1) * dy_[i];
      tile.n += 1;
      tile.g += g;
      tile.g_xhat += g * xhat;
      tile.abs_g += std::abs(g);
      tile.abs_g_xhat += std::abs(g * xhat);
    }
  }

  const Evidence& evidence_;
  const Explanation& forward_;
  const Tiles& over_;
  const Inputs inputs_;
  const std::vector<double>& dy_;
  std::vector<Multiplier> multipliers_;
  std::vector<Sums> with_gain_, without_gain_;
};

void try_terms(const Backward& backward, const std::vector<std::string>& mistakes, std::size_t most,
               double unit, std::vector<Candidate>& held) {
  for (std::size_t set = 0; set < (std::size_t{1} << parts.size()); ++set) {
    Candidate candidate{mistakes, {}};
    Terms terms;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (!(set >> p & 1)) continue;
      parts[p].apply(terms);
      candidate.mistakes.push_back(parts[p].mistake);
    }
    const bool both_gammas = (set >> 2 & 1) && (set >> 3 & 1);
    const bool of_training = !terms.mean || !terms.variance || terms.sums || terms.gamma_last;
    if (candidate.mistakes.size() > most || both_gammas) continue;
    if (of_training && !backward.trains()) continue;
    if (!terms.mean && !backward.centres()) continue;
    candidate.fit = backward.fit(terms, unit);
    if (candidate.fit.holds) held.push_back(std::move(candidate));
  }
}

// The same forward, differentiated as if it were computed in another way.
Explanation with(Explanation forward, void (*apply)(Formula&)) {
  apply(forward.formula);
  return forward;
}

std::vector<Candidate> candidates(const Evidence& evidence, const Explanation& found,
                                  const Explanation& right, double unit) {
  std::vector<Candidate> held;
  try_terms(Backward(evidence, right, *right.tiles), {}, 3, unit, held);
  if (!found.mistakes.empty()) {
    try_terms(Backward(evidence, found, *found.tiles), {}, 3, unit, held);
  }
  const Explanation unbiased = with(right, [](Formula& f) { f.n_minus_1 = true; });
  try_terms(Backward(evidence, unbiased, *right.tiles), {"variance_n_minus_1"}, 2, unit, held);
  const Explanation outside = with(right, [](Formula& f) { f.eps_place = Eps::outside; });
  try_terms(Backward(evidence, outside, *right.tiles), {"eps_outside_root"}, 2, unit, held);
  if (!held.empty() || right.source != Source::batch) return held;
  const std::size_t rank = evidence.x().shape.size();
  for (std::size_t set = 1; set < (std::size_t{1} << rank); ++set) {
    Cut cut;
    for (std::size_t d = 0; d < rank; ++d) {
      if (set >> d & 1) cut.axes.push_back(d);
    }
    const Tiles over = tiles_of(evidence.x(), cut);
    try_terms(Backward(evidence, right, over), {"dx_wrong_axis"}, 1, unit, held);
  }
  return held;
}

}  // namespace

std::vector<Predicted> right_dx(const Evidence& evidence, const Explanation& right) {
  const Backward backward(evidence, right, *right.tiles);
  std::vector<Predicted> dx;
  for (std::size_t i = 0; i < evidence.x().values.size(); ++i) dx.push_back(backward.dx({}, i));
  return dx;
}

std::optional<Check> check_dx(const Evidence& evidence, const Explanation& found,
                              const Explanation& right) {
  if (!evidence.find("dx")) return {};
  Check check{"dx", false, {}, "", {}, {}};
  if (!evidence.find("dy")) check.reason = "the file has no dy";
  if (!evidence.valid.empty())
    check.reason = "with padding, what dx should be there is not settled";
  if (!check.reason.empty()) return check;
  double unit = evidence.x().unit;
  for (const char* name : {"dx", "dy", "gamma"}) {
    if (const Array* array = evidence.find(name)) unit = std::max(unit, array->unit);
  }
  const Backward backward(evidence, right, *right.tiles);
  check.right = backward.fit({}, unit);
  const double tiles = static_cast<double>(right.tiles->tiles.size());
  for (const double coarser : precisions(unit)) {
    std::vector<Candidate> held = candidates(evidence, found, right, coarser);
    if (coarser > unit) {
      std::erase_if(held, [](const Candidate& candidate) { return !is_near(candidate); });
    }
    const Candidate* chosen = simplest(held, tiles);
    if (!chosen) continue;
    take_over(*chosen, coarser, unit, check);
    break;
  }
  return check;
}

}  // namespace evenkeel::audit
