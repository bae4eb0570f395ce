#pragma once
// Reads the values and gradients that PyTorch computed (see README.md beside this file) and holds
// results to them.

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evenkeel/core/tape.hpp"

namespace evenkeel::reference {

/// Running statistics, channels × 1.
struct Running {
  Matrix mean;
  Matrix variance;
};

/// One op on one set of inputs. Matrices are features × samples, rounded to Scalar.
struct Case {
  std::string op;
  std::string name;
  nlohmann::json args;
  std::map<std::string, Matrix> inputs;
  Matrix cotangent;  ///< ∂loss/∂output, of the output's shape
  Matrix output;
  std::map<std::string, Matrix> gradients;  ///< of those inputs that have one
  std::map<std::string, double> scale;      ///< by result: the size of its terms before they cancel
  std::vector<Matrix> earlier;              ///< training batches that come before x
  bool has_running = false;
  Running before, after;

  bool has(const std::string& input) const { return inputs.count(input) > 0; }
  double number(const std::string& arg) const { return args.at(arg).get<double>(); }
  Index index(const std::string& arg) const { return args.at(arg).get<Index>(); }
  std::string text(const std::string& arg) const { return args.at(arg).get<std::string>(); }
  std::vector<Index> indices(const std::string& arg) const {
    return args.at(arg).get<std::vector<Index>>();
  }
};

/// All cases of a file in this folder, such as "ops.json". Throws std::runtime_error if it cannot
/// be read or a case is not as README.md says.
std::vector<Case> read(const std::string& file);

/// A Boost.Test check that |got − expected| ≤ 8 · eps · scale in every entry, where eps is
/// Scalar's. Why 8: PyTorch's own float32 is up to 1.5 eps · scale from its float64 on these cases;
/// the rest is room for another order of summation.
void check(const Case& c, const std::string& result, const Matrix& got, const Matrix& expected);

/// How one case is computed and checked.
using Run = std::function<void(const Case&)>;

/// Runs every case of the file, with the plain and with the fast kernels. An op of the file that
/// has no entry in `runs` is a failure, and so is an entry without a case.
void hold(const std::string& file, const std::map<std::string, Run>& runs);

/// Inputs on a tape, by name.
using Inputs = std::map<std::string, Var>;

/// Runs f on a fresh tape, forward and backward, and checks the output and every gradient.
Run through_tape(std::function<Var(const Case&, const Inputs&)> f);

}  // namespace evenkeel::reference
