#pragma once
// Matrices of the program and the tensors they are in a file.

#include <fmt/format.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "evenkeel/checkpoint/checkpoint.hpp"

namespace evenkeel::checkpoint {

constexpr const char* scalar_dtype = sizeof(Scalar) == 8 ? "F64" : "F32";

/// Throws Error "[checkpoint] FILE: message".
template <class... Args>
[[noreturn]] void reject(const std::filesystem::path& file, fmt::format_string<Args...> message,
                         Args&&... args) {
  fail("checkpoint", file.string() + ": " + fmt::format(message, std::forward<Args>(args)...));
}

/// One list of these is written or read.
using Places = std::vector<NamedBuffer>;

/// A module's parameters, then its buffers. What is used in two places is in the list twice.
Places places_of(Module& module);
/// Each matrix once, under its first name.
Places once(Places places);

/// What is shared is written once.
void write_places(const std::filesystem::path& path, const Places& places, Metadata metadata);

enum class Fit {
  exact,           ///< a tensor for each matrix, and no other
  without_counts,  ///< the same, but those that count may be missing
  in_part,         ///< what fits by name and shape, and that must be something
};

/// Each tensor to its place. Everything is checked before the first number is assigned.
LoadReport assign(const std::filesystem::path& path, const std::vector<Tensor>& tensors,
                  const Places& places, Fit fit);

}  // namespace evenkeel::checkpoint
