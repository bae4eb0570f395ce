#pragma once
// What owns parameters. A module says once, in members(), what it is made of; listing, counting,
// switching between training and evaluation all go through that one list.
//
//   struct ScaleAndShift : Layer {
//     Parameter gamma, beta;
//     Var operator()(Var x) override { return scale_shift(x, gamma, beta); }
//     void members(Members& m) override { m.parameter("gamma", gamma); m.parameter("beta", beta); }
//   };
//
// Modules are values: copying one copies its parameters and buffers.

#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/parameter.hpp"
#include "evenkeel/core/var.hpp"

namespace evenkeel {

class Module;

/// What a module is shown to; see Module::members.
class Members {
 public:
  virtual ~Members() = default;
  /// Trained by an optimizer.
  virtual void parameter(std::string_view name, Parameter& parameter) = 0;
  /// State that is saved but not trained, such as running statistics.
  virtual void buffer(std::string_view name, Matrix& buffer) = 0;
  virtual void module(std::string_view name, Module& module) = 0;
};

struct NamedParameter {
  std::string name;  ///< "blocks.3.norm.gamma"
  Parameter* parameter;
};

struct NamedBuffer {
  std::string name;
  Matrix* buffer;
};

class Module {
 public:
  virtual ~Module() = default;

  /// Shows every parameter, buffer and inner module to m, by name.
  virtual void members(Members& m) = 0;

  /// Training mode: BatchNorm uses the batch's statistics, dropout drops. Goes to inner modules
  /// too. Recording gradients (NoGrad) and updating running statistics are separate switches.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  /// Everything below this module, in the order of members(), names joined by dots.
  std::vector<NamedParameter> named_parameters();
  std::vector<NamedBuffer> named_buffers();
  std::vector<Parameter*> parameters();

  void zero_gradient();

 private:
  bool training_ = true;
};

/// A module from one Var to one Var.
class Layer : public Module {
 public:
  virtual Var operator()(Var x) = 0;
};

}  // namespace evenkeel
