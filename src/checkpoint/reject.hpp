#pragma once

#include <fmt/format.h>

#include <filesystem>

#include "evenkeel/core/shape.hpp"

namespace evenkeel::checkpoint {

/// Throws Error "[checkpoint] FILE: message".
template <class... Args>
[[noreturn]] void reject(const std::filesystem::path& file, fmt::format_string<Args...> message,
                         Args&&... args) {
  fail("checkpoint", file.string() + ": " + fmt::format(message, std::forward<Args>(args)...));
}

}  // namespace evenkeel::checkpoint
