#include "evenkeel/core/module.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace evenkeel {

namespace {

struct Collector final : Members {
  std::string prefix;
  std::vector<NamedParameter> parameters;
  std::vector<NamedBuffer> buffers;
  std::vector<NamedRandom> randoms;
  std::vector<Module*> modules;

  void parameter(std::string_view name, Parameter& parameter, const TensorForm& form) override {
    parameters.push_back({prefix + std::string(name), &parameter, form});
  }
  void buffer(std::string_view name, Matrix& buffer, const TensorForm& form) override {
    buffers.push_back({prefix + std::string(name), &buffer, form});
  }
  void random(std::string_view name, Random& random) override {
    randoms.push_back({prefix + std::string(name), &random});
  }
  void module(std::string_view name, Module& module) override {
    modules.push_back(&module);
    const std::string outer = prefix;
    prefix += std::string(name) + ".";
    module.members(*this);
    prefix = outer;
  }
};

Collector collect(Module& module) {
  Collector collector;
  module.members(collector);
  return collector;
}

std::string count_of(Index n) {
  return text::with_commas(std::to_string(n));
}

}  // namespace

void Module::train(bool on) {
  training_ = on;
  for (Module* inner : collect(*this).modules) inner->training_ = on;
}

EvaluationMode::EvaluationMode(Module& module) {
  modes_.emplace_back(&module, module.training());
  for (Module* inner : collect(module).modules) modes_.emplace_back(inner, inner->training());
  module.eval();
}

EvaluationMode::~EvaluationMode() {
  for (const auto& [module, training] : modes_) module->training_ = training;
}

std::vector<NamedParameter> Module::named_parameters() {
  return collect(*this).parameters;
}

std::vector<NamedBuffer> Module::named_buffers() {
  return collect(*this).buffers;
}

std::vector<NamedRandom> Module::named_randoms() {
  return collect(*this).randoms;
}

std::vector<Parameter*> Module::parameters() {
  std::vector<Parameter*> all;
  std::set<const Parameter*> seen;
  for (const NamedParameter& named : named_parameters()) {
    if (seen.insert(named.parameter).second) all.push_back(named.parameter);
  }
  return all;
}

void Module::zero_gradient() {
  for (Parameter* parameter : parameters()) parameter->zero_gradient();
}

std::string summary(Module& module) {
  const std::vector<NamedParameter> parameters = module.named_parameters();
  const std::vector<NamedBuffer> buffers = module.named_buffers();
  std::size_t width = 4;
  for (const NamedParameter& p : parameters) width = std::max(width, p.name.size());
  for (const NamedBuffer& b : buffers) width = std::max(width, b.name.size());
  const auto line = [width](std::string_view name, std::string_view shape, std::string_view count,
                            std::string_view remark) {
    const std::string_view gap = remark.empty() ? "" : "  ";
    return fmt::format("{:<{}}  {:>11}  {:>13}{}{}\n", name, width, shape, count, gap, remark);
  };
  std::string text = line("name", "shape", "entries", "");
  std::set<const Parameter*> seen;
  Index total = 0;
  for (const NamedParameter& p : parameters) {
    const Matrix& value = p.parameter->value;
    const bool first = seen.insert(p.parameter).second;
    if (first) total += value.n_elem;
    const std::string_view frozen = p.parameter->requires_grad ? "" : "frozen";
    text += line(p.name, to_string(shape_of(value)), count_of(value.n_elem),
                 first ? frozen : "shared, counted above");
  }
  for (const NamedBuffer& b : buffers) {
    text += line(b.name, to_string(shape_of(*b.buffer)), count_of(b.buffer->n_elem),
                 "buffer, not counted");
  }
  return text + line("parameters", "", count_of(total), "");
}

}  // namespace evenkeel
