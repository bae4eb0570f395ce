#include "evenkeel/train/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace evenkeel {

namespace {

constexpr std::array<std::string_view, 7> activation_functions = {
    "relu", "leaky_relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid"};

bool is_activation(const Node& node) {
  return std::find(activation_functions.begin(), activation_functions.end(), node.kind()) !=
         activation_functions.end();
}

struct NamedNode {
  const Node* node;
  std::string name;
};

// "relu 3" is the third activation function on the tape, unless the model has given it a label.
std::vector<NamedNode> activations_of(const Tape& tape) {
  std::vector<NamedNode> layers;
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    if (!is_activation(node)) continue;
    layers.push_back({&node, node.label.empty()
                                 ? fmt::format("{} {}", node.kind(), layers.size() + 1)
                                 : node.label});
  }
  if (layers.empty()) {
    fail("diagnostics", "there is no activation function on the tape: name layers by their labels");
  }
  return layers;
}

std::vector<NamedNode> labelled(const Tape& tape, const std::vector<std::string>& patterns) {
  std::vector<NamedNode> layers;
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    const bool wanted =
        std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
          return !node.label.empty() && label_fits(node.label, pattern);
        });
    if (wanted) layers.push_back({&node, node.label});
  }
  if (layers.empty()) {
    fail("diagnostics",
         fmt::format("no node on the tape is labelled '{}'", fmt::join(patterns, "' or '")));
  }
  return layers;
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

double rms(const Matrix& x) {
  double sum = 0;
  for (const Scalar entry : x) sum += static_cast<double>(entry) * static_cast<double>(entry);
  return std::sqrt(sum / static_cast<double>(x.n_elem));
}

double rms_of_difference(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (Index i = 0; i < a.n_elem; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum / static_cast<double>(a.n_elem));
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
  keep_weights(step.model);
}

void Diagnostics::after_update(const TrainingStep& step) {
  if (step.step % options_.every != 0) return;
  for (const Weights& w : weights_) {
    const double ratio = rms_of_difference(w.parameter->value, w.before) / rms(w.before);
    updates_.push_back({step.step, w.name, ratio});
  }
  if (window_) window_->show(figure());
}

void Diagnostics::look_at_layers(const TrainingStep& step) {
  histograms_.clear();
  const std::vector<NamedNode> layers =
      options_.layers.empty() ? activations_of(step.tape) : labelled(step.tape, options_.layers);
  for (const NamedNode& layer : layers) {
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
  if (!std::isfinite(reach) || reach == 0) return;
  histograms_.push_back({layer, kind, histogram(x, options_.bins, -reach, reach)});
}

void Diagnostics::keep_weights(Layer& model) {
  if (weights_.empty()) {
    for (const NamedParameter& named : model.named_parameters()) {
      const bool matrix = named.parameter->value.n_cols > 1;
      if (matrix) weights_.push_back({named.name, named.parameter, {}});
    }
  }
  for (Weights& w : weights_) w.before = w.parameter->value;
}

}  // namespace evenkeel
