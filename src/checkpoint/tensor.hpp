#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "evenkeel/checkpoint/safetensors.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel::checkpoint {

/// Throws Error "[checkpoint] FILE: message".
template <class... Args>
[[noreturn]] void reject(const std::filesystem::path& file, fmt::format_string<Args...> message,
                         Args&&... args) {
  fail("checkpoint", file.string() + ": " + fmt::format(message, std::forward<Args>(args)...));
}

/// In the order of the file, n × 1; from F64, F32, F16 or BF16, rounded to Scalar; a count from
/// I64 or I32. Throws Error for any other dtype.
Matrix numbers_in(const std::filesystem::path& file, const Tensor& tensor, bool counts);

}  // namespace evenkeel::checkpoint
