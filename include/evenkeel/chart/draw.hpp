#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"

/// \file
/// Charts are drawn by gnuplot, in a process of its own. If gnuplot is absent, fails or hangs, the
/// program goes on and the result says why there is no picture: write the numbers as CSV first.
namespace evenkeel {

enum class Format {
  svg,  ///< for pages
  png,  ///< for slides: twice the pixels
};

/// How large letters and lines are within a picture.
enum class Size { page, projector };

/// Which gnuplot, how long it may take for one picture before it is ended, and the size.
struct Drawing {
  std::string gnuplot = default_gnuplot();
  std::chrono::milliseconds limit = std::chrono::seconds(20);
  Size size = Size::page;

  /// EVENKEEL_GNUPLOT from the environment, or "gnuplot".
  static std::string default_gnuplot();
};

/// What came of drawing.
struct ChartResult {
  std::vector<std::filesystem::path> files;  ///< the pictures that are there now
  std::string text;                          ///< what draw_as_text drew
  std::string problem;                       ///< one line; empty if everything was drawn

  bool drawn() const { return problem.empty(); }
};

/// Draws `directory`/`name`.svg and so on; the directory must be there. Each file is complete or,
/// after a problem, as it was before. Throws Error if the figure has no panel.
ChartResult save(const Figure& figure, const std::filesystem::path& directory,
                 const std::string& name,
                 const std::vector<Format>& formats = {Format::svg, Format::png},
                 const Drawing& drawing = {});

/// Draws the figure in letters, at most `width` columns wide: its panels one below the other.
ChartResult draw_as_text(const Figure& figure, std::size_t width, const Drawing& drawing = {});

/// A window that follows a run. `show` costs next to nothing and never waits: while gnuplot is
/// still drawing, or within a quarter of a second, a figure is skipped. Without a display, or with
/// a gnuplot that knows no window, it says so once, in one line on `notes`, and does nothing. The
/// window stays open when the program ends.
class LiveWindow {
 public:
  explicit LiveWindow(const Drawing& drawing = {}, std::FILE* notes = stderr);
  ~LiveWindow();

  void show(const Figure& figure);

  bool open() const { return window_ != nullptr; }

 private:
  struct Window;
  void give_up(const char* why);

  std::FILE* notes_;
  std::unique_ptr<Window> window_;
};

}  // namespace evenkeel
