#pragma once
// What a file says: tensors as numbers, metadata as options. All that is wrong with a file is found
// here, so that whoever judges it need not ask.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/checkpoint/safetensors.hpp"

namespace evenkeel::audit {

enum class Norm { unknown, layer_norm, rms_norm, batch_norm, instance_norm, group_norm };

/// "layer_norm"; "" for unknown
std::string to_string(Norm norm);

using Shape = std::vector<std::size_t>;

std::size_t size_of(const Shape& shape);
/// "(4, 8, 16)"
std::string to_string(const Shape& shape);

struct Array {
  Shape shape;                 ///< the last dimension runs fastest
  std::vector<double> values;  ///< exactly as in the file
  std::string dtype;           ///< "F64", "F32", "F16", "BF16"; of a mask also whole numbers
  double unit = 0;      ///< half the distance from 1 to the next number: 2⁻⁵³, 2⁻²⁴, …
  double smallest = 0;  ///< the smallest number above 0
};

struct Evidence {
  std::map<std::string, Array> tensors;
  std::vector<char> valid;       ///< for each number of x: 0 where it is padding; empty: no padding
  bool padding_is_told = false;  ///< by a mask; otherwise seen in zeros at the ends of x
  std::vector<std::string> ignored;  ///< tensors of other names

  Norm norm = Norm::unknown;   ///< as declared
  bool gain_plus_one = false;  ///< declared to be Gemma's
  std::optional<double> eps, momentum;
  bool cumulative = false;  ///< momentum None: all batches count the same
  std::optional<std::size_t> num_groups;
  std::optional<bool> training;

  const Array& x() const { return tensors.at("x"); }
  const Array& y() const { return tensors.at("y"); }
  /// nullptr where the file has none
  const Array* find(const std::string& name) const;
};

/// Throws Error with one line: no safetensors file, x or y missing, shapes that disagree, an x that
/// is not finite, an option that is no number.
Evidence read_evidence(const std::filesystem::path& file);

/// The same of a file that is read already; `name` is for messages.
Evidence evidence_of(const TensorFile& file, const std::string& name);

}  // namespace evenkeel::audit
