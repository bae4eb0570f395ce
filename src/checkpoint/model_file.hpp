#pragma once
// Matrices as tensors and back; see TensorForm in core/module.hpp.

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/checkpoint/safetensors.hpp"
#include "evenkeel/core/module.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel::checkpoint {

/// Throws Error "[checkpoint] FILE: message".
template <class... Args>
[[noreturn]] void reject(const std::filesystem::path& file, fmt::format_string<Args...> message,
                         Args&&... args) {
  fail("checkpoint", file.string() + ": " + fmt::format(message, std::forward<Args>(args)...));
}

/// The precision that files are written in: "F64" or "F32".
inline constexpr std::string_view scalar_dtype = sizeof(Scalar) == 8 ? "F64" : "F32";

/// What a file with a training run has and one with a model has not: this text, and tensors whose
/// names begin so.
inline constexpr const char* run_version = "evenkeel.training";
inline constexpr const char* of_optimizer = "optimizer.";

/// A matrix of a model, and the tensor it is in a file.
struct Place {
  std::string name;
  Matrix* matrix;
  TensorForm form;
};

/// Parameters, then buffers.
std::vector<Place> places_of(Module& module);

/// In Scalar's own dtype; a count as I64.
void write_places(const std::filesystem::path& path, const std::vector<Place>& places,
                  Metadata metadata);

/// What the tensors hold for each place: from F64, F32, F16 or BF16, rounded to Scalar; a count
/// from I64. Throws Error that lists what is missing and what is unexpected, or names the tensor
/// whose shape is another.
std::vector<Matrix> matrices_of(const std::filesystem::path& path,
                                const std::vector<Tensor>& tensors,
                                const std::vector<Place>& places);

/// Each matrix to its place; nothing here can fail.
void assign(const std::vector<Place>& places, const std::vector<Matrix>& matrices);

}  // namespace evenkeel::checkpoint
