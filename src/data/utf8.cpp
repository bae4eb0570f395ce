#include "data/utf8.hpp"

#include <fmt/format.h>

#include "evenkeel/core/shape.hpp"

namespace evenkeel::utf8 {

namespace {

struct Form {
  int length;         // in bytes
  char32_t bits;      // of the first byte
  char32_t smallest;  // that needs this length
};

Form form_of(unsigned char first) {
  if (first < 0x80) return {1, first, 0};
  if (first >= 0xC0 && first < 0xE0) return {2, first & 0x1Fu, 0x80};
  if (first >= 0xE0 && first < 0xF0) return {3, first & 0x0Fu, 0x800};
  if (first >= 0xF0 && first < 0xF8) return {4, first & 0x07u, 0x10000};
  return {0, 0, 0};
}

bool is_character(char32_t c) {
  const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
  return c <= 0x10FFFF && !surrogate;
}

// The character at `at`, which moves behind it; false when there is none.
bool next(std::string_view bytes, std::size_t& at, char32_t& character) {
  const Form form = form_of(static_cast<unsigned char>(bytes[at]));
  const auto length = static_cast<std::size_t>(form.length);
  if (length == 0 || bytes.size() - at < length) return false;
  character = form.bits;
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + i]);
    if (byte < 0x80 || byte >= 0xC0) return false;
    character = character << 6 | (byte & 0x3Fu);
  }
  if (character < form.smallest || !is_character(character)) return false;
  at += length;
  return true;
}

}  // namespace

std::u32string decode(std::string_view bytes, std::string_view name) {
  std::u32string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    char32_t character = 0;
    if (!next(bytes, at, character)) {
      fail("text", fmt::format("{} is no UTF-8 text: byte {} (0x{:02X}) begins no character", name,
                               at, static_cast<unsigned char>(bytes[at])));
    }
    text.push_back(character);
  }
  return text;
}

void append(std::string& bytes, char32_t c) {
  const auto add = [&](char32_t byte) { bytes.push_back(static_cast<char>(byte)); };
  const auto continued = [&](int shift) { add(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0 | c >> 6);
    continued(0);
  } else if (c < 0x10000) {
    add(0xE0 | c >> 12);
    continued(6);
    continued(0);
  } else {
    add(0xF0 | c >> 18);
    continued(12);
    continued(6);
    continued(0);
  }
}

}  // namespace evenkeel::utf8
