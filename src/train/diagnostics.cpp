#include "evenkeel/train/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/fail.hpp"

namespace evenkeel {

namespace {

const std::set<std::string_view> activation_functions = {
    "relu", "leaky_relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid"};

struct NamedNode {
  const Node* node;
  std::string name;
};

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
    layers.push_back({&node, node.label.empty() ? by_number : node.label});
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
  if (options_.every == 0) fail("diagnostics", "every must be at least 1 step, got 0");
  if (options_.bins == 0) fail("diagnostics", "bins must be at least 1, got 0");
  if (options_.live) window_ = std::make_unique<LiveWindow>();
}

void Diagnostics::before_update(const TrainingStep& step) {
  losses_.push_back({step.step, step.optimizer.learning_rate(), step.metrics});
  if (step.step % options_.every != 0) return;
  look_at_layers(step);
  if (!update_ratio_) find_matrices(step.model);
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
  for (const NamedNode& layer : layers_of(step.tape, options_.layers)) {
    const Matrix& value = layer.node->value();
    LayerLook look;
    look.step = step.step;
    look.layer = layer.name;
    look.activation = statistics(value);
    look.dead = static_cast<double>(dead_units(value)) / static_cast<double>(value.n_rows);
    look.saturated = saturated_share(*layer.node);
    add_histogram(layer.name, Watched::value, value, look.activation);
    if (layer.node->has_gradient) {
      look.gradient = statistics(layer.node->gradient());
      add_histogram(layer.name, Watched::gradient, layer.node->gradient(), look.gradient);
    }
    looks_.push_back(look);
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

void Diagnostics::find_matrices(Layer& model) {
  std::vector<Parameter*> parameters;
  for (const NamedParameter& named : model.named_parameters()) {
    if (named.parameter->value.n_cols == 1) continue;  // gamma, beta, biases
    matrices_.push_back(named.name);
    parameters.push_back(named.parameter);
  }
  update_ratio_.emplace(parameters);
}

}  // namespace evenkeel
