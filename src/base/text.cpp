#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <cstdlib>
#include <iterator>

namespace evenkeel::text {

using Utf8 = boost::locale::utf::utf_traits<char>;

char32_t next_character(std::string_view utf8, std::size_t& at) {
  const char* place = utf8.data() + at;
  const boost::locale::utf::code_point character = Utf8::decode(place, utf8.data() + utf8.size());
  if (!boost::locale::utf::is_valid_codepoint(character)) return broken;
  at = static_cast<std::size_t>(place - utf8.data());
  return character;
}

void append(std::string& utf8, char32_t character) {
  Utf8::encode(character, std::back_inserter(utf8));
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string with_commas(std::string number) {
  const std::size_t first = number[0] == '-' ? 1 : 0;
  const std::size_t point = std::min(number.find('.'), number.size());
  for (std::size_t i = point; i > first + 3; i -= 3) number.insert(i - 3, 1, ',');
  return number;
}

std::string in_quotes(std::string_view text) {
  return fmt::format("{:?}{}", text.substr(0, 100), text.size() > 100 ? "…" : "");
}

}  // namespace evenkeel::text
