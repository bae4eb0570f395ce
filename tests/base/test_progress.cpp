#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>

#include <unistd.h>

#include "evenkeel/base/progress.hpp"
#include "evenkeel/base/terminal.hpp"

#include "chart/support.hpp"

using namespace evenkeel;

namespace {

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

BOOST_AUTO_TEST_SUITE(base)
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

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
