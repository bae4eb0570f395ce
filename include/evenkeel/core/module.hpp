#pragma once
// What owns parameters. A module says once, in members(), what it is made of; listing, counting,
// switching between training and evaluation all go through that one list.
//
//   struct ScaleAndShift : Layer {
//     Parameter gamma, beta;
//     Var operator()(Var x) override { return scale_shift(x, gamma, beta); }
//     void members(Members& m) override {
//       m.parameter("weight", gamma);
//       m.parameter("bias", beta);
//     }
//   };
//
// The names are those of the same module in PyTorch, so that files of weights can be exchanged;
// where a matrix is another tensor there than the rule says, a TensorForm stands beside its name.
// Modules are values: copying one copies its parameters, buffers and random states.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evenkeel/core/parameter.hpp"
#include "evenkeel/core/var.hpp"

namespace evenkeel {

class Module;
class Random;

/// Which tensor a matrix is in a file, where tensors have any number of dimensions and
/// the last one runs fastest (PyTorch's contiguous layout). The rule: a matrix is
/// (rows, columns), and one column is (rows).
///
///   m.parameter("weight", w, {.shape = {out, in, 3, 3}});  a convolution's out × in·3·3
///   m.parameter("weight", w, {TensorForm::by_columns});    an embedding's width × n as (n, width)
struct TensorForm {
  enum Layout {
    by_rows,     ///< row after row
    by_columns,  ///< column after column, as it lies in memory
    count,       ///< a 1×1 matrix that counts: one integer, without dimensions
  };
  Layout layout = by_rows;
  /// Empty: by the rule; by columns (columns, rows).
  std::vector<Index> shape = {};
};

/// What a module is shown to; see Module::members.
class Members {
 public:
  virtual ~Members() = default;
  /// Trained by an optimizer.
  virtual void parameter(std::string_view name, Parameter& parameter, const TensorForm& form) = 0;
  /// State that is saved but not trained, such as running statistics.
  virtual void buffer(std::string_view name, Matrix& buffer, const TensorForm& form) = 0;
  /// What dropout draws from: saved with a training run, which goes on as if it had not stopped.
  virtual void random(std::string_view name, Random& random) = 0;
  virtual void module(std::string_view name, Module& module) = 0;

  void parameter(std::string_view name, Parameter& p) { parameter(name, p, TensorForm{}); }
  void buffer(std::string_view name, Matrix& b) { buffer(name, b, TensorForm{}); }
};

struct NamedParameter {
  std::string name;  ///< "blocks.3.norm.weight"
  Parameter* parameter;
  TensorForm form;
};

struct NamedBuffer {
  std::string name;
  Matrix* buffer;
  TensorForm form;
};

struct NamedRandom {
  std::string name;
  Random* random;
};

class Module {
 public:
  virtual ~Module() = default;

  /// Shows every parameter, buffer, random state and inner module to m, by name.
  virtual void members(Members& m) = 0;

  /// Training mode: BatchNorm uses the batch's statistics, dropout drops. Goes to inner modules
  /// too. Recording gradients (NoGrad) and updating running statistics are separate switches.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  /// Everything below this module, in the order of members(), names joined by dots. What is used in
  /// two places has two names and is listed under both, as in PyTorch's state_dict.
  std::vector<NamedParameter> named_parameters();
  std::vector<NamedBuffer> named_buffers();
  std::vector<NamedRandom> named_randoms();
  /// Each once, where it comes first: for optimizing and counting.
  std::vector<Parameter*> parameters();

  void zero_gradient();

 private:
  friend class EvaluationMode;
  bool training_ = true;
};

/// While it lives, a module and all below it evaluate; afterwards, after an error too, each is in
/// the mode it was in: a norm that was frozen by itself stays frozen. NoGrad (tape.hpp) is its
/// companion.
class EvaluationMode {
 public:
  explicit EvaluationMode(Module& module);
  ~EvaluationMode();
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modes_;
};

/// A table of what the module holds: name, shape and number of entries of each parameter and
/// buffer, and how many entries are parameters, a shared one counted once.
std::string summary(Module& module);

/// A module from one Var to one Var.
class Layer : public Module {
 public:
  virtual Var operator()(Var x) = 0;
};

}  // namespace evenkeel
