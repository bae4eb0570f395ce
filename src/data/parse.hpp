#pragma once
// Tables of numbers in text.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

std::vector<std::string> lines_of(std::string_view text);
std::vector<std::string> cells_of(std::string_view line);

/// Where an error is: "FILE, line 7: ".
struct Place {
  std::filesystem::path file;
  Index line = 0;

  [[noreturn]] void fail(std::string_view message) const;
};

/// A finite number. Throws with the place.
double number_in(const std::string& cell, const Place& place);
/// A whole number from 0 to `most`. Throws with the place.
Index whole_number_in(const std::string& cell, Index most, const Place& place);

}  // namespace evenkeel
