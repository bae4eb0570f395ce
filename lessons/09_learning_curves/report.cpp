// What lesson 09 prints, claims and writes.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/chart/table.hpp"
#include "learning_curves.hpp"

namespace learning_curves {

using namespace ek::lesson;

std::string title_of(const std::string& norm) {
  return norm == "instance" ? "InstanceNorm" : norm_by_name(norm).title;
}

double smallest_of(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

double largest_of(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

OverSeeds over_seeds(const std::vector<Run>& runs, const std::string& norm, ek::Index depth,
                     double rate) {
  OverSeeds found;
  for (const Run& run : runs) {
    if (run.plan.norm != norm || run.plan.depth != depth || run.plan.rate != rate) continue;
    const double loss = run.epochs.back().train.loss;
    found.loss.push_back(std::isfinite(loss) ? loss : INFINITY);
    found.accuracy.push_back(100 * run.accuracy());
    found.by_batch_statistics.push_back(100 * run.by_batch_statistics);
  }
  return found;
}

ek::Index how_many_learn_nothing(const OverSeeds& runs) {
  return std::count_if(runs.loss.begin(), runs.loss.end(), [](double l) { return l >= 2.25; });
}

bool trains(const OverSeeds& runs) {
  return !runs.accuracy.empty() && smallest_of(runs.accuracy) > 50;
}

ek::Index how_many_train(const Setting& s, const std::vector<Run>& runs, const std::string& norm) {
  ek::Index count = 0;
  for (ek::Index depth : s.depths) {
    for (double rate : s.mlp_rates) count += trains(over_seeds(runs, norm, depth, rate));
  }
  return count;
}

double median_over_seeds(const std::vector<Smoothness>& seeds, double step,
                         std::vector<double> Smoothness::*which) {
  std::vector<double> values;
  for (const Smoothness& s : seeds) {
    const auto at = std::find(s.steps.begin(), s.steps.end(), step) - s.steps.begin();
    values.push_back((s.*which)[at]);
  }
  return median_of(values);
}

namespace {

std::string number_or_infinity(double number, int decimals) {
  return std::isfinite(number) ? fmt::format("{:.{}f}", number, decimals) : "∞";
}

struct Interval {
  double low, high;
};

// Where 99 of 100 single seeds lie, from 60 simulated ones; the median of several lies well inside.
constexpr Interval beta_bands[] = {{17, 78}, {13, 50}, {3.7, 7.4}};
constexpr Interval range_without_norm{0.10, 1.0}, range_with_batch_norm{0.66, 1.07};

void claim_smoothness(Lesson& lesson, const Smoothnesses& smooth) {
  for (std::size_t n = 0; n < smoothness_norms.size(); ++n) {
    const double beta = median_over_seeds(smooth[n], 100, &Smoothness::beta);
    lesson.claim({"β at step 100, " + title_of(smoothness_norms[n]), beta, beta, beta_bands[n].low,
                  beta_bands[n].high, "99 % of 60 seeds"});
  }
  const double without = median_over_seeds(smooth.front(), 0, &Smoothness::range);
  const double with = median_over_seeds(smooth.back(), 0, &Smoothness::range);
  lesson.claim({"range of the loss at step 0, no norm", without, without, range_without_norm.low,
                range_without_norm.high, "99 % of 60 seeds"});
  lesson.claim({"range of the loss at step 0, BatchNorm", with, with, range_with_batch_norm.low,
                range_with_batch_norm.high, "99 % of 60 seeds"});
  double worst = 0;
  for (const Smoothness& s : smooth.back()) worst = std::max(worst, s.identity_error);
  // Largest over 60 seeds: 1.6e-5.
  lesson.claim({"the identity, largest relative difference", worst, worst, 0, 1e-4,
                "equal up to rounding in float", ek::Digits::significant(2)});
}

void print_table(const Setting& setting, const std::vector<std::string>& norms,
                 const std::vector<Run>& runs, std::vector<double> OverSeeds::*which,
                 int decimals) {
  std::vector<ek::Column> columns{"norm"};
  for (double rate : setting.rates) columns.emplace_back(fmt::format("lr {}", rate));
  ek::Table table(columns);
  for (const std::string& norm : norms) {
    std::vector<ek::Cell> cells{title_of(norm)};
    for (double rate : setting.rates) {
      const std::vector<double> values = over_seeds(runs, norm, 0, rate).*which;
      const std::string mean = number_or_infinity(mean_of(values), decimals);
      const std::string low = number_or_infinity(smallest_of(values), decimals);
      const std::string high = number_or_infinity(largest_of(values), decimals);
      cells.emplace_back(low == high ? mean : fmt::format("{} ({}–{})", mean, low, high));
    }
    table.row(cells);
  }
  table.print();
}

struct NormBand {
  const char* norm;
  Interval band;
};

// Of 11 seeds: the mean ± 4 σ at rate 0.1, the same at rate 0.3, from the lower to the upper end.
constexpr NormBand loss_bands[] = {{"batch", {0.61, 0.96}},
                                   {"layer", {0.64, 2.10}},
                                   {"group", {0.57, 1.34}},
                                   {"instance", {0.63, 0.85}},
                                   {"rms", {0.84, 1.99}}};

// Of the ResNets with these norms and learning rates; empty where none was trained.
std::vector<double> pooled(const std::vector<Run>& runs, const std::vector<std::string>& norms,
                           const std::vector<double>& rates,
                           std::vector<double> OverSeeds::*which) {
  std::vector<double> all;
  for (const std::string& norm : norms) {
    for (double rate : rates) {
      const std::vector<double> some = over_seeds(runs, norm, 0, rate).*which;
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  return all;
}

void claim_nothing_learned(Lesson& lesson, const std::vector<Run>& runs) {
  const OverSeeds without = over_seeds(runs, "none", 0, 0.3);
  if (without.loss.empty()) return;
  const double seeds = static_cast<double>(without.loss.size());
  const double nothing = static_cast<double>(how_many_learn_nothing(without));
  lesson.claim({fmt::format("learn nothing at rate 0.3 without a norm, of {} seeds", seeds),
                nothing, nothing, seeds, seeds, "training loss as guessing's, 2.30",
                ek::Digits::decimals(0)});
}

void claim_losses(Lesson& lesson, const std::vector<Run>& runs, bool known) {
  for (const auto& [norm, band] : loss_bands) {
    const std::vector<double> loss = pooled(runs, {norm}, {0.1, 0.3}, &OverSeeds::loss);
    if (loss.empty()) continue;
    lesson.claim({"training loss at rates 0.1 and 0.3, " + title_of(norm), smallest_of(loss),
                  largest_of(loss), band.low, band.high, "mean ± 4 σ of 11 seeds",
                  ek::Digits::decimals(2), known});
  }
}

// Fast: a σ for each channel or group; slow: one for all channels.
void claim_gap(Lesson& lesson, const std::vector<Run>& runs, bool known) {
  const std::vector<double> fast =
      pooled(runs, {"batch", "group", "instance"}, {0.1}, &OverSeeds::loss);
  const std::vector<double> slow = pooled(runs, {"layer", "rms"}, {0.1}, &OverSeeds::loss);
  if (fast.empty() || slow.empty()) return;
  const double gap = smallest_of(slow) - largest_of(fast);
  // 11 seeds: 0.14.
  lesson.claim({"loss at rate 0.1: best of LayerNorm, RMSNorm − worst of the others", gap, gap, 0,
                0.5, "no overlap", ek::Digits::decimals(2), known});
}

void claim_resnets(Lesson& lesson, const Setting& setting, const std::vector<Run>& runs) {
  const bool known = setting.epochs == Setting{}.epochs;
  claim_nothing_learned(lesson, runs);
  claim_losses(lesson, runs, known);
  claim_gap(lesson, runs, known);
  const std::vector<double> right =
      pooled(runs, {"batch"}, {0.1, 0.3}, &OverSeeds::by_batch_statistics);
  if (right.empty()) return;
  lesson.claim({"BatchNorm by the test images' statistics, the same rates, % right",
                smallest_of(right), largest_of(right), 61, 83, "mean ± 4 σ of 15 runs",
                ek::Digits::decimals(0), known});
}

// Means of 5 seeds: their mean ± 4 σ, from 25 seeds.
constexpr NormBand deep_bands[] = {{"none", {14, 50}},
                                   {"batch", {60, 88}},
                                   {"layer", {5, 20}},
                                   {"group", {5, 20}},
                                   {"rms", {5, 20}}};

void claim_mlps(Lesson& lesson, const Setting& setting, const std::vector<Run>& runs) {
  const bool known = setting.seeds >= Setting{}.seeds;
  for (const auto& [norm, band] : deep_bands) {
    const double mean = mean_of(over_seeds(runs, norm, 20, 0.03).accuracy);
    lesson.claim({"MLP of 20 layers at rate 0.03, " + title_of(norm) + ", % right", mean, mean,
                  band.low, band.high, "mean ± 4 σ of 25 seeds", ek::Digits::decimals(0), known});
  }
  // Groups of 5 seeds: 8, 8, 6, 7, 8; 25 single ones: 5 to 9.
  const double more = static_cast<double>(how_many_train(setting, runs, "batch")) -
                      static_cast<double>(how_many_train(setting, runs, "none"));
  lesson.claim({"MLPs that train, with BatchNorm more than without a norm", more, more, 3, 12,
                "counted", ek::Digits::decimals(0)});
}

}  // namespace

void print_tables(const Setting& setting, const std::vector<Run>& runs) {
  fmt::print(
      "The ResNet by learning rate: mean of {} seeds (smallest–largest)\n\n"
      "Training loss, mean of epoch {} (guessing: 2.30; ∞: diverged)\n\n",
      setting.seeds, setting.epochs);
  print_table(setting, setting.norms, runs, &OverSeeds::loss, 2);
  fmt::print("\nTest accuracy after epoch {}, %\n\n", setting.epochs);
  print_table(setting, setting.norms, runs, &OverSeeds::accuracy, 0);
  if (over_seeds(runs, "batch", 0, setting.rates.front()).loss.empty()) return;
  fmt::print(
      "\nThe same, normalized by the test images' statistics instead of the running ones\n\n");
  print_table(setting, {"batch"}, runs, &OverSeeds::by_batch_statistics, 0);
}

void claim_all(Lesson& lesson, const Setting& setting, const Results& results) {
  claim_smoothness(lesson, results.smooth);
  claim_resnets(lesson, setting, results.resnets);
  if (!lesson.quick()) claim_mlps(lesson, setting, results.mlps);
}

void write_tables(Lesson& lesson, const Results& results) {
  ek::CsvWriter runs(lesson.folder() / "runs.csv", {"norm", "depth", "learning_rate", "seed",
                                                    "epoch", "train_loss", "test_accuracy"});
  for (const std::vector<Run>* all : {&results.resnets, &results.mlps}) {
    for (const Run& run : *all) {
      for (const ek::EpochReport& e : run.epochs) {
        runs.row({run.plan.norm, run.plan.depth, run.plan.rate, run.plan.seed, e.epoch,
                  e.train.loss, e.test.accuracy});
      }
    }
  }
  runs.close();
  lesson.wrote("runs.csv");

  ek::CsvWriter losses(lesson.folder() / "losses.csv",
                       {"norm", "learning_rate", "seed", "step", "batch_loss"});
  for (const Run& run : results.resnets) {
    for (std::size_t step = 0; step < run.losses.size(); ++step) {
      losses.row({run.plan.norm, run.plan.rate, run.plan.seed, step, run.losses[step]});
    }
  }
  losses.close();
  lesson.wrote("losses.csv");

  ek::CsvWriter smooth(lesson.folder() / "smoothness.csv",
                       {"norm", "seed", "step", "beta", "loss_range"});
  for (std::size_t n = 0; n < smoothness_norms.size(); ++n) {
    for (std::size_t k = 0; k < results.smooth[n].size(); ++k) {
      const Smoothness& s = results.smooth[n][k];
      for (std::size_t i = 0; i < s.steps.size(); ++i) {
        smooth.row({smoothness_norms[n], lesson.seed() + k, s.steps[i], s.beta[i], s.range[i]});
      }
    }
  }
  smooth.close();
  lesson.wrote("smoothness.csv");
}

}  // namespace learning_curves
