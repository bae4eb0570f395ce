#include <boost/test/unit_test.hpp>

#include <cstdlib>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "evenkeel/base/terminal.hpp"

#include "chart/support.hpp"

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

}  // namespace

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(terminal)

BOOST_AUTO_TEST_CASE(width_counts_columns_and_not_bytes) {
  BOOST_TEST(display_width("σ of γ") == 6u);
  BOOST_TEST(display_width("x̂") == 1u);  // a combining hat
  BOOST_TEST(display_width("均值") == 4u);
  BOOST_TEST(display_width("\xff") == 1u);  // no UTF-8 at all: no crash, one column
  BOOST_TEST(display_width("a\xe2") == 2u);
}

BOOST_AUTO_TEST_CASE(text_is_cut_and_wrapped_by_columns) {
  BOOST_TEST(fit("σσσσ", 4) == "σσσσ");
  BOOST_TEST(fit("σσσσ", 3) == "σσ…");
  BOOST_TEST(fit("abc", 0) == "");
  BOOST_TEST(fit("均值均", 4) == "均…");
  BOOST_TEST(pad_left("σ", 3) == "  σ");
  BOOST_TEST(pad_right("σ", 3) == "σ  ");
  const std::vector<std::string> lines = wrap("one two  verylongword x", 7);
  const std::vector<std::string> expected = {"one two", "verylo…", "x"};
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
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
