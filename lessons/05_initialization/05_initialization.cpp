// 05 Initialization: how large may the first weights be, and does a norm make the question go away?
//
//   h ← φ(norm(W h)),  W = gain/√n · N(0,1) or with another fan,  φ = relu or tanh
//
//   128 wide, 200 samples, ten layers; 30 layers for the edge of chaos

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/probe/statistics.hpp"
#include "initialization.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace initialization;

Run initialization::run_once(const Setting& s, const Recipe& recipe, std::uint64_t seed) {
  const NamedNorm& norm = norm_by_name(recipe.norm);
  ek::Random random(seed);
  ek::Tape tape;
  ek::Var h = tape.variable(random.normal(s.width, s.samples));  // features × samples
  std::vector<ek::Var> outputs;
  for (ek::Index layer = 0; layer < s.layers; ++layer) {
    const ek::Var w = tape.constant(recipe.init({.out = s.width, .in = s.width}, random));
    h = recipe.activation(norm.apply(linear(h, w)));
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(s.width, s.samples));  // a random ∂loss/∂h at the top

  Run run;
  for (ek::Var output : outputs) {
    const ek::Matrix& y = output.value();
    const arma::uvec beyond = arma::find(arma::abs(y) > saturated_beyond);
    run.rms.push_back(ek::statistics(y).rms);
    run.saturated.push_back(100.0 * double(beyond.n_elem) / double(y.n_elem));
    run.dead.push_back(100.0 * double(ek::dead_units(y)) / double(y.n_rows));
    run.gradient.push_back(ek::statistics(output.gradient()).rms);
  }
  return run;
}

namespace {

Study study(const Setting& setting, const Recipe& recipe, ek::Index seeds, std::uint64_t seed) {
  Study made{recipe, std::vector<Run>(seeds)};
  in_parallel(0, seeds, [&](ek::Index i) { made.runs[i] = run_once(setting, recipe, seed + i); });
  return made;
}

std::vector<Study> studies(const Setting& setting, const std::vector<Recipe>& recipes,
                           ek::Index seeds, std::uint64_t seed) {
  std::vector<Study> made;
  for (const Recipe& recipe : recipes) made.push_back(study(setting, recipe, seeds, seed));
  return made;
}

// The gradient of a stack of tanh layers against the size of its weights.
Sweep sweep(const std::string& norm, ek::Index steps, ek::Index seeds, std::uint64_t seed) {
  Sweep made{norm, {}, {}};
  for (ek::Index i = 0; i < steps; ++i) {
    const double sigma_w = 0.5 + 2.5 * double(i) / double(steps - 1);
    const Recipe recipe{"", "", {.gain = sigma_w}, ek::tanh, norm, {}};
    const Study at = study(sweep_setting, recipe, seeds, seed);
    std::vector<double>& growths = made.growth.emplace_back();
    for (const Run& run : at.runs) growths.push_back(gradient_growth(run));
    made.sigma_w.push_back(sigma_w);
  }
  return made;
}

// One step of Adam on the middle one of three tanh layers: how large is it beside the weights?
void measure_first_update(Results& results, std::uint64_t seed) {
  constexpr double learning_rate = 1e-3;
  const ek::Index n = results.setting.width;
  ek::Random random(seed);
  std::vector<ek::Parameter> weights;
  for (int layer = 0; layer < 3; ++layer) weights.emplace_back(ek::lecun({n, n}, random));
  ek::Tape tape;
  ek::Var h = tape.constant(random.normal(n, results.setting.samples));
  for (ek::Parameter& w : weights) h = tanh(linear(h, w));
  tape.backward(mse(h, tape.constant(random.normal(n, results.setting.samples))));
  ek::Parameter& w = weights[1];
  const ek::Matrix before = w.value;
  ek::Adam({&w}, {.learning_rate = learning_rate}).step();
  const double sigma = ek::statistics(before).sigma;
  results.first_update = ek::statistics(w.value - before).rms / sigma;
  results.first_update_theory = learning_rate / sigma;
}

std::vector<Recipe> dead_recipes() {
  std::vector<Recipe> recipes;
  for (const char* name : {"none", "layer", "batch"}) {
    const NamedNorm& norm = norm_by_name(name);
    const ek::Init half{.gain = 4};  // 4/√64: W = 0.5·N(0,1)
    recipes.push_back({norm.column, norm.title, half, ek::relu, name, norm.colour});
  }
  return recipes;
}

Results measure(const Setting& setting, ek::Index seeds, bool quick, std::uint64_t seed) {
  namespace colour = ek::colour;
  const ek::Init gain_1{}, gain_5_3{.gain = ek::gain::tanh}, gain_3{.gain = 3};
  const Recipe narrow{"gain_1", "gain 1", gain_1, ek::tanh, "none", colour::deep};
  const Recipe right{"gain_5_3", "gain 5/3", gain_5_3, ek::tanh, "none", colour::none};
  const Recipe wide{"gain_3", "gain 3", gain_3, ek::tanh, "none", colour::pre};
  const Recipe normed{"layer_norm", "gain 1, LayerNorm", gain_1, ek::tanh, "layer", colour::layer};

  Results r;
  r.setting = setting;
  r.relu =
      studies(setting,
              {{"he", "He", ek::he, ek::relu, "none", colour::none},
               {"xavier", "Xavier", ek::xavier, ek::relu, "none", colour::deep},
               {"layer_norm", "Xavier, LayerNorm", ek::xavier, ek::relu, "layer", colour::layer}},
              seeds, seed);
  r.tanh = studies(setting, {narrow, right, normed}, seeds, seed);
  r.saturation = studies(saturation_setting, {narrow, right, wide}, seeds, seed);
  r.dead = studies(dead_setting, dead_recipes(), seeds, seed);
  for (const char* name : {"none", "layer"}) {
    r.sweeps.push_back(
        sweep(name, quick ? 6 : 26, std::min<ek::Index>(seeds, quick ? 4 : 10), seed));
  }
  measure_first_update(r, seed);
  return r;
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting setting;
  ek::Index seeds = 200;
  Lesson lesson("05_initialization", "the size of the first weights, with and without a norm");
  lesson.option("layers", setting.layers, 2, "number of layers")
      .option("width", setting.width, 2, "features of each layer")
      .option("samples", setting.samples, 2, "samples in the batch")
      .seeds(seeds, 20);

  return lesson.run(argc, argv, [&] {
    fmt::print("05 Initialization: {} layers, {} wide, {} samples, {} seeds from {}{}\n\n",
               setting.layers, setting.width, setting.samples, seeds, lesson.seed(),
               lesson.quick() ? "" : "; about ten seconds");
    const Results results = measure(setting, seeds, lesson.quick(), lesson.seed());
    print_table(results);
    claim_all(lesson, results);
    write_tables(lesson, results);
    draw_all(lesson, results);
    lesson.try_next("lessons/run 05 --layers 50");
  });
}
