#pragma once
// What is done with text in more than one module.

#include <charconv>
#include <string>
#include <string_view>

namespace evenkeel::text {

/// No character of UTF-8.
inline constexpr char32_t broken = 0xFFFFFFFF;

/// The text without the byte order mark that some programs put in front of UTF-8.
inline std::string_view without_mark(std::string_view utf8) {
  return utf8.substr(utf8.starts_with("\xEF\xBB\xBF") ? 3 : 0);
}

/// The character at `at`, which moves behind it; `broken`, and `at` stays, where the bytes there
/// are no UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF).
char32_t next_character(std::string_view utf8, std::size_t& at);

/// Adds the character as UTF-8.
void append(std::string& utf8, char32_t character);

/// A variable of the environment; "" where it is not set.
std::string environment(const char* name);

/// "12345.6" as "12,345.6"
std::string with_commas(std::string number);

/// The text in double quotes, on one line: what would break it or is not printable is escaped, and
/// what is longer than 100 bytes is cut.
std::string in_quotes(std::string_view text);

/// Whether the whole text is a number, in any locale, which is then in `number`.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end;
}

}  // namespace evenkeel::text
