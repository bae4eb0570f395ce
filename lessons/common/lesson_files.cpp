// What a lesson writes and draws.

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/file.hpp"
#include "evenkeel/base/terminal.hpp"
#include "evenkeel/chart/draw.hpp"
#include "lesson.hpp"

namespace evenkeel::lesson {

void Lesson::wrote(const std::string& file) {
  if (std::ranges::count(files_, file) == 0) files_.push_back(file);
}

void Lesson::file(const std::string& name, std::string_view text) {
  if (!processes_->is_first()) return;
  FileWriter writer("lesson", folder_ / name);
  writer.write(text);
  writer.commit();
  wrote(name);
}

namespace {

bool has_band(const Figure& figure) {
  for (const Chart& panel : figure.panels)
    if (std::ranges::count(panel.series, Chart::Kind::band, &Chart::Series::kind) > 0) return true;
  return false;
}

}  // namespace

void Lesson::chart(Figure figure, const std::string& name) {
  if (figure.subtitle.empty()) figure.subtitle = has_band(figure) ? setting() : setting_;
  for (Chart& panel : figure.panels) {
    if (panel.title == panel.y.label) panel.y.label.clear();
  }
  drawn_.emplace_back(name, figure);
  if (!processes_->is_first()) return;
  const std::string csv = name + ".csv";
  if (std::ranges::count(files_, csv) == 0 && write_figure(folder_ / csv, figure)) wrote(csv);
  if (charts_ == "none" || !problem_.empty()) return;  // a gnuplot that hangs is waited for once
  Drawing drawing;
  if (charts_ == "projector") drawing.size = Size::projector;
  const ChartResult result = save(figure, folder_, name, {Format::svg, Format::png}, drawing);
  for (const std::filesystem::path& file : result.files) wrote(file.filename().string());
  if (!result.drawn()) problem_ = result.problem;
  if (charts_ == "terminal") {
    const ChartResult drawn = draw_as_text(figure, terminal_of(stdout).width);
    fmt::print("\n{}", drawn.text);
    if (!drawn.drawn()) problem_ = drawn.problem;
  }
}

void Lesson::say_there_is_no_live_figure() {
  if (live_ && !lived_) fmt::print(stderr, "{}: this lesson has no live figure\n", name_);
  lived_ = true;
}

void Lesson::live(const std::function<Figure()>& make) {
  lived_ = true;
  if (!window_) return;
  if (window_->open()) return window_->show(make());
  // In letters, once a second, where the terminal can be redrawn.
  const Terminal terminal = terminal_of(stdout);
  const auto now = std::chrono::steady_clock::now();
  if (!terminal.redraws || now - drawn_live_ < std::chrono::seconds(1)) return;
  drawn_live_ = now;
  fmt::print("\x1b[2J\x1b[H{}", draw_as_text(make(), terminal.width).text);
}

}  // namespace evenkeel::lesson
