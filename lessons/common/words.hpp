#pragma once
// Words and numbers in what a person typed or a file holds, the same in every locale; and commands
// as a person can type them.

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel::lesson {

inline std::vector<std::string> split(std::string_view text, char border) {
  std::vector<std::string> words(1);
  for (char c : text) {
    if (c == border)
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

/// The whole word as a number; nothing where it is none.
template <class Number>
std::optional<Number> number_of(std::string_view word) {
  Number number = 0;
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || rest != end) return {};
  return number;
}

/// As one word of a shell's command line; within quotes where a shell would take it for more.
std::string shell_word(const std::string& text);
/// The command that repeats a run: "lessons/run 01 --seeds 20".
std::string command_of(const std::string& lesson, int argc, const char* const argv[],
                       std::size_t processes);

}  // namespace evenkeel::lesson
