#include "evenkeel/chart/live_window.hpp"

#include <cstdlib>
#include <optional>

#include <unistd.h>

#include <fmt/format.h>

#include "gnuplot.hpp"
#include "script.hpp"

namespace evenkeel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto between_frames = std::chrono::milliseconds(250);

bool has_display() {
#ifdef __APPLE__
  return true;
#else
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return true;
  }
  return false;
#endif
}

// The window this gnuplot can open, or "" with the problem.
std::string window_terminal(const Drawing& drawing, std::string& problem) {
  const detail::Outcome outcome = detail::run_gnuplot(drawing, "print GPVAL_TERMINALS\n");
  problem = outcome.problem;
  if (!problem.empty()) return "";
  const std::string known = fmt::format(" {} ", outcome.messages);
  for (const char* terminal : {"qt", "wxt", "x11", "aqua"}) {
    if (known.find(fmt::format(" {} ", terminal)) != std::string::npos) return terminal;
  }
  problem = "this gnuplot knows no window (gnuplot-qt or gnuplot-x11 does)";
  return "";
}

}  // namespace

struct LiveWindow::State {
  std::FILE* notes;
  std::string problem;
  std::string terminal;
  std::unique_ptr<detail::GnuplotSession> gnuplot;
  bool drawing = false;          // until gnuplot says it has drawn the frame
  std::optional<Figure> latest;  // that was skipped
  Clock::time_point last = Clock::now() - between_frames;

  void give_up(std::string why) {
    problem = std::move(why);
    gnuplot.reset();
    fmt::print(notes, "No live window: {}.\n", problem);
  }

  void draw(const Figure& figure) {
    gnuplot->load(detail::window_script(figure, terminal));
    last = Clock::now();
    drawing = true;
    latest.reset();
    look();
  }

  void look() {
    drawing = drawing && !gnuplot->drawn();
    if (gnuplot->ended()) give_up("gnuplot has ended");
  }
};

LiveWindow::LiveWindow(const Drawing& drawing, std::FILE* notes)
    : state_(std::make_unique<State>()) {
  state_->notes = notes;
  std::string problem = "there is no display (DISPLAY is not set)";
  if (has_display()) state_->terminal = window_terminal(drawing, problem);
  if (!state_->terminal.empty()) {
    state_->gnuplot = std::make_unique<detail::GnuplotSession>(drawing);
  } else {
    state_->give_up(problem);
  }
}

LiveWindow::~LiveWindow() {
  // The figures skipped at the end of a run matter most: a second for the last one.
  for (int i = 0; i < 100 && open() && (state_->drawing || state_->latest); ++i) {
    usleep(10'000);
    state_->look();
    if (open() && state_->latest && !state_->drawing) state_->draw(*state_->latest);
  }
}

void LiveWindow::show(const Figure& figure) {
  if (open()) state_->look();
  if (!open()) return;
  if (state_->drawing || Clock::now() - state_->last < between_frames) {
    state_->latest = figure;
  } else {
    state_->draw(figure);
  }
}

bool LiveWindow::open() const {
  return state_->problem.empty();
}

const std::string& LiveWindow::problem() const {
  return state_->problem;
}

}  // namespace evenkeel
