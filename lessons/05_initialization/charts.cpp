// What lesson 05 draws.

#include <fmt/format.h>

#include <algorithm>

#include "initialization.hpp"

namespace initialization {

using namespace ek::lesson;

namespace {

std::vector<double> layers_from_one(std::size_t n) {
  std::vector<double> layers = counted(n);
  for (double& layer : layers) layer += 1;
  return layers;
}

// Each study as a line, its first seed, and a pale band, all seeds.
void add_studies(ek::Chart& chart, const std::vector<Study>& studies, ByLayer Run::*which) {
  const std::vector<double> layers = layers_from_one(studies.front().runs.front().rms.size());
  for (const Study& study : studies) {
    const Band band = band_over_seeds(study.all(which));
    if (study.runs.size() > 1) chart.band(layers, band.low, band.high, study.recipe.colour);
  }
  for (const Study& study : studies) {
    chart.line(study.recipe.title, layers, study.runs.front().*which, study.recipe.colour);
  }
}

std::string about(const Setting& s, std::size_t seeds) {
  return fmt::format("{} layers, {} wide, {} samples; line: one seed, pale: {} seeds, 5–95 %",
                     s.layers, s.width, s.samples, seeds);
}

ek::Chart relu_chart(const Results& r) {
  const std::size_t n = r.setting.layers;
  const ByLayer median = r.relu[1].median(&Run::rms);
  ek::Chart chart{fmt::format("Xavier’s weights lose a factor {:.2f} per ReLU layer, He’s none; "
                              "behind a norm it makes no difference",
                              1 / geometric_growth(median)),
                  about(r.setting, r.relu[0].runs.size())};
  chart.x_axis("layer").y_axis("rms of the activations", ek::Axis::log);
  add_studies(chart, r.relu, &Run::rms);
  chart.theory("", layers_from_one(n), relu_rms(ek::gain::relu, n));
  chart.theory("theory", layers_from_one(n), relu_rms(1, n));
  return chart;
}

ek::Figure tanh_figure(const Results& r) {
  ek::Figure figure{
      fmt::format("tanh: gain 1 fades, gain 5/3 holds the signal with {:.0f} % of the "
                  "units saturated",
                  r.saturation[1].median(&Run::saturated).back()),
      fmt::format("line: one seed, pale: {} seeds, 5–95 %; dashed: theory", r.tanh[0].runs.size())};
  ek::Chart size{fmt::format("{} wide, {} samples", r.setting.width, r.setting.samples)};
  size.x_axis("layer").y_axis("rms of the activations").y_range(0, 0.8);
  add_studies(size, r.tanh, &Run::rms);
  for (double gain : {1.0, ek::gain::tanh}) {
    size.theory("", layers_from_one(r.setting.layers), tanh_rms(gain, r.setting.layers));
  }
  ek::Chart saturated{
      fmt::format("{} wide, {} samples", saturation_setting.width, saturation_setting.samples)};
  saturated.x_axis("layer").y_axis("% of the entries beyond 0.97").y_range(0, 60);
  add_studies(saturated, r.saturation, &Run::saturated);
  for (const Study& study : r.saturation) {
    saturated.theory("", layers_from_one(saturation_setting.layers),
                     tanh_saturated(study.recipe.init.gain, saturation_setting.layers));
  }
  figure.add(size).add(saturated);
  return figure;
}

ek::Chart dead_chart(const Results& r) {
  ek::Chart chart{
      fmt::format("After ten layers {:.0f} % of the ReLU units are dead without a norm, "
                  "{:.0f} % with LayerNorm, none with BatchNorm",
                  r.dead[0].median(&Run::dead).back(), r.dead[1].median(&Run::dead).back()),
      about(dead_setting, r.dead[0].runs.size())};
  chart.x_axis("layer").y_axis("% of the units that are 0 for every sample");
  add_studies(chart, r.dead, &Run::dead);
  return chart;
}

// [seed][σw]
std::vector<ByLayer> by_seed(const Sweep& sweep) {
  std::vector<ByLayer> found(sweep.growth.front().size());
  for (const std::vector<double>& seeds : sweep.growth) {
    for (std::size_t i = 0; i < seeds.size(); ++i) found[i].push_back(seeds[i]);
  }
  return found;
}

// Where the rising line first passes 1, straight between its points.
double crossing(const std::vector<double>& x, const ByLayer& y) {
  std::size_t i = 1;
  while (i + 1 < y.size() && y[i] < 1) ++i;
  return x[i - 1] + (1 - y[i - 1]) / (y[i] - y[i - 1]) * (x[i] - x[i - 1]);
}

ek::Chart edge_chart(const Results& r) {
  const std::vector<double>& sigma_w = r.sweeps[0].sigma_w;
  const Band plain = band_over_seeds(by_seed(r.sweeps[0]));
  ek::Chart chart{
      fmt::format("Below σw = {:.1f} the gradient of a tanh stack fades, above it grows; behind "
                  "LayerNorm σw does not matter",
                  crossing(sigma_w, plain.median)),
      fmt::format("{} tanh layers, {} wide, W = σw/√n·N(0,1); pale: {} seeds, 5–95 %",
                  sweep_setting.layers, sweep_setting.width, r.sweeps[0].growth[0].size())};
  chart.x_axis("σw").y_axis("growth of the gradient per layer, backward");
  ByLayer theory;
  for (double s : sigma_w) theory.push_back(tanh_gradient_growth(s, sweep_setting.layers));
  for (const Sweep& sweep : r.sweeps) {
    const Band band = band_over_seeds(by_seed(sweep));
    const NamedNorm& norm = norm_by_name(sweep.norm);
    chart.band(sigma_w, band.low, band.high, norm.colour);
    chart.line(norm.title, sigma_w, band.median, norm.colour);
  }
  chart.theory("theory", sigma_w, theory);
  chart.theory("", sigma_w, ByLayer(theory.size(), normalized_tanh_gradient_growth()));
  chart.vertical("edge of chaos, infinite depth", 1, ek::colour::black);
  return chart;
}

}  // namespace

void draw_all(Lesson& lesson, const Results& r) {
  const ek::Chart first = relu_chart(r);
  lesson.chart(first, "relu_rms");
  lesson.live([&] { return first; });
  lesson.chart(dead_chart(r), "dead_units");
  lesson.chart(tanh_figure(r), "tanh");
  lesson.chart(edge_chart(r), "edge_of_chaos");
}

}  // namespace initialization
