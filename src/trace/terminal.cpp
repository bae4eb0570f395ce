// The step view on a terminal, by ncurses.

#include <unistd.h>

#include <cstdio>

#include "evenkeel/trace/step.hpp"
#include "trace/step_view.hpp"

#ifdef EVENKEEL_NCURSES
#define NCURSES_NOMACROS
#include <curses.h>

#include <clocale>
#include <map>
#endif

namespace evenkeel {

namespace {

#ifdef EVENKEEL_NCURSES

using namespace step;

// The terminal in the view's hands for as long as this lives.
class Screen {
 public:
  Screen() {
    std::setlocale(LC_CTYPE, "");  // UTF-8, if the terminal speaks it; numbers stay as they are
    initscr();
    cbreak();
    noecho();
    keypad(stdscr, true);
    set_escdelay(25);
    curs_set(0);
    colours_ = has_colors() && start_color() == OK && COLORS >= 256 && COLOR_PAIRS > 9;
    if (!colours_) return;
    use_default_colors();
    // shades −4 … 4 are the pairs 1 … 9: blue, paper, red
    constexpr short grounds[] = {27, 33, 75, 153, -1, 224, 217, 210, 203};
    for (short i = 0; i < 9; ++i) init_pair(i + 1, grounds[i] < 0 ? -1 : 16, grounds[i]);
  }
  ~Screen() { endwin(); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void show(const Page& page) {
    erase();
    for (std::size_t y = 0; y < page.size(); ++y) {
      move(static_cast<int>(y), 0);
      for (const Piece& piece : page[y]) {
        attrset(attributes_of(piece));
        addstr(piece.text.c_str());
      }
    }
    attrset(A_NORMAL);
    refresh();
  }

  /// The rest of a command whose first key was `start`, typed in the last row; "" for Escape.
  std::string prompt(const std::string& start) {
    std::string text = start;
    curs_set(1);
    for (;;) {
      mvaddstr(LINES - 1, 0, text.c_str());
      clrtoeol();
      refresh();
      const int key = getch();
      if (key == '\n' || key == KEY_ENTER) break;
      if (key == 27) text.clear();
      if (key == KEY_BACKSPACE || key == 127) {
        while (!text.empty() && (text.back() & 0xC0) == 0x80) text.pop_back();  // UTF-8's rest
        if (!text.empty()) text.pop_back();
      }
      if (text.size() < start.size()) break;
      if (key >= ' ' && key < 256 && key != 127) text += static_cast<char>(key);
    }
    curs_set(0);
    return text.size() < start.size() ? "" : text;
  }

 private:
  attr_t attributes_of(const Piece& piece) const {
    if (piece.ink == Ink::plain) return A_NORMAL;
    if (piece.ink == Ink::dim) return A_DIM;
    if (piece.ink == Ink::title) return A_BOLD;
    if (piece.ink == Ink::mark) return A_REVERSE;
    if (colours_) return COLOR_PAIR(piece.shade + 5);  // a cell
    const int size = std::abs(piece.shade);
    return size >= 3 ? A_BOLD : size >= 1 ? A_NORMAL : A_DIM;
  }

  bool colours_ = false;
};

std::string command_of(int key, Screen& screen) {
  static const std::map<int, std::string> commands = {
      {'\n', "next"},     {' ', "next"},           {KEY_ENTER, "next"}, {KEY_RIGHT, "next"},
      {KEY_LEFT, "back"}, {KEY_BACKSPACE, "back"}, {KEY_HOME, "first"}, {KEY_END, "last"},
      {KEY_UP, "up"},     {KEY_DOWN, "down"},
  };
  if (key == '/' || key == 'p') return screen.prompt(std::string(1, static_cast<char>(key)));
  if (const auto found = commands.find(key); found != commands.end()) return found->second;
  return key > ' ' && key < 127 ? std::string(1, static_cast<char>(key)) : "";
}

Stepped step_on_screen(const Trace& trace) {
  View view(trace);
  Screen screen;
  for (;;) {
    screen.show(view.page(static_cast<std::size_t>(COLS), static_cast<std::size_t>(LINES)));
    const int key = getch();
    if (key == 'q' || key == ERR) return Stepped::ended;
    if (key == 'n') return Stepped::go_on;
    const std::string command = command_of(key, screen);  // none: a resize, an unknown key
    if (!command.empty()) view.command(command);
  }
}

#endif

}  // namespace

Stepped step_through(const Trace& trace) {
#ifdef EVENKEEL_NCURSES
  const char* terminal = std::getenv("TERM");
  const bool interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  if (interactive && terminal && std::string_view(terminal) != "dumb") return step_on_screen(trace);
#endif
  std::fputs(steps_as_text(trace).c_str(), stdout);
  return Stepped::printed;
}

Stepped step_through(const Tape& tape, std::string title) {
  return step_through(trace_of(tape, std::move(title)));
}

}  // namespace evenkeel
