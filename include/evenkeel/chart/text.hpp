#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Text measured in columns of a terminal, not in bytes: "σ" is two bytes and one column.
namespace evenkeel {

/// `text` as one line of valid UTF-8: control characters become spaces, bytes that are no UTF-8
/// "?".
std::string printable(std::string_view text);

/// Columns that UTF-8 `text` takes in a terminal: combining marks take none, CJK signs take two.
std::size_t display_width(std::string_view text);

/// `text`, cut to at most `columns` columns; what is cut ends in "…".
std::string fit(std::string_view text, std::size_t columns);

/// `text` with spaces after it (or before it) up to `columns` columns; never cut.
std::string pad_right(std::string_view text, std::size_t columns);
std::string pad_left(std::string_view text, std::size_t columns);

/// `text` broken at spaces into lines of at most `columns` columns; a longer word is cut.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

}  // namespace evenkeel
