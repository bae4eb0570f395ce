#pragma once
// Lesson 09: what the program trains and measures, and the parts that judge and draw it.

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/data/fashion.hpp"
#include "evenkeel/train/diagnostics.hpp"
#include "evenkeel/train/trainer.hpp"
#include "lesson.hpp"
#include "norms.hpp"
#include "seeds.hpp"

namespace learning_curves {

namespace ek = evenkeel;

struct Setting {
  std::vector<std::string> norms{"none", "batch", "layer", "group", "instance", "rms"};
  std::vector<double> rates{0.003, 0.01, 0.03, 0.1, 0.3};  // ResNet
  ek::Index epochs = 3;
  ek::Index seeds = 5;  // of each training
  std::vector<std::string> mlp_norms{"none", "batch", "layer", "group", "rms"};
  std::vector<double> mlp_rates{0.003, 0.01, 0.03, 0.1, 0.3, 1, 3};
  std::vector<ek::Index> depths{2, 5, 10, 20};  // hidden layers of the MLPs
  ek::Index mlp_epochs = 3;
  ek::Index smoothness_seeds = 10;
};

/// What tells one training from another: where runs.csv says depth 0 it is the ResNet.
struct Plan {
  std::string norm;
  ek::Index depth = 0;
  double rate = 0;
  std::uint64_t seed = 0;
};

struct Run {
  Plan plan;
  std::vector<ek::EpochReport> epochs;
  std::vector<double> losses;  ///< of each batch; the last one may be no number
  double accuracy() const { return epochs.back().test.accuracy; }
  /// As accuracy(), but in training mode: BatchNorm takes the statistics of the test samples.
  double by_batch_statistics = 0;
};

/// The runs of one norm, depth and learning rate, seed by seed.
struct OverSeeds {
  std::vector<double> loss;      ///< of the training in the last epoch; infinite if it diverged
  std::vector<double> accuracy;  ///< on the test samples, %; where it diverged: chance
  std::vector<double> by_batch_statistics;  ///< the same, %
};
/// Of them: those whose loss is no better than guessing's, ln 10 = 2.30.
ek::Index how_many_learn_nothing(const OverSeeds& runs);
double smallest_of(const std::vector<double>& values);
double largest_of(const std::vector<double>& values);
OverSeeds over_seeds(const std::vector<Run>& runs, const std::string& norm, ek::Index depth,
                     double rate);

inline constexpr const char* resnet_name = "ResNet 8-16-32";

/// How smooth the loss is around the weights, along the gradient: for steps η from .05 to .4
///   β = max ‖∇L(w − η∇L) − ∇L(w)‖ / ‖η∇L‖        range = max L(w − η∇L) − min L(w − η∇L)
struct Smoothness {
  std::vector<double> steps;  ///< of the training, where it was measured
  std::vector<double> beta, range;
  /// Largest relative difference between the two sides of the identity over units and steps;
  /// 0 without BatchNorm.
  double identity_error = 0;
};
Smoothness smoothness(const std::string& norm, const ek::Split& digits, std::uint64_t seed);
inline const std::vector<std::string> smoothness_norms{"none", "layer", "batch"};

/// [norm of smoothness_norms][seed]
using Smoothnesses = std::vector<std::vector<Smoothness>>;

struct Results {
  std::vector<Run> resnets, mlps;
  Smoothnesses smooth;
};

/// As NamedNorm has it, and InstanceNorm's.
std::string title_of(const std::string& norm);

/// Whether every seed gets more than half of the test samples right.
bool trains(const OverSeeds& runs);
/// Of the MLPs with this norm: depths × learning rates that train.
ek::Index how_many_train(const Setting& setting, const std::vector<Run>& runs,
                         const std::string& norm);
double median_over_seeds(const std::vector<Smoothness>& seeds, double step,
                         std::vector<double> Smoothness::*which);

void print_tables(const Setting& setting, const std::vector<Run>& runs);
void claim_all(ek::lesson::Lesson& lesson, const Setting& setting, const Results& results);
void write_tables(ek::lesson::Lesson& lesson, const Results& results);
void draw_all(ek::lesson::Lesson& lesson, const Setting& setting, const Results& results);

/// The panel of a training: its numbers as CSV, and the chart.
void show_panel(ek::lesson::Lesson& lesson, const ek::Diagnostics& diagnostics,
                const std::string& name);

/// The recipe of the README: the ResNet 16-32-64 on the shipped images or on the whole set.
void run_recipe(ek::lesson::Lesson& lesson, const std::string& set, ek::Index epochs,
                ek::Index seeds);

}  // namespace learning_curves
