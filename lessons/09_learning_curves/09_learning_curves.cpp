// 09 Learning curves: which norm trains at which learning rate, how fast, how smoothly.
//
//   ResNet 8-16-32 on Fashion-MNIST      six norms × learning rates
//   MLPs, 64 wide, on digits             norms × depths × learning rates
//   both: SGD with momentum 0.9, a constant learning rate, batches of 32

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "evenkeel/chart/progress.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/models/mlp.hpp"
#include "evenkeel/models/resnet.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/diagnostics.hpp"
#include "learning_curves.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace learning_curves;

namespace {

struct KeepLosses final : ek::TrainingObserver {
  std::vector<double> losses;
  void before_update(const ek::TrainingStep& step) override { losses.push_back(step.metrics.loss); }
  void after_update(const ek::TrainingStep&) override {}
};

double accuracy_by_batch_statistics(ek::Layer& model, const ek::Samples& test) {
  constexpr ek::Index batch = 250;
  ek::Tape tape;
  const ek::NoGrad off(tape);
  model.train();
  ek::Index correct = 0;
  for (ek::Index first = 0; first < test.x.n_cols; first += batch) {
    const ek::Index last = std::min<ek::Index>(first + batch, test.x.n_cols) - 1;
    const ek::Matrix x = test.x.cols(first, last);
    tape.rewind();
    const ek::Var logits = model(tape.constant(x));
    correct += ek::correct_predictions(
        logits.value(), {test.labels.begin() + first, test.labels.begin() + last + 1});
  }
  return static_cast<double>(correct) / static_cast<double>(test.x.n_cols);
}

Run train(ek::Layer& model, const Plan& plan, const ek::Split& data, ek::Index epochs,
          ek::TrainingObserver* observer = nullptr) {
  ek::Sgd optimizer(model.parameters(), {.learning_rate = plan.rate, .momentum = 0.9});
  ek::Loader loader(data.train, {.batch = 32, .drop_last = true}, plan.seed);
  ek::Trainer trainer(model, optimizer, {.epochs = epochs, .progress = nullptr});
  KeepLosses kept;
  trainer.observe(kept);
  if (observer) trainer.observe(*observer);
  trainer.fit(loader, data.test);
  const std::vector<ek::EpochReport> history = trainer.history();
  return {plan, history, kept.losses, accuracy_by_batch_statistics(model, data.test)};
}

ek::ResNet make_resnet(const Plan& plan) {
  ek::Random random(plan.seed);
  return {{.widths = {8, 16, 32}, .conv = {.norm = ek::image_norm(plan.norm)}}, random};
}

ek::Mlp make_mlp(const Plan& plan) {
  std::vector<ek::Index> widths(plan.depth + 2, 64);
  widths.back() = 10;
  ek::Random random(plan.seed);
  return {{.widths = widths, .norm = ek::image_norm(plan.norm)}, random};
}

// One training per task: a run is the same whatever the others do.
template <class MakeModel>
std::vector<Run> train_all(const std::string& label, const std::vector<Plan>& plans,
                           const ek::Split& data, ek::Index epochs, MakeModel make_model) {
  std::vector<Run> runs(plans.size());
  ek::Progress progress(label, plans.size());
  std::mutex one_at_a_time;
  std::size_t done = 0;
  in_parallel(0, plans.size(), [&](ek::Index i) {
    auto model = make_model(plans[i]);
    runs[i] = train(model, plans[i], data, epochs);
    const std::lock_guard lock(one_at_a_time);
    progress.update(++done);
  });
  return runs;
}

std::vector<Plan> resnet_plans(const Setting& s, std::uint64_t first_seed) {
  std::vector<Plan> plans;
  for (const std::string& norm : s.norms) {
    for (double rate : s.rates) {
      for (ek::Index k = 0; k < s.seeds; ++k) plans.push_back({norm, 0, rate, first_seed + k});
    }
  }
  return plans;
}

std::vector<Plan> mlp_plans(const Setting& s, std::uint64_t first_seed) {
  std::vector<Plan> plans;
  for (const std::string& norm : s.mlp_norms) {
    for (ek::Index depth : s.depths) {
      for (double rate : s.mlp_rates) {
        for (ek::Index k = 0; k < s.seeds; ++k) {
          plans.push_back({norm, depth, rate, first_seed + k});
        }
      }
    }
  }
  return plans;
}

Smoothnesses smoothnesses(const Setting& s, const ek::Split& data, std::uint64_t seed) {
  Smoothnesses all(smoothness_norms.size(), std::vector<Smoothness>(s.smoothness_seeds));
  in_parallel(0, all.size() * s.smoothness_seeds, [&](ek::Index i) {
    const ek::Index norm = i / s.smoothness_seeds, k = i % s.smoothness_seeds;
    all[norm][k] = smoothness(smoothness_norms[norm], data, seed + k);
  });
  return all;
}

// A run of some seconds, for CI and for a first look.
void shorten(Setting& s) {
  s.norms = {"none", "batch"};
  s.rates = {0.01, 0.3};
  s.epochs = 1;
  s.seeds = 1;
  s.mlp_rates = {0.01, 0.1, 1};
  s.depths = {2, 10};
  s.mlp_epochs = 2;
  s.smoothness_seeds = 3;
}

void show_diagnostics(Lesson& lesson, const Setting& s, const ek::Split& data) {
  const Plan plan{"batch", 0, 0.1, lesson.seed()};
  ek::ResNet model = make_resnet(plan);
  ek::Diagnostics diagnostics;
  train(model, plan, data, std::min<ek::Index>(s.epochs, 2), &diagnostics);
  show_panel(lesson, diagnostics, "diagnostics");
}

void run_all(Lesson& lesson, const Setting& setting) {
  ek::Random random(lesson.seed());
  const ek::Split pixels = ek::split(ek::digits(), 0.25, random);  // 0 … 1
  ek::Split digits = pixels;
  ek::standardize(digits, ek::Standardized::of_all);
  ek::Split fashion = ek::fashion(ek::FashionSet::shipped);
  ek::standardize(fashion, ek::Standardized::of_all);

  Results results;
  results.smooth = smoothnesses(setting, pixels, lesson.seed());
  results.mlps =
      train_all("MLPs", mlp_plans(setting, lesson.seed()), digits, setting.mlp_epochs, make_mlp);
  results.resnets = train_all("ResNets", resnet_plans(setting, lesson.seed()), fashion,
                              setting.epochs, make_resnet);
  show_diagnostics(lesson, setting, fashion);
  print_tables(setting, results.resnets);
  claim_all(lesson, setting, results);
  write_tables(lesson, results);
  draw_all(lesson, setting, results);
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting setting;
  std::string recipe = "none";
  ek::Index epochs = 0, seeds = 0;
  Lesson lesson("09_learning_curves", "which norm trains at which learning rate, how fast");
  lesson.option("norm", setting.norms, setting.norms, "norms of the ResNet, separated by commas")
      .option("recipe", recipe, {"none", "shipped", "whole"},
              "instead: the ResNet 16-32-64, trained well, on the shipped images or the whole set")
      .option("epochs", epochs, 0, "of the ResNet; 0: 3, with --recipe 10")
      .option("seeds", seeds, 0, "counted from --seed; 0: 5, with --recipe 1");

  return lesson.run(argc, argv, [&] {
    if (recipe != "none") return run_recipe(lesson, recipe, epochs, std::max<ek::Index>(seeds, 1));
    if (epochs > 0) setting.epochs = epochs;
    if (seeds > 0) setting.seeds = seeds;
    if (lesson.quick()) shorten(setting);
    fmt::print(
        "09 Learning curves: {}, {} norms, {} epochs; MLPs of 2 to {} layers; seeds {} to {}; "
        "{}\n\n",
        resnet_name, setting.norms.size(), setting.epochs, setting.depths.back(), lesson.seed(),
        lesson.seed() + setting.seeds - 1, lesson.quick() ? "some seconds" : "about three minutes");
    run_all(lesson, setting);
    lesson.try_next("lessons/run 09 --recipe shipped");
  });
}
