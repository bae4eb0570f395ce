#include "evenkeel/train/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "base/fail.hpp"
#include "evenkeel/base/table.hpp"

namespace evenkeel {

namespace {

const std::set<std::string_view> activation_functions = {
    "relu", "leaky_relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid"};

using NamedNode = std::pair<std::string, const Node*>;

// Activation functions, or what the patterns name. Without a label the third activation function on
// the tape, a relu, is "relu 3".
std::vector<NamedNode> layers_of(const Tape& tape, const std::vector<std::string>& patterns) {
  std::vector<NamedNode> layers;
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    const bool wanted = patterns.empty() ? activation_functions.contains(node.kind())
                                         : label_fits(node.label, patterns);
    if (!wanted) continue;
    const std::string by_number = fmt::format("{} {}", node.kind(), layers.size() + 1);
    layers.emplace_back(node.label.empty() ? by_number : node.label, &node);
  }
  if (!layers.empty()) return layers;
  if (patterns.empty()) {
    fail("diagnostics", "there is no activation function on the tape: name layers by their labels");
  }
  fail("diagnostics", "no node on the tape is labelled '{}'", fmt::join(patterns, "' or '"));
}

double saturated_share(const Node& node) {
  const bool is_tanh = node.kind() == "tanh";
  if (!is_tanh && node.kind() != "sigmoid") return std::numeric_limits<double>::quiet_NaN();
  constexpr Scalar limit = Scalar(0.97);
  const Matrix& y = node.value();
  const auto flat = std::count_if(y.begin(), y.end(), [&](Scalar entry) {
    return std::abs(is_tanh ? entry : 2 * entry - 1) > limit;
  });
  return static_cast<double>(flat) / static_cast<double>(y.n_elem);
}

}  // namespace

Diagnostics::Diagnostics(DiagnosticsOptions options) : options_(std::move(options)) {
  require(options_.every > 0, "diagnostics", "every must be at least 1 step, got 0");
  require(options_.bins > 0, "diagnostics", "bins must be at least 1, got 0");
  if (options_.live) window_ = std::make_unique<LiveWindow>();
}

void Diagnostics::before_update(const TrainingStep& step) {
  losses_.push_back({step.step, step.optimizer.learning_rate(), step.metrics});
  if (step.step % options_.every != 0) return;
  look_at_layers(step);
  if (!update_ratio_) {
    std::vector<Parameter*> parameters;
    for (const NamedParameter& named : step.model.named_parameters()) {
      if (named.parameter->value.n_cols == 1) continue;  // gamma, beta, biases
      matrices_.push_back(named.name);
      parameters.push_back(named.parameter);
    }
    update_ratio_.emplace(parameters);
  }
  update_ratio_->before_step();
}

void Diagnostics::after_update(const TrainingStep& step) {
  if (step.step % options_.every != 0) return;
  const std::vector<double> ratios = update_ratio_->after_step();
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    updates_.push_back({step.step, matrices_[i], ratios[i]});
  }
  if (window_) window_->show(figure());
}

void Diagnostics::look_at_layers(const TrainingStep& step) {
  histograms_.clear();
  for (const auto& [name, node] : layers_of(step.tape, options_.layers)) {
    const Matrix& value = node->value();
    const double dead = static_cast<double>(dead_units(value)) / static_cast<double>(value.n_rows);
    looks_.push_back({step.step, name, statistics(value), {}, dead, saturated_share(*node)});
    add_histogram(name, Watched::value, value, looks_.back().activation);
    if (!node->has_gradient) continue;
    looks_.back().gradient = statistics(node->gradient());
    add_histogram(name, Watched::gradient, node->gradient(), looks_.back().gradient);
  }
}

void Diagnostics::add_histogram(const std::string& layer, Watched kind, const Matrix& x,
                                const Statistics& of_x) {
  const double reach = 4 * of_x.rms;
  if (!std::isfinite(2 * reach) || reach == 0) return;
  std::vector<double> values;
  for (const Scalar entry : x) {
    if (std::abs(entry) <= reach) values.push_back(entry);
  }
  histograms_.push_back({layer, kind, histogram_of(values, options_.bins)});
}

// --- how the panel is drawn, and its numbers as files --------------------------------------------

namespace {

using Look = Diagnostics::LayerLook;

// One number of each entry.
template <class Entries, class Get>
std::vector<double> column(const Entries& entries, Get get) {
  std::vector<double> numbers;
  for (const auto& entry : entries) {
    numbers.push_back(static_cast<double>(std::invoke(get, entry)));
  }
  return numbers;
}

// Lines of a panel in the order in which their names first come.
struct Lines {
  std::vector<Chart::Series> lines;

  void add(const std::string& name, double x, double y) {
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const Chart::Series& s) { return s.name == name; });
    if (line == lines.end()) line = lines.insert(line, {Chart::Kind::line, name, {}, {}, {}});
    line->x.push_back(x);
    line->y.push_back(y);
  }
  // At most eight, evenly spread, first and last included: pale for the first layer, dark for the
  // last.
  void draw(Chart& chart) {
    const std::size_t count = std::min<std::size_t>(lines.size(), 8);
    for (std::size_t i = 0; i < count; ++i) {
      Chart::Series& line = lines[count < 2 ? 0 : i * (lines.size() - 1) / (count - 1)];
      const double share = count < 2 ? 1 : static_cast<double>(i) / static_cast<double>(count - 1);
      line.colour = colour::heat_at((1 + 2 * share) / 3);
      chart.add(line);
    }
  }
};

Chart update_chart(const std::vector<Diagnostics::Update>& updates) {
  Lines lines;
  for (const Diagnostics::Update& update : updates) {
    lines.add(update.parameter, static_cast<double>(update.step), update.ratio);
  }
  Chart chart{"update : weight, by matrix"};
  chart.x_axis("step").y_axis("σ(Δw) / σ(w)", Axis::log);
  lines.draw(chart);
  const std::vector<double> steps = column(updates, &Diagnostics::Update::step);
  if (!steps.empty()) chart.theory("1e-3", {steps.front(), steps.back()}, {1e-3, 1e-3});
  return chart;
}

Chart histogram_chart(const std::vector<Diagnostics::LayerHistogram>& histograms, Watched kind,
                      const std::string& title, const std::string& axis) {
  Lines lines;
  for (const auto& [layer, of_kind, histogram] : histograms) {
    for (std::size_t bin = 0; bin < histogram.density.size() && of_kind == kind; ++bin) {
      const double middle = (histogram.edges[bin] + histogram.edges[bin + 1]) / 2;
      if (histogram.density[bin] > 0) lines.add(layer, middle, histogram.density[bin]);
    }
  }
  Chart chart{title};
  chart.x_axis(axis).y_axis("density", Axis::log);
  lines.draw(chart);
  return chart;
}

// The looks of one step, in the order of the layers.
std::vector<Look> looks_of_step(std::vector<Look> looks, Index step) {
  std::erase_if(looks, [step](const Look& look) { return look.step != step; });
  return looks;
}

Cell number_or_empty(double number) {
  return std::isfinite(number) ? Cell(number) : Cell("");
}

}  // namespace

Figure Diagnostics::figure() const {
  require(!looks_.empty(), "diagnostics", "no step was looked at: pass this to Trainer::observe");
  const std::vector<Look> first = looks_of_step(looks_, looks_.front().step);
  const std::vector<Look> last = looks_of_step(looks_, looks_.back().step);
  const auto layers = [](const std::vector<Look>& looks) {
    return column(looks, [i = 0](const Look&) mutable { return ++i; });
  };

  Chart loss{"Loss of each batch"};
  loss.x_axis("step").y_axis("cross-entropy, nats");
  loss.line("", column(losses_, &Loss::step),
            column(losses_, [](const Loss& at) { return at.metrics.loss; }), colour::batch);

  Chart shares{"Dead units, zeros, saturated entries"};
  shares.x_axis("layer").y_axis("share, %").y_range(0, 100);
  const auto add_share = [&](const std::string& name, const auto& share, Colour colour) {
    const std::vector<double> percent = column(last, share);
    const bool any = std::any_of(percent.begin(), percent.end(),
                                 [](double value) { return std::isfinite(value); });
    if (any) shares.line(name, layers(last), percent, colour);
  };
  add_share(
      "dead units", [](const Look& l) { return 100 * l.dead; }, colour::none);
  add_share(
      "zeros", [](const Look& l) { return 100 * l.activation.fraction_zero; }, colour::rms);
  add_share(
      "saturated", [](const Look& l) { return 100 * l.saturated; }, colour::instance);

  Chart sigma{"σ by layer"};
  sigma.x_axis("layer").y_axis("σ", Axis::log);
  const auto h = [](const Look& look) { return look.activation.sigma; };
  const auto dh = [](const Look& look) { return look.gradient.sigma; };
  const Colour white{0xFFFFFF};
  sigma.line("h at first", layers(first), column(first, h), mix(colour::batch, white, 0.6));
  sigma.line("h", layers(last), column(last, h), colour::batch);
  sigma.line("∂h at first", layers(first), column(first, dh), mix(colour::group, white, 0.6));
  sigma.line("∂h", layers(last), column(last, dh), colour::group);

  Figure figure(
      fmt::format("Loss {:.3g} after {} steps", losses_.back().metrics.loss, losses_.size()),
      fmt::format("layers, histograms and σ in step {}; pale: first layers, dark: last",
                  looks_.back().step));
  figure.add(loss).add(update_chart(updates_));
  figure.add(histogram_chart(histograms_, Watched::value, "Activations, by layer", "h"));
  figure.add(histogram_chart(histograms_, Watched::gradient, "Gradients, by layer", "∂loss/∂h"));
  return figure.add(shares).add(sigma);
}

std::vector<std::filesystem::path> Diagnostics::write_numbers(const std::filesystem::path& folder,
                                                              const std::string& name) const {
  std::vector<std::filesystem::path> files;
  const auto open = [&](const char* what, const std::vector<std::string>& columns) {
    return CsvWriter(files.emplace_back(folder / (name + "_" + what + ".csv")), columns);
  };
  CsvWriter steps = open("steps", {"step", "learning_rate", "loss", "accuracy"});
  for (const Loss& at : losses_) {
    steps.row({at.step, at.learning_rate, at.metrics.loss, at.metrics.accuracy});
  }
  steps.close();

  CsvWriter layers = open("layers", {"step", "layer", "sigma", "rms", "zero", "dead", "saturated",
                                     "gradient_sigma", "gradient_rms"});
  for (const LayerLook& look : looks_) {
    layers.row({look.step, look.layer, look.activation.sigma, look.activation.rms,
                look.activation.fraction_zero, look.dead, number_or_empty(look.saturated),
                look.gradient.sigma, look.gradient.rms});
  }
  layers.close();

  CsvWriter updates = open("updates", {"step", "parameter", "ratio"});
  for (const Update& update : updates_) {
    updates.row({update.step, update.parameter, number_or_empty(update.ratio)});
  }
  updates.close();

  CsvWriter bins = open("histograms", {"layer", "kind", "low", "high", "density"});
  for (const auto& [layer, kind, histogram] : histograms_) {
    for (std::size_t bin = 0; bin < histogram.density.size(); ++bin) {
      bins.row({layer, to_string(kind), histogram.edges[bin], histogram.edges[bin + 1],
                histogram.density[bin]});
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
