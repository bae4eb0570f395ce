// How the panel is drawn, and its numbers as files.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/chart/csv.hpp"
#include "evenkeel/train/diagnostics.hpp"

namespace evenkeel {

namespace {

using Names = std::vector<std::string>;
using Look = Diagnostics::LayerLook;

// The names in the order they first come.
template <class Entries, class Name>
Names names_in(const Entries& entries, Name name) {
  Names names;
  for (const auto& entry : entries) {
    if (std::find(names.begin(), names.end(), entry.*name) == names.end()) {
      names.push_back(entry.*name);
    }
  }
  return names;
}

// At most eight of them, evenly spread, first and last included.
Names some_of(const Names& names) {
  constexpr std::size_t most = 8;
  if (names.size() <= most) return names;
  Names some;
  for (std::size_t i = 0; i < most; ++i) {
    some.push_back(names[i * (names.size() - 1) / (most - 1)]);
  }
  return some;
}

// Pale for the first layer, dark for the last.
Colour by_depth(std::size_t i, std::size_t count) {
  const double share = count < 2 ? 1 : static_cast<double>(i) / static_cast<double>(count - 1);
  return share < 0.5 ? mix(colour::heat[1], colour::heat[2], 2 * share)
                     : mix(colour::heat[2], colour::heat[3], 2 * share - 1);
}

Chart loss_chart(const std::vector<Diagnostics::Loss>& losses) {
  std::vector<double> steps, loss;
  for (const Diagnostics::Loss& at : losses) {
    steps.push_back(static_cast<double>(at.step));
    loss.push_back(at.metrics.loss);
  }
  Chart chart{"Loss of each batch"};
  chart.x_axis("step").y_axis("cross-entropy, nats");
  chart.line("", steps, loss, colour::batch);
  return chart;
}

Chart update_chart(const std::vector<Diagnostics::Update>& updates) {
  const Names drawn = some_of(names_in(updates, &Diagnostics::Update::parameter));
  Chart chart{"update : weight, by matrix"};
  chart.x_axis("step").y_axis("σ(Δw) / σ(w)", Axis::log);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    std::vector<double> steps, ratio;
    for (const Diagnostics::Update& update : updates) {
      if (update.parameter != drawn[i]) continue;
      steps.push_back(static_cast<double>(update.step));
      ratio.push_back(update.ratio);
    }
    chart.line(drawn[i], steps, ratio, by_depth(i, drawn.size()));
  }
  if (!updates.empty()) {
    const double first = static_cast<double>(updates.front().step);
    const double last = static_cast<double>(updates.back().step);
    chart.theory("1e-3", {first, last}, {1e-3, 1e-3});
  }
  return chart;
}

Chart histogram_chart(const std::vector<Diagnostics::LayerHistogram>& histograms, Watched kind,
                      const std::string& title, const std::string& axis) {
  std::vector<Diagnostics::LayerHistogram> of_kind;
  for (const auto& h : histograms) {
    if (h.kind == kind) of_kind.push_back(h);
  }
  const Names drawn = some_of(names_in(of_kind, &Diagnostics::LayerHistogram::layer));
  Chart chart{title};
  chart.x_axis(axis).y_axis("density", Axis::log);
  for (const auto& h : of_kind) {
    const auto at = std::find(drawn.begin(), drawn.end(), h.layer);
    if (at == drawn.end()) continue;
    std::vector<double> middles, density;
    const auto& [edges, all, mean, sigma] = h.histogram;
    for (std::size_t bin = 0; bin < all.size(); ++bin) {
      if (all[bin] == 0) continue;
      middles.push_back((edges[bin] + edges[bin + 1]) / 2);
      density.push_back(all[bin]);
    }
    chart.line(h.layer, middles, density, by_depth(at - drawn.begin(), drawn.size()));
  }
  return chart;
}

// The looks of one step, in the order of the layers.
std::vector<Look> looks_of_step(const std::vector<Look>& looks, Index step) {
  std::vector<Look> of_step;
  for (const Look& look : looks) {
    if (look.step == step) of_step.push_back(look);
  }
  return of_step;
}

Chart share_chart(const std::vector<Look>& last) {
  std::vector<double> layers, dead, zero, saturated_layers, saturated;
  for (std::size_t i = 0; i < last.size(); ++i) {
    layers.push_back(static_cast<double>(i + 1));
    dead.push_back(100 * last[i].dead);
    zero.push_back(100 * last[i].activation.fraction_zero);
    if (std::isnan(last[i].saturated)) continue;
    saturated_layers.push_back(layers.back());
    saturated.push_back(100 * last[i].saturated);
  }
  Chart chart{"Dead units, zeros, saturated entries"};
  chart.x_axis("layer").y_axis("share, %").y_range(0, 100);
  chart.line("dead units", layers, dead, colour::none);
  chart.line("zeros", layers, zero, colour::rms);
  if (!saturated.empty()) {
    chart.line("saturated", saturated_layers, saturated, colour::instance);
  }
  return chart;
}

Chart sigma_chart(const std::vector<Look>& first, const std::vector<Look>& last) {
  Chart chart{"σ by layer"};
  chart.x_axis("layer").y_axis("σ", Axis::log);
  const auto add = [&](const std::string& name, const std::vector<Look>& looks,
                       Statistics Look::*which, Colour colour) {
    std::vector<double> layers, sigma;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      layers.push_back(static_cast<double>(i + 1));
      sigma.push_back((looks[i].*which).sigma);
    }
    chart.line(name, layers, sigma, colour);
  };
  const Colour white{0xFFFFFF};
  add("h at first", first, &Look::activation, mix(colour::batch, white, 0.6));
  add("h", last, &Look::activation, colour::batch);
  add("∂h at first", first, &Look::gradient, mix(colour::group, white, 0.6));
  add("∂h", last, &Look::gradient, colour::group);
  return chart;
}

Cell number_or_empty(double number) {
  return std::isfinite(number) ? Cell(number) : Cell("");
}

}  // namespace

Figure Diagnostics::figure() const {
  if (looks_.empty()) fail("diagnostics", "no step was looked at: pass this to Trainer::observe");
  const std::vector<Look> first = looks_of_step(looks_, looks_.front().step);
  const std::vector<Look> last = looks_of_step(looks_, looks_.back().step);
  Figure figure(
      fmt::format("Loss {:.3g} after {} steps", losses_.back().metrics.loss, losses_.size()),
      fmt::format("layers, histograms and σ in step {}; pale: first layers, dark: last",
                  looks_.back().step),
      2);
  figure.add(loss_chart(losses_));
  figure.add(update_chart(updates_));
  figure.add(histogram_chart(histograms_, Watched::value, "Activations, by layer", "h"));
  figure.add(histogram_chart(histograms_, Watched::gradient, "Gradients, by layer", "∂loss/∂h"));
  figure.add(share_chart(last));
  figure.add(sigma_chart(first, last));
  return figure;
}

std::vector<std::filesystem::path> Diagnostics::write_numbers(const std::filesystem::path& folder,
                                                              const std::string& name) const {
  std::vector<std::filesystem::path> files;
  const auto path = [&](const char* what) {
    return files.emplace_back(folder / (name + "_" + what + ".csv"));
  };

  CsvWriter steps(path("steps"), {"step", "learning_rate", "loss", "accuracy"});
  for (const Loss& at : losses_) {
    steps.row({at.step, at.learning_rate, at.metrics.loss, at.metrics.accuracy});
  }
  steps.close();

  CsvWriter layers(path("layers"), {"step", "layer", "sigma", "rms", "zero", "dead", "saturated",
                                    "gradient_sigma", "gradient_rms"});
  for (const LayerLook& look : looks_) {
    layers.row({look.step, look.layer, look.activation.sigma, look.activation.rms,
                look.activation.fraction_zero, look.dead, number_or_empty(look.saturated),
                look.gradient.sigma, look.gradient.rms});
  }
  layers.close();

  CsvWriter updates(path("updates"), {"step", "parameter", "ratio"});
  for (const Update& update : updates_) {
    updates.row({update.step, update.parameter, number_or_empty(update.ratio)});
  }
  updates.close();

  CsvWriter bins(path("histograms"), {"layer", "kind", "low", "high", "density"});
  for (const LayerHistogram& h : histograms_) {
    const std::vector<double>& edges = h.histogram.edges;
    for (std::size_t bin = 0; bin < h.histogram.density.size(); ++bin) {
      bins.row({h.layer, to_string(h.kind), edges[bin], edges[bin + 1], h.histogram.density[bin]});
    }
  }
  bins.close();
  return files;
}

ChartResult Diagnostics::write(const std::filesystem::path& folder, const std::string& name) const {
  const Figure panel = figure();
  write_numbers(folder, name);
  return save(panel, folder, name, {Format::svg, Format::png});
}

}  // namespace evenkeel
