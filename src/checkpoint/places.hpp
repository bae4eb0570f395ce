#pragma once
// Matrices of the program and the tensors they are in a file.

#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/checkpoint/checkpoint.hpp"

namespace evenkeel::checkpoint {

constexpr const char* scalar_dtype = sizeof(Scalar) == 8 ? "F64" : "F32";

/// One list of these is written or read.
struct Place {
  std::string name;
  Matrix* matrix;
  TensorForm form;
};

/// Parameters, then buffers. What is used in two places is in the list twice.
std::vector<Place> places_of(Module& module);

/// What is shared is written once, under its first name.
void write_places(const std::filesystem::path& path, const std::vector<Place>& places,
                  Metadata metadata);

enum class Fit {
  exact,           ///< a tensor for each matrix, and no other
  without_counts,  ///< the same, but those that count may be missing
  in_part,         ///< what fits by name and shape, and that must be something
};

/// Each tensor to its place. Everything is checked before the first number is assigned.
LoadReport assign(const std::filesystem::path& path, const std::vector<Tensor>& tensors,
                  const std::vector<Place>& places, Fit fit);

}  // namespace evenkeel::checkpoint
