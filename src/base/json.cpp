#include "evenkeel/base/json.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"

namespace evenkeel {

std::string to_json(std::string_view text) {
  std::string quoted = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t character = text::next_character(text, at);
    if (character == text::broken) {
      quoted += "\uFFFD";
      ++at;
    } else if (character < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
    } else {
      if (character == '"' || character == '\\') quoted += '\\';
      quoted += text.substr(start, at - start);
    }
  }
  return quoted + '"';
}

std::string to_json(double number) {
  return std::isfinite(number) ? fmt::format("{}", number) : "null";
}

}  // namespace evenkeel
