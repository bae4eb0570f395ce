#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "layout.hpp"
#include "script_writer.hpp"

namespace evenkeel::detail {

// Writes one figure. gnuplot counts from the bottom left corner and in shares of the picture.
class FigureScript {
 public:
  explicit FigureScript(const Layout& layout) : layout_(layout) {}

  std::string text() {
    out_.command("set encoding utf8");
    if (layout_.panels.size() > 1) out_.command("set multiplot");
    for (const Panel& panel : layout_.panels) draw(panel);
    if (layout_.panels.size() > 1) out_.command("unset multiplot");
    return out_.text();
  }

 private:
  void draw(const Panel& panel);
  void frame(const Panel& panel);
  void axis(const char* name, const Scale& scale, bool cells);
  void write(const Text& text);
  void legend(const LegendEntry& entry);

  void curves(const Panel& panel);
  void uprights(const Panel& panel);
  void bands(const Panel& panel);
  void histograms(const Panel& panel);
  void series(const Panel& panel);
  void marks(const Panel& panel);
  void heat(const Panel& panel);
  void colour_bar(const Panel& panel, const Scale& scale);
  void tiles(const Panel& panel);
  void image(const Panel& panel);

  std::string at(double x, double y) const {
    return fmt::format("screen {:.5f},{:.5f}", x / layout_.width, 1 - y / layout_.height);
  }
  std::string new_name(const char* kind) { return fmt::format("{}_{}", kind, ++blocks_); }
  void plot(std::string element) { elements_.push_back(std::move(element)); }

  const Layout& layout_;
  ScriptWriter out_;
  int blocks_ = 0;
  std::vector<std::string> elements_;  // of the plot command that is being put together
};

}  // namespace evenkeel::detail
