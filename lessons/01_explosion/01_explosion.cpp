// 01 Explosion: what ten ReLU layers do to a signal, with and without normalization.
//
//   h ← relu(norm(W h)),   W = 0.5·N(0,1), 64×64,   100 samples
// Forward we watch σ of the activations, backward σ of the gradient, over many seeds.

#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  Index layers = 10, width = 64, samples = 100;
  double weight_scale = 0.5;
};

const Quantity activation{"activation_std", "layer", "σ of the activations"};
const Quantity gradient{"gradient_std", "layer", "σ of ∂loss/∂h"};

void run(const Setting& s, const std::string& name, std::uint64_t seed, Record& record) {
  Random random(seed);
  Tape tape;
  Var h = tape.variable(random.normal(s.width, s.samples));  // features × samples
  std::vector<Var> outputs;
  std::vector<AnyLayer> norms(s.layers, feature_norm(name, s.width));
  for (Index l = 0; l < s.layers; ++l) {
    const Var w = tape.constant(random.normal(s.width, s.width, s.weight_scale));
    h = relu(norms[l](linear(h, w))).label(fmt::format("h{}", l + 1));
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(s.width, s.samples));  // a random ∂loss/∂h at the top
  for (Index l = 0; l < s.layers; ++l) {
    record.add(activation, name, l + 1, statistics(outputs[l].value()).sigma);
    record.add(gradient, name, l + 1, statistics(outputs[l].gradient()).sigma);
  }
}

/// The entries of h after the first and the third layer, all on one scale.
Figure distributions(const Setting& s, std::uint64_t seed) {
  Figure figure{"Without normalization the entries of h spread from layer to layer",
                fmt::format("weights {}·N(0,1), {} wide, seed {}; the axis ends at 60",
                            s.weight_scale, s.width, seed)};
  for (const Style& style : choose(all_norms(), {"none", "batch"})) {
    Random random(seed);
    Tape tape;
    AnyLayer norm = feature_norm(style.name, s.width);
    Var h = tape.constant(random.normal(s.width, 1000));
    for (int layer = 1; layer <= 3; ++layer) {
      h = relu(norm(linear(h, tape.constant(random.normal(s.width, s.width, s.weight_scale)))));
      if (layer == 2) continue;
      Chart panel{fmt::format("{}, after layer {}", style.title, layer)};
      panel.x_axis("entry of h").y_axis("density").x_range(0, 60);
      const std::vector<double> entries(h.value().begin(), h.value().end());
      figure.add(panel.histogram(histogram_of(entries), style.colour));
    }
  }
  return figure;
}

/// This lesson began with one run without normalization; this is where it ended.
constexpr double first_run = 46'932.86;

Chart seeds_chart(std::vector<double> sigmas) {
  std::ranges::sort(sigmas);
  const double share = percentile_of(sigmas, first_run);
  Chart chart(fmt::format("The first run is above {:.0f} % of the seeds", share));
  chart.subtitle = fmt::format("{} seeds without normalization", sigmas.size());
  chart.x_axis("σ of the last layer", Axis::log).y_axis("seeds that end below, %");
  const auto below = map(sigmas, [&](double sigma) { return percentile_of(sigmas, sigma); });
  chart.line("", sigmas, below, colour::none);
  return chart.vertical("the first run: 46,933", first_run, colour::black);
}

/// Medians and standard deviations of 3,000 seeds (σ: the layers with the least and the greatest).
const Bands known = {
    {"σ in all layers, BatchNorm", medians_near(0.5831, 0.5951, 0.0100, "theory 0.584")},
    {"σ in all layers, LayerNorm", medians_near(0.5812, 0.5833, 0.0292, "theory 0.584")},
    {"σ in all layers, RMSNorm", medians_near(0.5808, 0.5830, 0.0496, "theory 0.584")},
    {"σ in all layers, GroupNorm", medians_near(0.5723, 0.5737, 0.0232, "0.574, tiles of 8")},
    {"growth of the gradient, BatchNorm", median_near(1.2181, 0.0093, "√(π/(π−1)) = 1.21, wide")},
    {"growth of the gradient, LayerNorm", median_near(1.0052, 0.0260, "theory 1, wide")},
    {"growth of the gradient, RMSNorm", median_near(1.0108, 0.0293, "theory 1, wide")},
    {"growth of the gradient, GroupNorm", median_near(1.0907, 0.0340, "√(6/5) = 1.095")},
};

/// Claims and charts: every number that is judged, titled or drawn is a median over the seeds.
void report(Lesson& lesson, const Setting& s, const Styles& norms, const Record& record) {
  const std::vector<double> layers = one_to(s.layers);
  const double per_layer = s.weight_scale * std::sqrt(double(s.width) / 2);  // W: s²n, relu: ½
  const double first = s.weight_scale * std::sqrt(double(s.width)) * relu_sigma;
  Chart forward = chart_of(record, activation, norms);
  Chart backward = chart_of(record, gradient, norms);
  add_theory(forward, "theory", layers,
             [&](double l) { return first * std::pow(per_layer, l - 1); });
  add_theory(forward, "", layers, [](double) { return relu_sigma; });
  add_theory(backward, "theory", layers,
             [&](double l) { return std::pow(per_layer, s.layers - l); });

  for (const Style& norm : norms) {
    const std::vector<double> sigma = record.of(activation, norm.name).median();
    const double growth = 1 / geometric_growth(record.of(gradient, norm.name).median());
    if (norm.name == "none") {
      const std::string theory = fmt::format("theory s·√(n/2) = {:.3g}", per_layer);
      lesson.claim("growth of σ per layer", {geometric_growth(sigma)},
                   median_near(2.801, 0.098, theory));
      lesson.claim("σ after the last layer", {sigma.back()},
                   median_near(24'815, 8'425, "mean field 27,055"));
      lesson.claim("growth of the gradient", {growth}, median_near(2.820, 0.0523, theory));
      forward.title = fmt::format("Without normalization σ is multiplied by {:.2g} in each layer",
                                  geometric_growth(sigma));
      lesson.chart(seeds_chart(record.of(activation, "none").last()), "seeds");
    } else {
      lesson.claim("σ in all layers", norm, sigma, known);
      lesson.claim("growth of the gradient", norm, {growth}, known);
    }
    if (norm.name == "batch")
      backward.title = fmt::format("Under BatchNorm the gradient grows {:.2f}× per layer", growth);
  }
  lesson.chart(forward, "activation_std");
  lesson.chart(backward, "gradient_std");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> names = {"none", "batch", "layer", "rms", "group"};
  Lesson lesson("01_explosion", "ReLU layers, with and without normalization");
  lesson.option("layers", s.layers, 1, "number of layers")
      .option("width", s.width, 1, "features of each layer")
      .option("samples", s.samples, 1, "samples in the batch")
      .option("weight-scale", s.weight_scale, "s in W = s·N(0,1)")
      .option("norm", names, feature_norm_names(), "which norms, separated by commas")
      .seeds(200, 20)
      .ask({"growth of σ per layer", "Without a norm, by what factor does σ grow per layer?"})
      .ask({"σ in all layers, LayerNorm", "And with LayerNorm: what is σ after ten layers?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} layers, {} wide, weights {}·N(0,1), {} samples", s.layers,
                               s.width, s.weight_scale, s.samples));
    const Styles norms = choose(all_norms(), names);
    const Record record = lesson.over_seeds(
        names, [&](auto& norm, auto seed, Record& r) { run(s, norm, seed, r); },
        [&](const Record& so_far) { return chart_of(so_far, activation, norms); });
    print_table(record, activation, norms);
    report(lesson, s, norms, record);
    lesson.chart(distributions(s, lesson.seed()), "distributions");
    lesson.try_next("lessons/run 01 --norm none --weight-scale 0.3      (and where does σ stay?)");
  });
}
