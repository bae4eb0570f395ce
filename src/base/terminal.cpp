#include "evenkeel/base/terminal.hpp"

#include <algorithm>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <boost/algorithm/string.hpp>

#include "base/text.hpp"

namespace evenkeel {
namespace {

std::size_t columns_of(char32_t code_point) {
  const auto within = [code_point](char32_t low, char32_t high) {
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

std::size_t width_of(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const long columns = std::atol(text::environment("COLUMNS").c_str());
  return columns > 0 ? static_cast<std::size_t>(columns) : 80;
}

// The next character; a byte that is no UTF-8 stands for itself.
char32_t next(std::string_view text, std::size_t& at) {
  const char32_t character = text::next_character(text, at);
  at += character == text::broken;
  return character;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t character = next(text, at);
    const bool control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    const bool not_in_xml = character == 0xFFFE || character == 0xFFFF;
    result += character == text::broken || not_in_xml ? "?"
              : control                               ? " "
                                                      : text.substr(start, at - start);
  }
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    columns += columns_of(next(text, at));
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::size_t end = 0, used = 0;
  for (std::size_t at = 0; used < columns;) {
    used += columns_of(next(text, at));
    if (used < columns) end = at;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string pad_right(std::string_view text, std::size_t columns) {
  return fmt::format("{}{:{}}", text, "", columns - std::min(columns, display_width(text)));
}

std::string pad_left(std::string_view text, std::size_t columns) {
  return fmt::format("{:{}}{}", "", columns - std::min(columns, display_width(text)), text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> words, lines;
  boost::split(words, text, boost::is_any_of(" "));
  for (std::string& word : words) {
    word = fit(word, columns);
    if (word.empty()) continue;
    if (!lines.empty() && display_width(lines.back()) + 1 + display_width(word) <= columns) {
      lines.back() += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

Terminal terminal_of(std::FILE* stream) {
  const int descriptor = fileno(stream);
  Terminal terminal;
  terminal.limited = isatty(descriptor) == 1;
  terminal.width = width_of(descriptor);
  const std::string kind = text::environment("TERM");
  terminal.redraws = terminal.limited && !kind.empty() && kind != "dumb";
  terminal.colour = terminal.redraws && text::environment("NO_COLOR").empty();
  return terminal;
}

std::string paint(std::string_view text, Paint how, const Terminal& terminal) {
  if (!terminal.colour) return std::string(text);
  const int code = how == Paint::green ? 32 : how == Paint::red ? 31 : 2;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace evenkeel
