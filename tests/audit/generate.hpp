#pragma once
// Files as other frameworks write them, right and wrong: plain loops that share nothing with what
// judges them.

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "evenkeel/checkpoint/safetensors.hpp"
#include "verdict.hpp"

namespace evenkeel_test {

using Numbers = std::vector<double>;
using Ids = std::set<std::string>;
using Shape = evenkeel::audit::Shape;

struct Case {
  std::string norm = "layer_norm";
  Shape shape = {6, 8};
  std::string dtype = "F64";
  Ids mistakes = {};
  double eps = 1e-5;
  double mean = 0.3, scale = 1;  ///< of x
  std::size_t groups = 2;
  bool affine = true, backward = false, running = false, declared = true, eps_told = true;
  double momentum = 0.1;
  unsigned seed = 1;
};

/// The file of a case, its numbers computed in double and rounded to its type.
evenkeel::TensorFile generate(const Case& wanted);

/// A number as the type holds it.
double rounded(double value, const std::string& dtype);

evenkeel::Tensor tensor(const std::string& name, const Shape& shape, const Numbers& values,
                        const std::string& dtype);

/// Writes, reads and audits.
evenkeel::audit::Verdict audited(const evenkeel::TensorFile& file);
Ids found_in(const evenkeel::TensorFile& file);

/// A name for BOOST_TEST_CONTEXT.
std::string describe(const Case& wanted);

/// Which numbers share a mean: the tile of number i.
std::vector<std::size_t> tiles_of(const Case& wanted);
/// Which numbers share a gamma.
std::vector<std::size_t> channels_of(const Case& wanted);

}  // namespace evenkeel_test
