// dgamma = Σ dy x̂ and dbeta = Σ dy, over all numbers that share a γ, a β.

#include <algorithm>
#include <cmath>

#include "checks.hpp"
#include "variants.hpp"

namespace evenkeel::audit {

namespace {

// Numbers to be summed, with what rounding does to each.
using Summands = std::vector<Predicted>;

Summands x_hats(const Evidence& evidence, const Explanation& forward) {
  Explanation plain = forward;
  plain.formula.gain = Gain::none;
  plain.formula.shift = Shift::none;
  const Inputs inputs = forward.inputs(evidence);
  Summands result;
  for (std::size_t i = 0; i < evidence.x().values.size(); ++i) {
    result.push_back(
        forward.multipliers.empty()
            ? predict(plain.formula, inputs, i)
            : predict(plain.formula, inputs, i, forward.multipliers[forward.tiles->of[i]]));
    if (forward.formula.shift != Shift::before_gain || inputs.beta.empty()) continue;
    result.back().y += inputs.beta[i];
    result.back().rounding += std::abs(inputs.beta[i]);
  }
  return result;
}

class SumCheck {
 public:
  SumCheck(const Evidence& evidence, const std::string& quantity,
           const std::vector<std::size_t>& along, double unit)
      : evidence_(evidence),
        actual_(*evidence.find(quantity)),
        x_(evidence.x().shape),
        along_(along),
        unit_(unit) {
    for (std::size_t d = 0; d < x_.size(); ++d) {
      if (std::ranges::find(along, d) == along.end() && x_[d] > 1) summed_.push_back(d);
    }
  }

  // Each number times what `factor` gives for it.
  template <class Factor>
  void try_sum(const Summands& values, const std::string& mistake, const Factor& factor) {
    Summands summands = values;
    for (std::size_t i = 0; i < summands.size(); ++i) {
      summands[i].y *= factor(i);
      summands[i].rounding = std::abs(factor(i)) * summands[i].rounding + std::abs(summands[i].y);
    }
    keep(sums(summands, {})[0], mistake);
  }

  // A mean instead of a sum over some dimensions, or one index of these and not their sum.
  void try_parts(const Summands& values, const std::string& averaged,
                 const std::string& not_summed) {
    const std::vector<double>& dy = evidence_.find("dy")->values;
    Summands summands = values;
    for (std::size_t i = 0; i < summands.size(); ++i) {
      summands[i].y *= dy[i];
      summands[i].rounding = std::abs(dy[i]) * summands[i].rounding + std::abs(summands[i].y);
    }
    const Summands all = sums(summands, {})[0];
    for (std::size_t set = 1; set < (std::size_t{1} << summed_.size()); ++set) {
      std::vector<std::size_t> fixed;
      double count = 1;
      for (std::size_t d = 0; d < summed_.size(); ++d) {
        if (set >> d & 1) fixed.push_back(summed_[d]);
        if (set >> d & 1) count *= static_cast<double>(x_[summed_[d]]);
      }
      Summands mean = all;
      for (Predicted& number : mean) number = {number.y / count, number.rounding / count};
      keep(mean, averaged);
      // One sample, or one position; of both at once, only the first and the last.
      const std::vector<Summands> pieces = sums(summands, fixed);
      const std::size_t step = fixed.size() > 1 ? std::max<std::size_t>(pieces.size() - 1, 1) : 1;
      for (std::size_t p = 0; p < pieces.size(); p += step) keep(pieces[p], not_summed);
    }
  }

  const std::vector<Candidate>& held() const { return held_; }
  const Fit& right() const { return right_; }

 private:
  // For each index along `fixed`, the sums over the others, one for each parameter.
  std::vector<Summands> sums(const Summands& summands,
                             const std::vector<std::size_t>& fixed) const {
    const Placement parameter = placement_along(along_, x_), index = placement_along(fixed, x_);
    std::size_t count = 1;
    for (const std::size_t d : fixed) count *= x_[d];
    std::vector<Summands> result(count, Summands(actual_.values.size()));
    for (std::size_t i = 0; i < summands.size(); ++i) {
      Predicted& sum = result[index.of[i]][parameter.of[i]];
      sum.y += summands[i].y;
      sum.rounding += summands[i].rounding;
    }
    return result;
  }

  void keep(const Summands& sum, const std::string& mistake) {
    double n = 1;
    for (const std::size_t d : summed_) n *= static_cast<double>(x_[d]);
    const double limit = rounding_limit(n, unit_);
    Candidate candidate{{}, compare(actual_, {}, unit_, limit, [&](std::size_t p) {
                          return Predicted{sum[p].y, sum[p].rounding};
                        })};
    if (!mistake.empty()) candidate.mistakes.push_back(mistake);
    if (mistake.empty()) right_sums_ = sum;
    if (mistake.empty() && right_.worst == 0) right_ = candidate.fit;
    // A sum that should be near zero (dx over the batch) tells by what it is not.
    double tolerances = 0, signal = 0;
    for (std::size_t p = 0; p < sum.size(); ++p) {
      tolerances += std::pow(unit_ * sum[p].rounding, 2);
      signal += std::pow(right_sums_[p].y, 2);
    }
    candidate.fit.tells = tolerances < signal;
    if (candidate.fit.holds) held_.push_back(std::move(candidate));
  }

  const Evidence& evidence_;
  const Array& actual_;
  const Shape& x_;
  std::vector<std::size_t> along_, summed_;
  double unit_;
  std::vector<Candidate> held_;
  Summands right_sums_;
  Fit right_;
};

void try_dgamma(SumCheck& check, const Evidence& evidence, const Explanation& forward) {
  const std::vector<double>& dy = evidence.find("dy")->values;
  const Inputs inputs = forward.inputs(evidence);
  const Summands xhat = x_hats(evidence, forward);
  const Summands ones(dy.size(), {1, 0});
  const auto by_dy = [&](std::size_t i) { return dy[i]; };
  check.try_sum(xhat, "", by_dy);
  check.try_parts(xhat, "dgamma_averaged", "dgamma_not_summed");
  check.try_sum(ones, "dgamma_dbeta_swapped", by_dy);
  check.try_sum(ones, "dgamma_from_x", [&](std::size_t i) { return dy[i] * inputs.x.values[i]; });
  check.try_sum(ones, "dgamma_without_rstd", [&](std::size_t i) {
    return dy[i] * (inputs.x.values[i] - forward.tiles->at(i).mean);
  });
  check.try_sum(xhat, "dgamma_with_gamma",
                [&](std::size_t i) { return dy[i] * inputs.gain(forward.formula, i); });
}

void try_dbeta(SumCheck& check, const Evidence& evidence, const Explanation& forward,
               const Explanation& right) {
  const std::vector<double>& dy = evidence.find("dy")->values;
  const Inputs inputs = forward.inputs(evidence);
  const Summands ones(dy.size(), {1, 0});
  const auto gained = [&](std::size_t i) { return dy[i] * inputs.gain(forward.formula, i); };
  const bool before_gain = forward.formula.shift == Shift::before_gain;
  if (before_gain) check.try_sum(ones, "", gained);
  check.try_sum(ones, before_gain ? "dbeta_with_gamma" : "", [&](std::size_t i) { return dy[i]; });
  check.try_parts(ones, "dbeta_averaged", "dbeta_not_summed");
  if (const Array* dx = evidence.find("dx")) {
    check.try_sum(ones, "dbeta_from_dx", [&](std::size_t i) { return dx->values[i]; });
  }
  const auto one = [](std::size_t) { return 1.0; };
  check.try_sum(right_dx(evidence, right), "dbeta_from_dx", one);
  check.try_sum(x_hats(evidence, forward), "dgamma_dbeta_swapped",
                [&](std::size_t i) { return dy[i]; });
  if (!before_gain) check.try_sum(ones, "dbeta_with_gamma", gained);
}

Check check_one(const Evidence& evidence, const Explanation& found, const Explanation& right,
                const std::string& quantity) {
  Check check{quantity, false, {}, "", {}, {}};
  const bool is_gamma = quantity == "dgamma";
  const Array& actual = *evidence.find(quantity);
  const Array* parameter = evidence.find(is_gamma ? "gamma" : "beta");
  if (!parameter) parameter = evidence.find(is_gamma ? "beta" : "gamma");
  const Shape& shape = parameter ? parameter->shape : actual.shape;
  const std::vector<std::size_t> along =
      parameter_along(shape, right.variant.norm, evidence.x().shape);
  std::size_t expected = 1;
  for (const std::size_t d : along) expected *= evidence.x().shape[d];
  if (actual.values.size() != expected || (!parameter && along.empty())) {
    check.explained = true;
    check.mistakes = {quantity + "_not_summed"};
    return check;
  }
  double unit = std::max(evidence.x().unit, actual.unit);
  if (const Array* dy = evidence.find("dy")) unit = std::max(unit, dy->unit);
  for (const double coarser : precisions(unit)) {
    SumCheck sums(evidence, quantity, along, coarser);
    for (const Explanation* forward : {&right, &found}) {
      if (is_gamma)
        try_dgamma(sums, evidence, *forward);
      else
        try_dbeta(sums, evidence, *forward, right);
      if (found.mistakes.empty()) break;
    }
    if (coarser == unit) check.right = sums.right();
    const Candidate* chosen = simplest(sums.held(), static_cast<double>(expected));
    if (!chosen || (coarser > unit && !is_near(*chosen))) continue;
    take_over(*chosen, coarser, unit, check);
    break;
  }
  return check;
}

}  // namespace

std::vector<Check> check_sums(const Evidence& evidence, const Explanation& found,
                              const Explanation& right) {
  std::vector<Check> checks;
  for (const char* quantity : {"dgamma", "dbeta"}) {
    if (!evidence.find(quantity)) continue;
    Check check{quantity, false, {}, "", {}, {}};
    if (!evidence.find("dy")) check.reason = "the file has no dy";
    if (!evidence.valid.empty()) check.reason = "with padding, what is summed is not settled";
    checks.push_back(check.reason.empty() ? check_one(evidence, found, right, quantity) : check);
  }
  return checks;
}

}  // namespace evenkeel::audit
