#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "evenkeel/chart/progress.hpp"
#include "evenkeel/chart/text.hpp"

#include "support.hpp"

using namespace evenkeel;

namespace {

// A real terminal without a person at it.
class FakeTerminal {
 public:
  explicit FakeTerminal(unsigned short width) : keeper_(posix_openpt(O_RDWR | O_NOCTTY)) {
    if (keeper_ < 0 || grantpt(keeper_) != 0 || unlockpt(keeper_) != 0)
      throw std::runtime_error("no pseudo terminal");
    stream_ = std::fopen(ptsname(keeper_), "w");
    const winsize size{24, width, 0, 0};
    ioctl(keeper_, TIOCSWINSZ, &size);
  }
  ~FakeTerminal() {
    std::fclose(stream_);
    close(keeper_);
  }
  std::FILE* stream() { return stream_; }

 private:
  int keeper_;
  std::FILE* stream_;
};

// What a run of 200 steps, one a second, writes.
std::string run_of(const Terminal& terminal, std::size_t steps) {
  Capture out;
  double now = 100;
  Progress progress("iter", 200, out.file(), terminal, [&] { return now; });
  for (std::size_t step = 1; step <= steps; ++step) {
    now += 1;
    progress.update(step, "train 1.84");
  }
  progress.finish();
  return out.text();
}

std::string last_redraw(const std::string& text) {
  return text.substr(text.rfind('\r') + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chart)
BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_pipe_gets_plain_lines_now_and_then) {
  const std::string text = run_of({}, 100);
  BOOST_TEST(!contains(text, "\x1b"));
  BOOST_TEST(!contains(text, "\r"));
  BOOST_TEST(!contains(text, "━"));
  const std::vector<std::string> lines = lines_of(text);
  BOOST_TEST(lines.size() == 11u);  // every ten seconds, and one at the end
  BOOST_TEST(lines[0] == "  iter 10/200  3:10 left  train 1.84");
  BOOST_TEST(lines.back() == "  iter 100/200  in 1:40  train 1.84");
}

BOOST_AUTO_TEST_CASE(a_terminal_sees_a_bar_redrawn_in_place) {
  Terminal terminal;
  terminal.redraws = true;
  const std::string text = run_of(terminal, 101);
  BOOST_TEST(lines_of(text).size() == 1u);
  BOOST_TEST(contains(text, "\r  iter 101/200 ━━━━━━━━━━━━━━━─"));
  BOOST_TEST(contains(text, "1:39 left"));
  BOOST_TEST(contains(text, "╸"));
  BOOST_TEST(contains(last_redraw(text), "in 1:41"));
}

BOOST_AUTO_TEST_CASE(no_redraw_is_wider_than_the_terminal) {
  Terminal terminal;
  terminal.redraws = true;
  for (std::size_t width = 1; width < 80; ++width) {
    terminal.width = width;
    std::string line = last_redraw(run_of(terminal, 50));
    line.resize(line.find("\x1b"));
    BOOST_TEST(display_width(line) <= std::max<std::size_t>(width - 1, 1));
  }
}

BOOST_AUTO_TEST_CASE(a_narrow_terminal_still_sees_the_time_left) {
  Terminal terminal;
  terminal.redraws = true;
  terminal.width = 30;  // the whole line has 33 columns without a bar
  BOOST_TEST(contains(run_of(terminal, 50), "\r  iter 50/200  2:30 left  tr…\x1b"));
}

BOOST_AUTO_TEST_CASE(redraws_are_limited_in_number) {
  Capture out;
  double now = 0;
  Terminal terminal;
  terminal.redraws = true;
  Progress progress("iter", 1000, out.file(), terminal, [&] { return now; });
  for (std::size_t step = 1; step <= 1000; ++step) {
    now += 0.001;
    progress.update(step);
  }
  const std::string text = out.text();
  const auto redraws = std::count(text.begin(), text.end(), '\r');
  BOOST_TEST(redraws >= 9);
  BOOST_TEST(redraws <= 11);
}

BOOST_AUTO_TEST_CASE(nothing_to_do_is_no_division_by_zero) {
  Capture out;
  Terminal terminal;
  terminal.redraws = true;
  Progress("files", 0, out.file(), terminal, [] { return 0.0; }).finish();
  BOOST_TEST(contains(out.text(), "files 0/0 ━━━"));
}

BOOST_AUTO_TEST_CASE(a_closed_terminal_is_no_reason_to_throw) {
  int ends[2];
  BOOST_TEST_REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::FILE* closed = fdopen(ends[1], "w");
  std::setvbuf(closed, nullptr, _IONBF, 0);
  {
    Progress progress("iter", 10, closed, Terminal{.redraws = true}, [] { return 0.0; });
    progress.update(5);
  }
  std::fclose(closed);
  std::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_CASE(a_pipe_has_neither_colour_nor_a_limit) {
  Environment term("TERM", "xterm"), no_color("NO_COLOR", std::nullopt);
  Capture out;
  const Terminal terminal = terminal_of(out.file());
  BOOST_TEST(!terminal.redraws);
  BOOST_TEST(!terminal.colour);
  BOOST_TEST(!terminal.limited);
  BOOST_TEST(paint("✓", Paint::green, terminal) == "✓");
}

BOOST_AUTO_TEST_CASE(a_terminal_tells_its_width_and_what_it_can) {
  FakeTerminal fake(43);
  Environment term("TERM", "xterm"), no_color("NO_COLOR", std::nullopt);
  const Terminal terminal = terminal_of(fake.stream());
  BOOST_TEST(terminal.width == 43u);
  BOOST_TEST(terminal.limited);
  BOOST_TEST(terminal.redraws);
  BOOST_TEST(terminal.colour);
  BOOST_TEST(paint("✓", Paint::green, terminal) == "\x1b[32m✓\x1b[0m");
}

BOOST_AUTO_TEST_CASE(no_color_and_dumb_terminals_are_respected) {
  FakeTerminal fake(80);
  Environment term("TERM", "xterm"), no_color("NO_COLOR", "1");
  BOOST_TEST(!terminal_of(fake.stream()).colour);
  BOOST_TEST(terminal_of(fake.stream()).redraws);
  Environment dumb("TERM", "dumb"), colour("NO_COLOR", std::nullopt);
  BOOST_TEST(!terminal_of(fake.stream()).colour);
  BOOST_TEST(!terminal_of(fake.stream()).redraws);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
