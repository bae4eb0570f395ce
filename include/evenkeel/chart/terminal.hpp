#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace evenkeel {

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

enum class Paint { green, red, dim, bold };

/// `text` in a colour where the terminal has colour, `text` itself where not. Never let the colour
/// be the only sign: write ✓ and ✗ as well.
std::string paint(std::string_view text, Paint how, const Terminal& terminal);

}  // namespace evenkeel
