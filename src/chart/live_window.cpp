#include "evenkeel/chart/live_window.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>

#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "gnuplot_process.hpp"
#include "layout.hpp"
#include "script.hpp"

namespace evenkeel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto between_frames = std::chrono::milliseconds(250);
constexpr std::string_view drawn_sign = "evenkeel drew";

#ifdef MSG_NOSIGNAL
constexpr int send_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
#else
constexpr int send_flags = MSG_DONTWAIT;
#endif

bool has_display() {
#ifdef __APPLE__
  return true;
#else
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
#endif
}

// The window this gnuplot can open, or "" with the problem.
std::string window_terminal(const Drawing& drawing, std::string& problem) {
  const detail::Outcome outcome = detail::run(
      {drawing.gnuplot, "--default-settings", "-e", "print GPVAL_TERMINALS"}, drawing.limit);
  problem = outcome.problem;
  if (!problem.empty()) return "";
  for (const char* terminal : {"qt", "wxt", "x11", "aqua"})
    if ((" " + outcome.output + " ").find(fmt::format(" {} ", terminal)) != std::string::npos)
      return terminal;
  problem = "this gnuplot knows no window (gnuplot-qt or gnuplot-x11 does)";
  return "";
}

}  // namespace

struct LiveWindow::State {
  std::FILE* notes;
  std::string problem;
  std::string terminal;
  detail::Child gnuplot;
  std::string unsent;            // of the frame that is on its way
  std::string said;              // by gnuplot since then
  bool drawing = false;          // until gnuplot says it has drawn the frame
  std::optional<Figure> latest;  // that was skipped
  Clock::time_point last = Clock::now() - between_frames;

  void give_up(std::string why) {
    if (!problem.empty()) return;
    problem = std::move(why);
    detail::end(gnuplot);
    fmt::print(notes, "No live window: {}.\n", problem);
  }

  bool settled() const { return !drawing && !latest; }

  void go_on() {
    send_some();
    if (problem.empty()) look_for_answer();
  }

  void draw(const Figure& figure) {
    const detail::Layout layout = detail::layout_of(figure);
    unsent = detail::window_target(layout, terminal, figure.title) + detail::drawing_of(layout) +
             fmt::format("print '{}'\n", drawn_sign);
    last = Clock::now();
    drawing = true;
    latest.reset();
    send_some();
  }

  // Sends what the socket takes now.
  void send_some() {
    while (!unsent.empty()) {
      const ssize_t sent = send(gnuplot.input, unsent.data(), unsent.size(), send_flags);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) return give_up("gnuplot has ended");
      unsent.erase(0, static_cast<std::size_t>(sent));
    }
  }

  void look_for_answer() {
    if (!detail::read_available(gnuplot, said)) return give_up("gnuplot has ended");
    if (said.find(drawn_sign) == std::string::npos) return;
    said.clear();
    drawing = false;
  }
};

LiveWindow::LiveWindow(const Drawing& drawing, std::FILE* notes)
    : state_(std::make_unique<State>()) {
  state_->notes = notes;
  std::string problem;
  if (!has_display())
    problem = "there is no display (DISPLAY is not set)";
  else
    state_->terminal = window_terminal(drawing, problem);
  if (problem.empty())
    problem = detail::start({drawing.gnuplot, "--default-settings", "--persist"},
                            detail::Input::socket, state_->gnuplot);
  if (!problem.empty()) state_->give_up(problem);
#ifdef SO_NOSIGPIPE
  const int on = 1;
  setsockopt(state_->gnuplot.input, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
}

LiveWindow::~LiveWindow() {
  // The figures skipped at the end of a run matter most: a second for the last one.
  for (int i = 0; i < 100 && open() && !state_->settled(); ++i) {
    usleep(10'000);
    state_->go_on();
    if (open() && state_->latest && !state_->drawing) state_->draw(*state_->latest);
  }
  if (!open()) return;
  const bool settled = state_->settled();
  // gnuplot sees the end of its input, leaves the window open and ends by itself.
  close(state_->gnuplot.input);
  state_->gnuplot.input = -1;
  int status = 0;
  for (int i = 0; i < 100 && settled && !detail::ended(state_->gnuplot, status); ++i)
    usleep(10'000);
  detail::end(state_->gnuplot);
}

void LiveWindow::show(const Figure& figure) {
  if (!open()) return;
  state_->go_on();
  if (!open()) return;
  if (state_->drawing || Clock::now() - state_->last < between_frames)
    state_->latest = figure;
  else
    state_->draw(figure);
}

bool LiveWindow::open() const {
  return state_->problem.empty();
}

const std::string& LiveWindow::problem() const {
  return state_->problem;
}

}  // namespace evenkeel
