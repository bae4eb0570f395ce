#pragma once

#include <cstddef>
#include <cstdio>
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

/// What stands at the other end of a stream.
struct Terminal {
  bool redraws = false;    ///< a terminal that understands escape codes; never in a pipe
  bool colour = false;     ///< the same, and nobody set NO_COLOR
  std::size_t width = 80;  ///< columns; 80 where nobody says
  bool limited = false;    ///< whether `width` is a limit: a pipe has none
};

/// Looks at `stream`, and at NO_COLOR, TERM (where "dumb" takes neither colour nor redraws) and,
/// if the terminal does not tell its width, COLUMNS.
Terminal terminal_of(std::FILE* stream = stdout);

enum class Paint { green, red, dim };

/// `text` in a colour where the terminal has colour, `text` itself where not. Never let the colour
/// be the only sign: write ✓ and ✗ as well.
std::string paint(std::string_view text, Paint how, const Terminal& terminal);

}  // namespace evenkeel
