#pragma once
// Matrices as tensors and back; see TensorForm in core/module.hpp.

#include <filesystem>
#include <map>
#include <string>

#include "evenkeel/checkpoint/safetensors.hpp"
#include "evenkeel/core/module.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel::checkpoint {

/// In Scalar's own dtype; a count as I64.
Tensor tensor_of(const std::filesystem::path& file, std::string name, const Matrix& x,
                 const TensorForm& form);

/// From F64, F32, F16 or BF16, rounded to Scalar; a count from I64. Throws Error unless the tensor
/// has the dimensions that a matrix of this shape and form is saved with.
Matrix matrix_of(const std::filesystem::path& file, const Tensor& tensor, Shape shape,
                 const TensorForm& form);

/// A matrix of a model, and the tensor it is in a file.
struct Place {
  std::string name;
  Matrix* matrix;
  TensorForm form;
};
/// Parameters, then buffers.
std::vector<Place> places_of(Module& module);

using TensorsByName = std::map<std::string, const Tensor*>;

/// What the file has for each place. Throws Error that lists what is missing and what the file has
/// beyond the places, or names the tensor whose shape is another.
std::vector<Matrix> matrices_of(const std::filesystem::path& file, const TensorsByName& tensors,
                                const std::vector<Place>& places);

/// Each matrix to its place; nothing here can fail.
void assign(const std::vector<Place>& places, std::vector<Matrix>& matrices);

}  // namespace evenkeel::checkpoint
