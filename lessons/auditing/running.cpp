// Running statistics: new = (1 − momentum) old + momentum batch, the batch's variance unbiased.

#include <algorithm>
#include <cmath>

#include "checks.hpp"

namespace evenkeel::audit {

namespace {

struct Channel {
  double mean = 0, biased = 0, unbiased = 0, offset = 0, n = 0;
};

// The batch's statistics for each channel; where a channel has several tiles (InstanceNorm), their
// mean.
std::vector<Channel> channels_of(const Evidence& evidence, const Tiles& tiles) {
  const Placement channel = placement_along({1}, evidence.x().shape);
  std::vector<Channel> result(evidence.x().shape[1]);
  std::vector<double> counts(result.size());
  std::vector<char> seen(tiles.tiles.size());
  for (std::size_t i = 0; i < tiles.of.size(); ++i) {
    if (seen[tiles.of[i]]++) continue;
    const Statistics& tile = tiles.at(i);
    Channel& sum = result[channel.of[i]];
    const double bessel = tile.n > 1 ? tile.n / (tile.n - 1) : 1;
    sum.mean += tile.mean;
    sum.biased += tile.variance;
    sum.unbiased += tile.variance * bessel;
    sum.offset = std::max(sum.offset, std::abs(tile.mean) / std::sqrt(tile.variance + 1e-300));
    sum.n = std::max(sum.n, tile.n);
    counts[channel.of[i]] += 1;
  }
  for (std::size_t c = 0; c < result.size(); ++c) {
    result[c].mean /= counts[c];
    result[c].biased /= counts[c];
    result[c].unbiased /= counts[c];
  }
  return result;
}

struct Kind {
  const char* mistake;
  double (*value)(const Channel&);
};

const std::vector<Kind> mean_kinds = {{"", [](const Channel& c) { return c.mean; }}};
const std::vector<Kind> variance_kinds = {
    {"", [](const Channel& c) { return c.unbiased; }},
    {"running_var_biased", [](const Channel& c) { return c.biased; }},
    {"running_var_of_std", [](const Channel& c) { return std::sqrt(c.unbiased); }},
    {"running_var_of_std", [](const Channel& c) { return std::sqrt(c.biased); }}};

struct Weight {
  double of_batch;
  const char* mistake;
};

// The weight of the batch that fits best, if one does for all channels.
double estimated_weight(const Array& now, const std::vector<double>& before,
                        const std::vector<Channel>& batch, const Kind& kind) {
  double products = 0, squares = 0;
  for (std::size_t c = 0; c < batch.size(); ++c) {
    const double step = kind.value(batch[c]) - before[c];
    products += step * (now.values[c] - before[c]);
    squares += step * step;
  }
  const double weight = products / squares;
  return weight > 0 && weight < 1.001 ? std::min(weight, 1.0) : -1;
}

// The declared weight, or the usual ones.
std::vector<Weight> usual_weights(const Evidence& evidence) {
  std::vector<Weight> weights;
  if (!evidence.cumulative) {
    const double momentum = evidence.momentum.value_or(0.1);
    weights = {{momentum, ""}, {1 - momentum, "momentum_reversed"}};
  }
  weights.push_back({0, "running_statistics_not_updated"});
  if (evidence.momentum || evidence.cumulative) return weights;
  for (const double usual : {0.01, 0.001, 0.05, 0.03, 0.3}) {
    weights.push_back({usual, ""});
    weights.push_back({1 - usual, "momentum_reversed"});
  }
  return weights;
}

// A weight that no one uses: who declares none and takes mostly the new batch has it reversed.
const char* mistake_of(const Evidence& evidence, double weight) {
  if (evidence.momentum) return "momentum_differs";
  return !evidence.cumulative && weight > 0.5 && weight < 0.9999 ? "momentum_reversed" : "";
}

class RunningCheck {
 public:
  RunningCheck(const Evidence& evidence, const Array& now, std::vector<double> before)
      : evidence_(evidence), now_(now), before_(std::move(before)) {}

  void try_batch(const std::vector<Channel>& batch, const std::vector<Kind>& kinds, double unit) {
    for (const Kind& kind : kinds) {
      for (const Weight& weight : usual_weights(evidence_)) keep(batch, kind, weight, unit);
    }
    if (holds()) return;
    for (const Kind& kind : kinds) {
      const double weight = estimated_weight(now_, before_, batch, kind);
      if (weight > 0) keep(batch, kind, {weight, mistake_of(evidence_, weight)}, unit);
    }
  }

  Check verdict(const std::string& quantity) const {
    Check check{quantity, false, {}, "", {}, right_};
    const Candidate* chosen = simplest(held_, static_cast<double>(before_.size()));
    if (!chosen) return check;
    check.explained = true;
    check.mistakes = chosen->mistakes;
    // Rounding may hide a small step, but hardly in every channel.
    if (now_.values == before_ && right_.worst > 1) {
      check.mistakes = {"running_statistics_not_updated"};
    }
    check.fit = chosen->fit;
    return check;
  }

  bool holds() const { return !held_.empty(); }

 private:
  void keep(const std::vector<Channel>& batch, const Kind& kind, const Weight& weight,
            double unit) {
    Candidate candidate{{}, fit(batch, kind, weight.of_batch, unit)};
    if (*weight.mistake) candidate.mistakes.push_back(weight.mistake);
    if (*kind.mistake && weight.of_batch > 0) candidate.mistakes.push_back(kind.mistake);
    if (candidate.fit.holds) held_.push_back(candidate);
    if (candidate.mistakes.empty() && right_.worst == 0) right_ = candidate.fit;
  }

  Fit fit(const std::vector<Channel>& batch, const Kind& kind, double weight, double unit) const {
    return compare(now_, {}, unit, rounding_limit(batch[0].n, unit), [&](std::size_t c) {
      const double old = (1 - weight) * before_[c], taken = weight * kind.value(batch[c]);
      const bool is_mean =
          std::string_view(kind.mistake).empty() && kind.value(batch[c]) == batch[c].mean;
      const double spread = is_mean ? std::sqrt(batch[c].biased) * weight : 0;
      const double loss = is_mean ? 1 : 2 + batch[c].offset;
      return Predicted{old + taken,
                       std::abs(taken) * loss + spread + 2 * std::abs(old) + std::abs(old + taken)};
    });
  }

  const Evidence& evidence_;
  const Array& now_;
  std::vector<double> before_;
  std::vector<Candidate> held_;
  Fit right_;
};

// One of the two; `fresh` is what a layer begins with.
Check check_one(const Evidence& evidence, const Explanation& found, const Explanation& right,
                const std::string& quantity, double fresh) {
  const Array& now = *evidence.find(quantity);
  const Array* before = evidence.find(quantity + "_before");
  const bool is_mean = quantity == "running_mean";
  Check check{quantity, false, {}, "", {}, {}};
  if (evidence.x().shape.size() < 2 || now.values.size() != evidence.x().shape[1] ||
      (before && before->values.size() != now.values.size())) {
    check.reason = "it does not have one number for each channel";
    return check;
  }
  const std::vector<double> old =
      before ? before->values : std::vector<double>(now.values.size(), fresh);
  const std::vector<Channel> batch = channels_of(evidence, *right.tiles);
  RunningCheck running(evidence, now, old);
  for (const double unit : {now.unit, std::max(now.unit, evidence.x().unit), 0x1p-24}) {
    if (running.holds()) break;
    running.try_batch(batch, is_mean ? mean_kinds : variance_kinds, unit);
    // What padding does to the statistics is said where y has it.
    if (found.with_padding && !running.holds()) {
      running.try_batch(channels_of(evidence, *found.tiles), is_mean ? mean_kinds : variance_kinds,
                        unit);
    }
  }
  check = running.verdict(quantity);
  if (!before && (!check.explained || !check.mistakes.empty())) {
    check = {quantity, false, {}, "the file has no " + quantity + "_before", {}, {}};
  }
  return check;
}

}  // namespace

std::vector<double> precisions(double unit) {
  std::vector<double> result = {unit};
  for (const double coarser : {0x1p-24, 0x1p-11, 0x1p-8}) {
    if (coarser > unit && unit <= 0x1p-24) result.push_back(coarser);
  }
  return result;
}

std::vector<Check> check_running(const Evidence& evidence, const Explanation& found,
                                 const Explanation& right) {
  const bool in_eval = found.source != Source::batch && found.mistakes.empty();
  std::vector<Check> checks;
  for (const auto& [quantity, fresh] : {std::pair{"running_mean", 0.0}, {"running_var", 1.0}}) {
    if (!evidence.find(quantity)) continue;
    if (in_eval || evidence.training == false || right.source != Source::batch) {
      checks.push_back({quantity, false, {}, "the layer is not training", {}, {}});
    } else {
      checks.push_back(check_one(evidence, found, right, quantity, fresh));
    }
  }
  return checks;
}

}  // namespace evenkeel::audit
