// 05 Initialization: how large may the first weights be, and does a norm make the question go away?
//
//   h ← φ(norm(W h)),   W = gain/√n·N(0,1)
//
//   He and Xavier: φ = relu, 10 layers.   The edge of chaos: φ = tanh, 30 layers, many gains.

#include "evenkeel/nn/init.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  Index layers = 10, width = 128, samples = 200;
};

const Quantity size{"rms", "layer", "rms of the activations"};
const Quantity growth{"growth", "σw", "growth of the gradient per layer; 1: size kept"};

const Styles schemes = {{"he", "He", colour::none}, {"xavier", "Xavier", colour::deep}};

/// The outputs of all layers, after a random ∂loss/∂h has travelled back from the last.
std::vector<Var> run(const Setting& s, const Init& init, Var (*phi)(Var), const std::string& name,
                     Random random, Tape& tape) {
  Var h = tape.variable(random.normal(s.width, s.samples));  // features × samples
  std::vector<Var> outputs;
  std::vector<AnyLayer> norms(s.layers, feature_norm(name, s.width));
  for (AnyLayer& norm : norms) {
    const Var w = tape.constant(init({.out = s.width, .in = s.width}, random));
    h = phi(norm(linear(h, w)));
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(s.width, s.samples));
  return outputs;
}

const Index deep = 30, first = deep / 6, last = deep * 5 / 6;  // the edge is sought between these

void measure(const Setting& s, const std::string& norm, std::uint64_t seed, int steps, Record& r) {
  for (const Style& scheme : schemes) {
    Tape tape;
    double layer = 0;
    for (Var h : run(s, scheme.name == "he" ? he : xavier, relu, norm, Random(seed), tape)) {
      r.add(size, scheme.name + " " + norm, ++layer, statistics(h.value()).rms);
    }
  }
  const Setting tall{deep, s.width, 20};
  for (int i = 0; i <= steps; ++i) {
    const double sigma_w = 0.5 + 2.5 * i / steps;
    Tape tape;
    const std::vector<Var> h = run(tall, {.gain = sigma_w}, tanh, norm, Random(seed), tape);
    const double ratio = statistics(h[first].gradient()).rms / statistics(h[last].gradient()).rms;
    r.add(growth, norm, sigma_w, std::pow(ratio, 1.0 / double(last - first)));
  }
}

/// Means of 300 seeds, give or take their standard error, and the standard deviation of one.
const Bands known = {
    {"rms after the last layer, He, no normalization", means_near(0.968, 0.994, 0.224, "theory 1")},
    {"rms after the last layer, Xavier, no normalization",
     means_near(0.0302, 0.0311, 0.0070, "theory 1/32")},
    {"rms after the last layer, He, LayerNorm", means_near(0.7063, 0.7083, 0.0173, "theory √½")},
    {"rms after the last layer, Xavier, LayerNorm",
     means_near(0.7063, 0.7083, 0.0173, "theory √½")},
    {"rms after the last layer, He, BatchNorm", means_near(0.7066, 0.7070, 0.0039, "theory √½")},
    {"rms after the last layer, Xavier, BatchNorm",
     means_near(0.7066, 0.7070, 0.0039, "theory √½")},
    {"gradient ÷ theory, all σw, no normalization", means_near(0.997, 1.002, 0.0101, "theory 1")},
    {"gradient ÷ theory, all σw, LayerNorm", means_near(1.0027, 1.0036, 0.0076, "theory 1")},
    {"gradient ÷ theory, all σw, BatchNorm",
     means_near(1.0261, 1.0270, 0.0075, "theory 1, large batch")},
};

void report(Lesson& lesson, const Record& record, const Styles& norms) {
  Figure sizes{"ReLU: Xavier loses the signal, He keeps it; after a norm they agree", "",
               norms.size()};
  Chart edges = chart_of(record, growth, norms, Line::mean, Axis::linear);
  edges.title = "tanh: small weights let the gradient fade, large ones let it grow";
  const std::vector<double> sigma_w = record.of(growth, norms.front().name).x;
  edges.subtitle = fmt::format(
      "{} tanh layers, W = σw/√n·N(0,1), 20 samples, {} seeds; pale: 5–95 %", deep, lesson.seeds());
  for (const Style& norm : norms) {
    const bool normalized = norm.name != "none";
    Styles styles = schemes;
    for (Style& style : styles) style.name += " " + norm.name;
    if (!normalized) print_table(record, size, styles, Line::mean);
    Chart panel = chart_of(record, size, styles, Line::mean);
    panel.title = norm.title;
    for (const Style& style : styles) {
      const Curve& rms = record.of(size, style.name);
      const double factor = style.title == "He" && !normalized ? 1 : std::sqrt(0.5);
      add_theory(panel, "", rms.x, [&](double l) { return std::pow(factor, normalized ? 1 : l); });
      lesson.claim("rms after the last layer, " + style.title, norm, {rms.mean().back()}, known);
    }
    sizes.add(panel);
    const auto theory = [&](double x) { return tanh_growth(x, normalized, first, last); };
    add_theory(edges, normalized ? "" : "theory", sigma_w, theory);
    std::vector<double> ratios = record.of(growth, norm.name).mean();
    for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] /= theory(sigma_w[i]);
    lesson.claim("gradient ÷ theory, all σw", norm, ratios, known);
  }
  share_y(sizes);
  lesson.chart(sizes, "relu_rms");
  lesson.chart(edges.vertical("edge of chaos, infinite depth", 1, colour::black), "edge_of_chaos");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> names = {"none", "layer", "batch"};
  Lesson lesson("05_initialization", "The size of the first weights, with and without a norm");
  lesson.option("layers", s.layers, 2, "number of ReLU layers")
      .option("width", s.width, 2, "features of each layer")
      .option("samples", s.samples, 2, "samples in the batch of the ReLU layers")
      .option("norm", names, feature_norm_names(), "which norms, separated by commas")
      .seeds(20, 4)
      .ask({"rms after the last layer, Xavier, no normalization",
            "The input has rms 1. Its rms after ten ReLU layers with Xavier's weights?"})
      .ask({"rms after the last layer, Xavier, LayerNorm", "And with LayerNorm before each ReLU?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(
        fmt::format("{} ReLU layers, {} wide, {} samples", s.layers, s.width, s.samples));
    const Record record = lesson.over_seeds(names, [&](auto& norm, auto seed, Record& r) {
      measure(s, norm, seed, lesson.quick() ? 5 : 25, r);
    });
    report(lesson, record, choose(all_norms(), names));
    lesson.try_next("lessons/run 05 --layers 50");
  });
}
