// The charts of lesson 08.

#include <fmt/format.h>

#include <cmath>

#include "batchnorm_gradients.hpp"

namespace batchnorm_gradients {

using namespace ek::lesson;

namespace {

std::string setting_of(const Result& r, std::uint64_t seed) {
  return fmt::format("{} layers, {} wide, 64 samples, seed {}; pale: 5–95 % of {} seeds", r.layers,
                     r.width, seed, r.seeds);
}

ek::Chart by_layer(const Result& r, ByLayer Run::*which, std::string title) {
  ek::Chart chart{std::move(title)};
  const std::vector<double> layers = counted(r.layers);
  chart.x_axis("layer");
  for (const Study& study : r.depth) {
    const ek::Colour colour = study.stack.norm.colour;
    const Band band = band_over_seeds(study.all(which));
    if (r.seeds > 1) chart.band(layers, band.low, band.high, colour);
    chart.line(study.stack.norm.title, layers, study.runs.front().*which, colour);
  }
  return chart;
}

ek::Figure gradients_figure(const Result& r, std::uint64_t seed) {
  const double growth = mean_of(r.depth[1].growths());
  ek::Figure figure{
      fmt::format("Under BatchNorm σ is perfect and the gradient grows {:.2f}× a layer", growth),
      setting_of(r, seed)};
  ek::Chart forward = by_layer(r, &Run::activation, "Forward: σ of the activations");
  forward.y_axis("σ of h", ek::Axis::log).y_range(0.1, 10);
  ek::Chart backward = by_layer(r, &Run::gradient, "Backward: read from right to left");
  backward.y_axis("rms of ∂loss/∂h", ek::Axis::log);
  ByLayer theory(r.layers, 1.0);  // the gradient at the top has rms 1
  for (std::size_t l = r.layers - 1; l-- > 0;) {
    theory[l] = theory[l + 1] * batch_norm_growth(Activation::relu, 64);
  }
  backward.theory("theory", counted(r.layers), theory);
  figure.add(forward).add(backward);
  return figure;
}

ek::Chart growth_chart(const Result& r) {
  ek::Chart chart{
      "The smaller the batch, the faster the gradient grows",
      fmt::format("BatchNorm, {} layers, at least {} wide and twice the batch; mean of {} "
                  "seeds, pale: 5–95 %",
                  r.layers, r.width, r.seeds)};
  chart.x_axis("samples in the batch", ek::Axis::log).y_axis("growth of the gradient a layer");
  for (Activation activation : {Activation::relu, Activation::linear}) {
    const bool relu = activation == Activation::relu;
    const ek::Colour colour = relu ? ek::colour::batch : ek::colour::instance;
    std::vector<double> sizes, mean, theory;
    std::vector<ByLayer> seeds(r.seeds);
    for (const Study& study : r.batches) {
      if (study.stack.activation != activation) continue;
      const std::vector<double> growths = study.growths();
      sizes.push_back(static_cast<double>(study.stack.batch));
      mean.push_back(mean_of(growths));
      theory.push_back(batch_norm_growth(activation, study.stack.batch));
      for (std::size_t i = 0; i < growths.size(); ++i) seeds[i].push_back(growths[i]);
    }
    const Band band = band_over_seeds(seeds);
    if (r.seeds > 1) chart.band(sizes, band.low, band.high, colour);
    chart.line(relu ? "ReLU" : "no activation", sizes, mean, colour);
    chart.theory(relu ? "theory" : "", sizes, theory);
  }
  return chart;
}

ek::Chart cosine_chart(const Result& r, std::uint64_t seed) {
  const double apart = r.depth[1].runs.front().cosine.back();
  const double together = r.depth[2].runs.front().cosine.back();
  ek::Chart chart = by_layer(
      r, &Run::cosine,
      fmt::format("Two samples end with cosine {:.2f} under LayerNorm, {:.2f} under BatchNorm",
                  together, apart));
  chart.subtitle = setting_of(r, seed);
  chart.y_axis("cosine between two samples").y_range(0, 1);
  const std::vector<double> layers = counted(r.layers);
  chart.theory("theory", layers, layer_norm_cosines(r.layers));
  chart.theory("", layers, ByLayer(r.layers, batch_norm_cosine(64)));
  return chart;
}

}  // namespace

void draw_all(Lesson& lesson, const Result& r) {
  const ek::Figure gradients = gradients_figure(r, lesson.seed());
  lesson.chart(gradients, "gradients");
  lesson.live([&] { return gradients; });
  lesson.chart(growth_chart(r), "growth_by_batch");
  lesson.chart(cosine_chart(r, lesson.seed()), "cosine");
}

}  // namespace batchnorm_gradients
