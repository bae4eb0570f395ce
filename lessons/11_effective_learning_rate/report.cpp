// The formulas, tables and claims of lesson 11.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "effective_learning_rate.hpp"
#include "evenkeel/chart/table.hpp"
#include "seeds.hpp"

namespace effective_learning_rate {

using namespace ek::lesson;

// --- formulas ------------------------------------------------------------------------------------

double Walk::mean_g2(std::size_t from) const {
  double sum = 0;
  for (std::size_t t = from; t < weight.size(); ++t) sum += std::pow(gradient[t] * weight[t], 2);
  return sum / static_cast<double>(weight.size() - from);
}

double Walk::grown(double t) const {
  return std::pow(std::pow(start, 4) + 2 * rate * rate * mean_g2() * t, 0.25);
}

double Walk::equilibrium() const {
  const double g2 = mean_g2(weight.size() / 3);
  return std::pow(rate * g2 / (decay * (2 - rate * decay)), 0.25);
}

double Walk::equilibrium_angle() const {
  return std::sqrt(2 * rate * decay);
}

double Walk::settled_weight() const {
  return mean_of({weight.begin() + static_cast<std::ptrdiff_t>(weight.size() / 3), weight.end()});
}

double Walk::settled_angle() const {
  const std::size_t first = angle.size() / 3;
  double squares = 0;
  for (std::size_t t = first; t < angle.size(); ++t) squares += angle[t] * angle[t];
  return std::sqrt(squares / static_cast<double>(angle.size() - first));
}

double largest_difference(const Training& a, const Training& b) {
  double largest = 0;
  for (std::size_t t = 0; t < a.loss.size(); ++t) {
    largest = std::max(largest, std::abs(a.loss[t] - b.loss[t]));
  }
  return largest;
}

// --- tables --------------------------------------------------------------------------------------

void print_tables(const Result& r) {
  ek::Table trainings(
      {"start", "η", "eps", "loss, step 0", "step 50", "last", "largest difference"});
  const std::vector<Training>& all = r.trainings;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Training& run = all[i];
    const Training& base = run.eps > 0 ? all[4] : all[0];
    trainings.row({fmt::format("{}·w₀", run.factor), run.rate, run.eps, run.loss[0], run.loss[50],
                   run.loss.back(), largest_difference(run, base)});
  }
  trainings.print();
  fmt::print("\n");

  const ek::Digits three = ek::Digits::decimals(3);
  const ek::Digits four = ek::Digits::decimals(4);
  ek::Table walks({"η",
                   "λ",
                   {"‖w‖", three},
                   {"formula", three},
                   {"rms angle a step", four},
                   {"√(2ηλ)", four},
                   "η/‖w‖²"});
  for (const std::vector<Walk>& seeds : r.decays) {
    const Walk& walk = seeds.front();
    const double length = walk.settled_weight();
    walks.row({walk.rate, walk.decay, length, walk.equilibrium(), walk.settled_angle(),
               walk.equilibrium_angle(), walk.rate / (length * length)});
  }
  walks.print();
}

// --- claims --------------------------------------------------------------------------------------

namespace {

void claim_invariance(Lesson& lesson, const Result& r) {
  // Rounding: sums of 64 samples and 32 features, so about a hundred roundings of half an ε each.
  const double rounding = 100 * ek::machine_epsilon;
  const auto zero = [&](std::string text, double value, double band, std::string because) {
    lesson.claim(
        {std::move(text), value, value, 0, band, std::move(because), ek::Digits::significant(2)});
  };
  zero("g ⊥ w: |cosine|, every unit", r.invariance.cosine, rounding, "theory 0; 100 roundings");
  zero("g(5w) = g(w)/5: relative difference", r.invariance.scaled_gradient, rounding,
       "theory 0; 100 roundings");
  zero("4·w₀ with 16·η: difference of loss, 200 steps",
       largest_difference(r.trainings[0], r.trainings[1]), 0, "powers of two do not round");
  zero("5·w₀ with 25·η: difference of loss, 200 steps",
       largest_difference(r.trainings[0], r.trainings[2]), 1e-15,
       "theory 0; five roundings of the loss");
}

// Bands of the walks: at least twice as wide as what 31 seeds reached at 4,000 steps (0.0002 for
// the growth law, 0.0013 for lengths, 0.0027 for angles).
void claim_walks(Lesson& lesson, const Result& r) {
  double identity = 0;
  std::vector<double> grown;
  for (const Walk& walk : r.growth) {
    identity = std::max(identity, walk.identity_error);
    const double law = walk.grown(static_cast<double>(walk.steps - 1));
    grown.push_back(walk.weight.back() / law);
  }
  for (const std::vector<Walk>& seeds : r.decays) {
    for (const Walk& walk : seeds) identity = std::max(identity, walk.identity_error);
  }
  lesson.claim({"‖w'‖² = (1−ηλ)²‖w‖² + η²‖g‖²: relative error", identity, identity, 0,
                100 * ek::machine_epsilon, "theory 0; 100 roundings", ek::Digits::significant(2)});
  const auto [least, most] = std::minmax_element(grown.begin(), grown.end());
  lesson.claim({"‖w‖ without decay, of the growth law", *least, *most, 0.998, 1.002,
                "theory (‖w₀‖⁴ + 2η²g̃²t)^¼", ek::Digits::decimals(4)});
  for (const std::vector<Walk>& seeds : r.decays) {
    std::vector<double> lengths, angles;
    for (const Walk& walk : seeds) {
      lengths.push_back(walk.settled_weight() / walk.equilibrium());
      angles.push_back(walk.settled_angle() / walk.equilibrium_angle());
    }
    const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
    const auto [small, large] = std::minmax_element(angles.begin(), angles.end());
    const std::string setting =
        fmt::format("η = {}, λ = {}", seeds.front().rate, seeds.front().decay);
    lesson.claim({"‖w‖ of the equilibrium's, " + setting, *shortest, *longest, 0.995, 1.005,
                  fmt::format("theory {:.3f}", seeds.front().equilibrium()),
                  ek::Digits::decimals(4)});
    lesson.claim({"rms angle a step of √(2ηλ), " + setting, *small, *large, 0.993, 1.007,
                  fmt::format("theory {:.4f}", seeds.front().equilibrium_angle()),
                  ek::Digits::decimals(4)});
  }
}

}  // namespace

void claim_all(Lesson& lesson, const Result& r) {
  claim_invariance(lesson, r);
  claim_walks(lesson, r);
}

// --- files ---------------------------------------------------------------------------------------

void write_tables(Lesson& lesson, const Result& r) {
  ek::CsvWriter losses(lesson.folder() / "loss.csv", {"factor", "rate", "eps", "step", "loss"});
  for (const Training& run : r.trainings) {
    for (std::size_t t = 0; t < run.loss.size(); ++t) {
      losses.row({run.factor, run.rate, run.eps, t, run.loss[t]});
    }
  }
  losses.close();
  lesson.wrote("loss.csv");

  ek::CsvWriter walks(lesson.folder() / "equilibrium.csv",
                      {"rate", "decay", "seed", "weight_norm", "weight_norm_theory", "angle",
                       "angle_theory", "mean_g2"});
  for (const std::vector<Walk>& seeds : r.decays) {
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      const Walk& walk = seeds[i];
      walks.row({walk.rate, walk.decay, lesson.seed() + i, walk.settled_weight(),
                 walk.equilibrium(), walk.settled_angle(), walk.equilibrium_angle(),
                 walk.mean_g2(walk.weight.size() / 3)});
    }
  }
  walks.close();
  lesson.wrote("equilibrium.csv");

  const Walk& growth = r.growth.front();
  std::vector<double> law;
  for (std::size_t t = 0; t < growth.weight.size(); ++t) {
    law.push_back(growth.grown(static_cast<double>(t)));
  }
  lesson.csv("growth",
             {{"step", counted(law.size())}, {"weight_norm", growth.weight}, {"theory", law}});
}

}  // namespace effective_learning_rate
