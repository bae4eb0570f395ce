// 03 Norm placement: the same norm before or after the layer, inside a plain stack.
//
//   post:  h ← relu(norm(W h))        pre:  h ← relu(W norm(h))
//
//   W = 0.3·N(0,1), 32×32, five layers, 100 samples

#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  Index layers = 5, width = 32, samples = 100;
  double weight_scale = 0.3;
};

const Quantity activation{"activation_std", "layer", "σ of the activations"};
const Quantity gradient{"gradient_std", "layer", "σ of ∂loss/∂h"};

const Styles placements = {{"post", "post-norm", colour::post}, {"pre", "pre-norm", colour::pre}};

Var layer(const std::string& placement, AnyLayer& norm, Var h, Var w) {
  if (placement == "post") return relu(norm(linear(h, w)));  // before the ReLU
  return relu(linear(norm(h), w));                           // after the ReLU of the layer below
}

void run(const Setting& s, const std::string& norm_name, const std::string& placement,
         std::uint64_t seed, Record& record) {
  Random random(seed);
  Tape tape;
  Var h = tape.variable(random.normal(s.width, s.samples));  // features × samples
  std::vector<Var> outputs;
  std::vector<AnyLayer> norms(s.layers, feature_norm(norm_name, s.width));
  for (AnyLayer& norm : norms) {
    const Var w = tape.constant(random.normal(s.width, s.width, s.weight_scale));
    h = layer(placement, norm, h, w);
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(s.width, s.samples));  // a random ∂loss/∂h at the top

  for (std::size_t l = 0; l < outputs.size(); ++l) {
    const std::string series = norm_name + " " + placement;
    record.add(activation, series, double(l + 1), statistics(outputs[l].value()).sigma);
    record.add(gradient, series, double(l + 1), statistics(outputs[l].gradient()).sigma);
  }
}

const std::string grows = "theory, wide layers: √(π/(π−1)) = 1.21";
/// Means of 4,000 seeds (σ: of the layers with the least and the greatest), and the standard
/// deviation of one.
const Bands known = {
    {"σ in all layers, post-norm, LayerNorm", means_near(0.5811, 0.5816, 0.0301, "theory 0.584")},
    {"σ in all layers, pre-norm, LayerNorm", means_near(0.9886, 0.9899, 0.0426, "theory 0.991")},
    {"σ in all layers, post-norm, BatchNorm", means_near(0.5831, 0.5931, 0.0132, "theory 0.584")},
    {"σ in all layers, pre-norm, BatchNorm", means_near(0.9936, 1.0084, 0.0413, "theory 0.991")},
    {"σ in all layers, post-norm, RMSNorm", means_near(0.5751, 0.5816, 0.0582, "theory 0.584")},
    {"σ in all layers, pre-norm, RMSNorm", means_near(0.9740, 0.9900, 0.1309, "theory 0.991")},
    {"growth of the gradient, post-norm, LayerNorm", mean_near(1.0121, 0.0433, "theory 1")},
    {"growth of the gradient, pre-norm, LayerNorm", mean_near(1.2659, 0.0280, grows)},
    {"growth of the gradient, post-norm, BatchNorm", mean_near(1.2260, 0.0194, grows)},
    {"growth of the gradient, pre-norm, BatchNorm", mean_near(1.2432, 0.0223, grows)},
    {"growth of the gradient, post-norm, RMSNorm", mean_near(1.0328, 0.0528, "theory 1")},
    {"growth of the gradient, pre-norm, RMSNorm", mean_near(1.0383, 0.0492, "theory 1")},
};

/// σ in every layer: a norm makes it 1; post-norm relu comes next, pre-norm W and then relu.
double sigma_in_theory(const Setting& s, const std::string& placement) {
  return (placement == "pre" ? s.weight_scale * std::sqrt(double(s.width)) : 1) * relu_sigma;
}

void claims(Lesson& lesson, const Record& record, const Style& series) {
  const std::vector<double> growth = record.of(gradient, series.name).each([](const auto& run) {
    return 1 / geometric_growth(run);
  });
  lesson.claim("σ in all layers", series, record.of(activation, series.name).mean(), known);
  lesson.claim("growth of the gradient", series, {mean_of(growth)}, known);
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> names = {"layer", "batch", "rms"};
  Lesson lesson("03_norm_placement", "The norm before or after the layer, in a plain stack");
  lesson.option("layers", s.layers, 1, "number of layers")
      .option("width", s.width, 1, "features of each layer")
      .option("samples", s.samples, 1, "samples in the batch")
      .option("weight-scale", s.weight_scale, "s in W = s·N(0,1)")
      .option("norm", names, feature_norm_names(), "which norms, separated by commas")
      .seeds(200, 20)
      .ask({"σ in all layers, pre-norm, LayerNorm", "Pre-norm, W = 0.3·N(0,1), 32 wide: σ of h?"})
      .ask({"growth of the gradient, post-norm, LayerNorm",
            "Post-norm, LayerNorm: from layer to layer on its way back, the gradient",
            {{"grows", 1.05, 1e9}, {"stays", 0.95, 1.05}, {"shrinks", 0, 0.95}}});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} layers, {} wide, weights {}·N(0,1), {} samples", s.layers,
                               s.width, s.weight_scale, s.samples));
    const Record record = lesson.over_seeds(names, [&](auto& norm, auto seed, Record& r) {
      for (const Style& placement : placements) run(s, norm, placement.name, seed, r);
    });
    Styles all;
    Figure forward{"", "", names.size()}, backward = forward;
    for (const Style& norm : choose(all_norms(), names)) {
      Styles styles = placements;
      for (Style& style : styles) style.name = norm.name + " " + style.name;
      forward.add(chart_of(record, activation, styles, Line::mean, Axis::linear));
      backward.add(chart_of(record, gradient, styles, Line::mean));
      forward.panels.back().title = backward.panels.back().title = norm.title;
      for (const Style& at : placements) {
        const double theory = sigma_in_theory(s, at.name);
        add_theory(forward.panels.back(), "", one_to(s.layers), [&](double) { return theory; });
        all.push_back({norm.name + " " + at.name, at.title + ", " + norm.title, at.colour});
        claims(lesson, record, all.back());
      }
    }
    print_table(record, activation, all, Line::mean);
    print_table(record, gradient, all, Line::mean);
    share_y(forward);
    share_y(backward);
    const std::string shown = by_name(all_norms(), names.front()).title;
    const auto claimed = [&](const std::string& what) { return lesson.claimed(what + shown); };
    const auto middle = [&](const char* placement) {
      return record.of(activation, names.front() + placement).mean()[s.layers / 2];
    };
    forward.title =
        fmt::format("With {} σ in layer {} is {:.2f} under post-norm, {:.2f} under pre-norm", shown,
                    s.layers / 2 + 1, middle(" post"), middle(" pre"));
    backward.title =
        fmt::format("With {} the gradient grows {}× per layer under post-norm, {}× under pre-norm",
                    shown, claimed("growth of the gradient, post-norm, "),
                    claimed("growth of the gradient, pre-norm, "));
    lesson.chart(forward, "activation_std");
    lesson.chart(backward, "gradient_std");
    lesson.try_next("lessons/run 03 --weight-scale 3");
  });
}
