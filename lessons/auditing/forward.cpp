#include "forward.hpp"

#include <algorithm>
#include <map>

#include "knobs.hpp"
#include "mistakes.hpp"

namespace evenkeel::audit {

namespace {

constexpr double single = 0x1p-24, half = 0x1p-11, brain = 0x1p-8;
constexpr std::size_t most_mistakes = 3;

// The candidates of one file, at one precision after another.
class Search {
 public:
  explicit Search(const Evidence& evidence)
      : evidence_(evidence), variants_(variants_of(evidence)), starts_(variants_.size()) {
    of_file_ = evidence.y().unit;
  }

  std::vector<Explanation> run() {
    std::vector<Explanation> found = at(of_file_);
    if (found.empty()) found = with_estimated_eps();
    if (found.empty()) {  // y may have been made before x was rounded to its type
      for (const char* name : {"x", "gamma", "beta"}) {
        if (const Array* array = evidence_.find(name)) of_file_ = std::max(of_file_, array->unit);
      }
      if (of_file_ > evidence_.y().unit) found = at(of_file_);
    }
    if (found.empty() && of_file_ < single) found = at(single);
    if (found.empty() && of_file_ <= single) found = in_half_precision();
    return found;
  }

 private:
  // float16 or bfloat16: whichever takes fewer mistakes.
  std::vector<Explanation> in_half_precision() {
    std::vector<Explanation> found = at(half), other = at(brain);
    const auto mistakes = [](const std::vector<Explanation>& all) {
      return all.empty() ? most_mistakes + 1 : all[0].mistakes.size();
    };
    if (mistakes(other) < mistakes(found)) found = other;
    for (Explanation& one : found) one.mistakes.push_back("half_precision");
    return found;
  }

  std::vector<Explanation> at(double unit) {
    begin(unit);
    for (std::size_t v = 0; v < variants_.size(); ++v) {
      if (variants_[v].mistakes.size() > enough_) continue;
      for (const Explanation& start : starts(v)) try_formulas(start);
    }
    for (std::size_t v = 0; v < variants_.size() && enough_ > most_mistakes && can_cancel(); ++v) {
      for (const Explanation& start : starts(v)) try_cancellation(start);
    }
    return best();
  }

  void begin(double unit) {
    unit_ = unit;
    held_.clear();
    enough_ = most_mistakes + 1;
  }

  // Numbers that went through 16 bits in a file of 32 are not asked for more.
  bool can_cancel() const { return unit_ <= single || unit_ == of_file_; }

  const std::vector<Explanation>& starts(std::size_t v) {
    if (!starts_[v].empty()) return starts_[v];
    if (evidence_.x().values.size() > 4'000'000) {  // better computed again than kept
      for (std::vector<Explanation>& other : starts_) other.clear();
    }
    starts_[v] = starts_of(evidence_, variants_[v]);
    return starts_[v];
  }

  const std::vector<Knobs>& knobs(Norm norm, std::size_t most) {
    const auto [entry, is_new] = knobs_.try_emplace({norm, most});
    if (is_new) entry->second = formulas_for(evidence_, norm, most);
    return entry->second;
  }

  double limit(const Explanation& explanation) const {
    return rounding_limit(explanation.tiles->largest_n(), unit_);
  }

  Fit fit(const Explanation& start, const Formula& formula) const {
    const Inputs inputs = start.inputs(evidence_);
    // Where padding is told, or would count, only the valid entries of y were promised.
    const bool masked =
        !evidence_.valid.empty() &&
        (evidence_.padding_is_told || start.with_padding || start.tiles->mixes_padding);
    static const std::vector<char> all = {};
    return compare(evidence_.y(), masked ? evidence_.valid : all, unit_, limit(start),
                   [&](std::size_t i) {
                     if (start.multipliers.empty()) return predict(formula, inputs, i);
                     return predict(formula, inputs, i, start.multipliers[start.tiles->of[i]]);
                   });
  }

  void keep(const Explanation& start, const Knobs& knobs, const char* mistake = nullptr) {
    const Fit found = fit(start, knobs.formula);
    if (!found.holds) return;
    // What went through 16 bits is near it; what is as far off as they allow is something else.
    const bool by_half = unit_ > of_file_ && unit_ > single;
    if (by_half && (found.rms > 0.5 || start.mistakes.size() + knobs.mistakes.size() > 1)) return;
    Explanation candidate = start;
    candidate.formula = knobs.formula;
    candidate.fit = found;
    candidate.unit = unit_;
    candidate.mistakes.insert(candidate.mistakes.end(), knobs.mistakes.begin(),
                              knobs.mistakes.end());
    if (mistake) candidate.mistakes.push_back(mistake);
    const bool right_here = candidate.mistakes.empty() && unit_ == of_file_;
    // NaN where the variance can come out below zero tells by itself.
    const bool is_nan = std::ranges::any_of(start.multipliers, [](double m) { return m != m; });
    if (!right_here && !found.tells && !is_nan) return;
    // Nothing with more mistakes can be better than one that fits like this.
    if (found.tells && found.rms < 0.35) enough_ = std::min(enough_, candidate.mistakes.size());
    held_.push_back(std::move(candidate));
  }

  void try_formulas(const Explanation& start) {
    if (start.mistakes.size() > most_mistakes) return;
    for (const Knobs& knob : knobs(start.variant.norm, most_mistakes - start.mistakes.size())) {
      if (start.source != Source::batch && knob.formula.n_minus_1) continue;
      if (start.mistakes.size() + knob.mistakes.size() <= enough_) keep(start, knob);
    }
  }

  void try_cancellation(const Explanation& start) {
    if (start.source != Source::batch || start.mistakes.size() > 1) return;
    if (largest_offset(*start.tiles) < 4) return;
    // Beside what cancels, eps says nothing: one does.
    const double eps = evidence_.eps.value_or(1e-5);
    for (const Knobs& knob : knobs(start.variant.norm, 1)) {
      const Formula& formula = knob.formula;
      if (!formula.subtracts_mean || !formula.spread_about_mean || formula.n_minus_1) continue;
      if (formula.root != Root::once || formula.eps_place != Eps::inside) continue;
      if (formula.eps != eps) continue;
      Explanation free = start;
      free.formula = formula;
      if (set_free_multipliers(evidence_, unit_, 2 * limit(start), free)) {
        keep(free, knob, "cancellation");
      }
    }
  }

  // |μ| / σ: what cancels goes with its square.
  static double largest_offset(const Tiles& tiles) {
    double largest = 0;
    for (const Statistics& tile : tiles.tiles) {
      const double square = tile.mean_square - tile.variance;
      largest = std::max(largest, square > 0 ? std::sqrt(square / tile.variance) : 0);
    }
    return largest;
  }

  std::vector<Explanation> with_estimated_eps() {
    if (evidence_.eps) return {};
    begin(of_file_);
    for (std::size_t v = 0; v < variants_.size() && variants_[v].mistakes.empty(); ++v) {
      for (Explanation start : starts(v)) {
        if (!start.mistakes.empty()) continue;
        start.formula = right_formula(evidence_, variants_[v].norm, 0);
        const std::optional<double> eps = estimated_eps(evidence_, start);
        if (!eps) continue;
        start.formula.eps = *eps;
        keep(start, {start.formula, {}});
      }
    }
    return best();
  }

  // --- the simplest that fits --------------------------------------------------------------------

  static std::vector<std::size_t> order(const Explanation& explanation) {
    std::vector<std::size_t> key = {explanation.mistakes.size()};
    for (const std::string& id : explanation.mistakes) {
      key.push_back(static_cast<std::size_t>(&mistake(id) - mistakes().data()));
    }
    return key;
  }

  std::vector<Explanation> best() {
    std::ranges::stable_sort(held_, {}, order);
    const Explanation* chosen = nullptr;
    for (const Explanation& next : held_) {
      if (!chosen) {
        chosen = &next;
        continue;
      }
      const bool as_simple = chosen->mistakes.size() == next.mistakes.size();
      const double tiles = static_cast<double>(chosen->tiles->tiles.size());
      const bool nearer = next.fit.rms < 0.67 * chosen->fit.rms && chosen->fit.rms > 0.1;
      const bool says_more = next.fit.tells && !chosen->fit.tells;
      if (as_simple ? nearer || says_more : clearly_better(next.fit, chosen->fit, tiles))
        chosen = &next;
    }
    std::vector<Explanation> all;
    if (chosen) all.push_back(*chosen);
    for (const Explanation& other : held_) {
      if (&other == chosen || other.mistakes != chosen->mistakes) continue;
      const bool as_near = other.fit.rms < 2 * chosen->fit.rms + 0.1;
      const bool is_new = std::ranges::none_of(all, [&](const Explanation& one) {
        return one.variant.norm == other.variant.norm && one.variant.cut == other.variant.cut &&
               one.source == other.source;
      });
      if (as_near && is_new) all.push_back(other);
    }
    return all;
  }

  const Evidence& evidence_;
  std::vector<Variant> variants_;
  std::vector<std::vector<Explanation>> starts_;  // of each variant, once they are asked for
  double unit_ = 0, of_file_ = 0;
  std::size_t enough_ = 0;  // more mistakes than these are not tried
  std::vector<Explanation> held_;
  std::map<std::pair<Norm, std::size_t>, std::vector<Knobs>> knobs_;
};

}  // namespace

std::vector<Explanation> explain_y(const Evidence& evidence) {
  return Search(evidence).run();
}

}  // namespace evenkeel::audit
