#include "evenkeel/core/module.hpp"

namespace evenkeel {

namespace {

struct Collector final : Members {
  std::string prefix;
  std::vector<NamedParameter> parameters;
  std::vector<NamedBuffer> buffers;
  std::vector<Module*> children;  // of the module first shown, not theirs
  int depth = 0;

  void parameter(std::string_view name, Parameter& parameter) override {
    parameters.push_back({prefix + std::string(name), &parameter});
  }
  void buffer(std::string_view name, Matrix& buffer) override {
    buffers.push_back({prefix + std::string(name), &buffer});
  }
  void module(std::string_view name, Module& module) override {
    if (depth == 0) children.push_back(&module);
    const std::string outer = prefix;
    prefix += std::string(name) + ".";
    ++depth;
    module.members(*this);
    --depth;
    prefix = outer;
  }
};

Collector collect(Module& module) {
  Collector collector;
  module.members(collector);
  return collector;
}

}  // namespace

void Module::train(bool on) {
  training_ = on;
  for (Module* child : collect(*this).children) child->train(on);
}

std::vector<NamedParameter> Module::named_parameters() {
  return collect(*this).parameters;
}

std::vector<NamedBuffer> Module::named_buffers() {
  return collect(*this).buffers;
}

std::vector<Parameter*> Module::parameters() {
  std::vector<Parameter*> all;
  for (const NamedParameter& named : named_parameters()) all.push_back(named.parameter);
  return all;
}

void Module::zero_gradient() {
  for (Parameter* parameter : parameters()) parameter->zero_gradient();
}

}  // namespace evenkeel
