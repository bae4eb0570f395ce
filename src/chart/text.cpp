#include "evenkeel/chart/text.hpp"

#include <cstdint>

namespace evenkeel {
namespace {

// One code point of UTF-8 and the bytes it took; a stray byte stands for itself.
struct CodePoint {
  std::uint32_t value;
  std::size_t bytes;
};

CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t bytes = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes == 1 || bytes > text.size()) return {lead, 1};
  std::uint32_t value = lead & (0xFF >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) value = value << 6 | (byte(i) & 0x3F);
  return {value, bytes};
}

std::size_t columns_of(std::uint32_t code_point) {
  const auto within = [code_point](std::uint32_t low, std::uint32_t high) {
    return low <= code_point && code_point <= high;
  };
  // Combining marks (the hat of x̂), zero-width signs, control characters.
  if (within(0x0300, 0x036F) || within(0x200B, 0x200F) || within(0xFE00, 0xFE0F) ||
      within(0x20D0, 0x20FF) || code_point < 0x20)
    return 0;
  if (within(0x1100, 0x115F) || within(0x2E80, 0xA4CF) || within(0xAC00, 0xD7A3) ||
      within(0xF900, 0xFAFF) || within(0xFF00, 0xFF60) || within(0x1F300, 0x1FAFF))
    return 2;
  return 1;
}

// The longest start of `text` that takes at most `columns` columns.
std::string_view head(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0, used = 0;
  while (bytes < text.size()) {
    const CodePoint next = first_code_point(text.substr(bytes));
    if (used + columns_of(next.value) > columns) break;
    used += columns_of(next.value);
    bytes += next.bytes;
  }
  return text.substr(0, bytes);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    const std::uint32_t least = next.bytes < 3 ? 0x80 : next.bytes == 3 ? 0x800 : 0x10000;
    bool valid = next.bytes > 1 ? next.value >= least : next.value < 0x80;
    for (std::size_t i = 1; i < next.bytes; ++i) valid = valid && (text[i] & 0xC0) == 0x80;
    // Surrogates and what XML knows no character for.
    valid = valid && (next.value < 0xD800 || next.value > 0xDFFF) && next.value != 0xFFFE &&
            next.value != 0xFFFF && next.value <= 0x10FFFF;
    const bool control = next.value < 0x20 || (next.value >= 0x7F && next.value < 0xA0);
    if (!valid) {
      result += '?';
    } else {
      result += control ? " " : std::string(text.substr(0, next.bytes));
    }
    text.remove_prefix(valid ? next.bytes : 1);
  }
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    columns += columns_of(next.value);
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  return std::string(head(text, columns - 1)) + "…";
}

std::string pad_right(std::string_view text, std::size_t columns) {
  const std::size_t used = display_width(text);
  return std::string(text) + std::string(used < columns ? columns - used : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t columns) {
  const std::size_t used = display_width(text);
  return std::string(used < columns ? columns - used : 0, ' ') + std::string(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word = fit(text.substr(0, end), columns);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const bool fits =
        !lines.empty() && display_width(lines.back()) + 1 + display_width(word) <= columns;
    if (fits)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

}  // namespace evenkeel
