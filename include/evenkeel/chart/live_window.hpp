#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/draw.hpp"

namespace evenkeel {

/// A window that follows a run. `show` costs next to nothing and never waits: while gnuplot is
/// still drawing, or within a quarter of a second, a figure is skipped. Without a display, or with
/// a gnuplot that knows no window, it says so once, in one line on `notes`, and does nothing. The
/// window stays open when the program ends.
class LiveWindow {
 public:
  explicit LiveWindow(const Drawing& drawing = {}, std::FILE* notes = stderr);
  ~LiveWindow();

  void show(const Figure& figure);

  bool open() const;
  /// Why there is no window; empty while there is one.
  const std::string& problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace evenkeel
