#include "evenkeel/chart/terminal.hpp"

#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace evenkeel {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::size_t width_of(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const long columns = std::strtol(std::string(environment("COLUMNS")).c_str(), nullptr, 10);
  return columns > 0 ? static_cast<std::size_t>(columns) : 80;
}

}  // namespace

Terminal terminal_of(std::FILE* stream) {
  const int descriptor = fileno(stream);
  Terminal terminal;
  terminal.limited = isatty(descriptor) == 1;
  terminal.width = width_of(descriptor);
  const std::string_view kind = environment("TERM");
  terminal.redraws = terminal.limited && !kind.empty() && kind != "dumb";
  terminal.colour = terminal.redraws && environment("NO_COLOR").empty();
  return terminal;
}

std::string paint(std::string_view text, Paint how, const Terminal& terminal) {
  if (!terminal.colour) return std::string(text);
  const int code = how == Paint::green ? 32 : how == Paint::red ? 31 : how == Paint::dim ? 2 : 1;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace evenkeel
