#include "data/parse.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {
namespace {

std::vector<std::string> parts_of(std::string_view text, char border) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(border, begin)) != std::string_view::npos;
       begin = end + 1) {
    parts.emplace_back(text.substr(begin, end - begin));
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text.empty() ? std::vector<std::string>{} : parts_of(text, '\n');
}

std::vector<std::string> cells_of(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return parts_of(line, ',');
}

void Place::fail(std::string_view message) const {
  evenkeel::fail("data", fmt::format("{}, line {}: {}", file.string(), line, message));
}

double number_in(const std::string& cell, const Place& place) {
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  if (cell.empty() || *end != '\0' || !std::isfinite(value)) {
    place.fail(fmt::format("expected a number, got '{}'", cell));
  }
  return value;
}

Index whole_number_in(const std::string& cell, Index most, const Place& place) {
  const double value = number_in(cell, place);
  if (!(value >= 0 && value <= static_cast<double>(most)) || value != std::floor(value)) {
    place.fail(fmt::format("expected a whole number from 0 to {}, got '{}'", most, cell));
  }
  return static_cast<Index>(value);
}

}  // namespace evenkeel
