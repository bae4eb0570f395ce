// 08 BatchNorm's gradients: forward σ is perfect, backward the gradient explodes; a skip tames it.
//
//   h ← φ(norm(W h)),  with a skip h ← h + φ(norm(W h)),   W = √(2/n)·N(0,1)
//
// 30 layers, 256 wide, at initialization: one pass forward, one backward, nothing is trained.

#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  Index layers = 30, width = 256;
};

const Quantity gradient{"gradient_rms", "layer", "rms of ∂loss/∂h"};
const Quantity cosine{"cosine", "layer", "cosine between two samples"};
const Quantity growth{"growth", "samples in the batch", "growth of the gradient per layer"};

// Beside the norms, three stacks with BatchNorm; two of them by the size of the batch.
const Style skip{"skip", "BatchNorm with a skip", colour::deep};
const Styles by_batch = {{"ReLU", "ReLU", colour::batch},
                         {"linear", "no activation", colour::instance}};

void run(const Setting& s, const std::string& name, Index samples, std::uint64_t seed, Record& r) {
  const bool is_norm = name != "skip" && name != "ReLU" && name != "linear";
  const Index width = std::max(s.width, 2 * samples);  // theory: wide layers
  Random random(seed);
  Tape tape;
  Var h = tape.variable(random.normal(width, samples));  // features × samples
  std::vector<Var> outputs;
  std::vector<AnyLayer> norms(s.layers, feature_norm(is_norm ? name : "batch", width));
  for (AnyLayer& norm : norms) {
    const Var w = tape.constant(random.normal(width, width, std::sqrt(2.0 / double(width))));
    const Var normalized = norm(linear(h, w));
    const Var branch = name == "linear" ? normalized : relu(normalized);
    h = name == "skip" ? h + branch : branch;
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(width, samples));  // a random ∂loss/∂h at the top

  std::vector<double> rms;
  for (Var output : outputs) rms.push_back(statistics(output.gradient()).rms);
  const std::size_t low = s.layers / 6, high = s.layers - 1 - low;  // the middle two thirds
  r.add(growth, name, double(samples), std::pow(rms[low] / rms[high], 1.0 / double(high - low)));
  if (!is_norm && name != "skip") return;
  r.add(gradient, name, one_to(s.layers), rms);
  for (std::size_t l = 0; l < outputs.size(); ++l) {
    r.add(cosine, name, double(l + 1), mean_cosine(outputs[l].value()));
  }
}

/// Means of 100 seeds, give or take their standard error, and the standard deviation of one.
const Bands known = {
    {"growth per layer, no normalization", means_near(0.9991, 1.0006, 0.0073, "theory 1")},
    {"growth per layer, BatchNorm", means_near(1.2186, 1.2194, 0.0037, "theory 1.222")},
    {"growth per layer, LayerNorm", means_near(0.9996, 1.0020, 0.0118, "theory 1")},
    {"growth per layer, BatchNorm with a skip", means_near(1.0457, 1.0459, 0.0009, "theory 1.045")},
    {"gradient at layer 1, no normalization", means_near(0.987, 1.020, 0.164, "theory 1")},
    {"gradient at layer 1, BatchNorm", means_near(312.1, 316.5, 21.7, "theory (L = 30) 334")},
    {"gradient at layer 1, LayerNorm", means_near(1.013, 1.069, 0.279, "theory 1")},
    {"gradient at layer 1, BatchNorm with a skip",
     means_near(4.884, 4.911, 0.139, "theory (L = 30) 4.73")},
    {"cosine in the last layer, no normalization",
     means_near(0.972, 0.974, 0.0098, "theory (L = 30) 0.972")},
    {"cosine in the last layer, BatchNorm", means_near(0.3144, 0.3148, 0.0025, "theory 0.310")},
    {"cosine in the last layer, LayerNorm",
     means_near(0.972, 0.974, 0.0096, "theory (L = 30) 0.972")},
    {"growth ÷ theory, 8 samples and more, ReLU", means_near(0.996, 1.001, 0.0118, "theory 1")},
    {"growth ÷ theory, 8 samples and more, no activation",
     means_near(0.994, 1.003, 0.0075, "theory 1")},
};

void report(Lesson& lesson, Styles stacks, const Record& record) {
  const std::vector<double> layers = record.of(cosine, "skip").x;
  Chart cosines = chart_of(record, cosine, stacks, Line::mean, Axis::linear).y_range(0, 1);
  cosines.title = "With BatchNorm samples stay apart; without it they become one direction";
  add_theory(cosines, "theory", layers, relu_cosine_after);
  add_theory(cosines, "", layers, [](double) { return relu_cosine(-1.0 / 63); });
  lesson.chart(cosines, "cosine");

  stacks.push_back(skip);
  print_table(record, gradient, stacks, Line::mean, 7);
  Chart gradients = chart_of(record, gradient, stacks, Line::mean);
  gradients.title = "Backward, BatchNorm's gradient explodes; a skip around each layer tames it";
  for (const Style& style : stacks) {
    const auto means = [&](const Quantity& q) { return record.of(q, style.name).mean(); };
    lesson.claim("growth per layer", style, means(growth), known);
    lesson.claim("gradient at layer 1", style, {means(gradient).front()}, known);
    lesson.claim("cosine in the last layer", style, {means(cosine).back()}, known);
  }
  for (bool s : {false, true}) {
    add_theory(gradients, s ? "" : "theory", layers,
               [&](double l) { return batch_relu_gradient(l, layers.back(), s); });
  }
  lesson.chart(gradients, "gradients");

  print_table(record, growth, by_batch, Line::mean);
  Chart batches = chart_of(record, growth, by_batch, Line::mean, Axis::linear);
  batches.title = "The smaller the batch, the faster the gradient grows under BatchNorm";
  batches.subtitle = lesson.setting() + "; at least twice as wide as the batch";
  for (const Style& style : by_batch) {
    const Curve& curve = record.of(growth, style.name);
    const auto theory = [&](double b) {
      return std::sqrt(style.name == "ReLU" ? batch_relu_rate(b) : (b - 2) / (b - 3));
    };
    add_theory(batches, style.name == "ReLU" ? "theory" : "", curve.x, theory);
    std::vector<double> ratios;
    for (double b : curve.x) {
      if (b >= 8) ratios.push_back(mean_of(curve.at(b)) / theory(b));
    }
    if (!ratios.empty()) lesson.claim("growth ÷ theory, 8 samples and more", style, ratios, known);
  }
  lesson.chart(batches.x_axis(growth.x, Axis::log), "growth_by_batch");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  const std::vector<Index> all = {4, 5, 8, 16, 32, 64, 128, 256}, few = {4, 8, 16, 64};
  std::vector<Index> batches = all;
  std::vector<std::string> names = {"none", "batch", "layer"};
  Lesson lesson("08_batchnorm_gradients", "BatchNorm's perfect forward pass and its gradients");
  lesson.option("layers", s.layers, 6, "number of layers")
      .option("width", s.width, 8, "features of each layer, at least twice the batch")
      .option("norm", names, feature_norm_names(), "which norms, separated by commas")
      .option("batches", batches, 4, "samples in the batch, for the growth by batch size")
      .seeds(10, 3)
      .ask({"gradient at layer 1, BatchNorm",
            "BatchNorm, ReLU, 30 layers: its rms is 1 at layer 30. At layer 1?"})
      .ask({"gradient at layer 1, BatchNorm with a skip", "And with a skip around every layer?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} layers, {} wide, batch 64 unless stated", s.layers, s.width));
    const std::vector<Index> sizes = lesson.quick() && batches == all ? few : batches;
    std::vector<std::string> series = names;
    series.insert(series.end(), {"skip", "ReLU", "linear"});
    const Record record = lesson.over_seeds(series, [&](auto& name, auto seed, Record& r) {
      const bool sized = name == "ReLU" || name == "linear";
      for (Index b : sized ? sizes : std::vector<Index>{64}) run(s, name, b, seed, r);
    });
    report(lesson, choose(all_norms(), names), record);
    lesson.try_next("lessons/run 08 --layers 60");
  });
}
