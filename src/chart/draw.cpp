#include "evenkeel/chart/draw.hpp"

#include <cstring>
#include <sstream>

#include <fmt/format.h>
#include <boost/algorithm/string.hpp>

#include "base/text.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/base/file.hpp"
#include "evenkeel/chart/text.hpp"

#include "script.hpp"

namespace evenkeel {
namespace fs = std::filesystem;
namespace {

// A screen reader reads the title of an SVG; gnuplot writes only its own name there.
void name_picture(std::string& svg, const Figure& figure) {
  boost::replace_all(svg, "]]>", "]]&gt;");  // gnuplot leaves > as it is, which XML forbids here
  for (const auto& [tag, words] : {std::pair("title", figure.title), {"desc", figure.subtitle}}) {
    std::string text = printable(words);
    boost::replace_all(text, "&", "&amp;");
    boost::replace_all(text, "<", "&lt;");
    boost::replace_all(text, ">", "&gt;");
    const std::size_t start = svg.find(fmt::format("<{}>", tag)) + std::strlen(tag) + 2;
    svg.replace(start, svg.find("</", start) - start, text);
  }
}

// Title and subtitle, and every line of a drawing that is not empty: nothing wider than `width`.
std::string as_text(const std::string& title, const std::string& subtitle,
                    const std::string& drawing, std::size_t width) {
  std::string text;
  for (const std::string& part : {title, subtitle}) {
    for (const std::string& line : wrap(printable(part), width > 2 ? width - 2 : width)) {
      text += fit("  " + line, width) + "\n";
    }
  }
  std::istringstream lines(drawing);
  for (std::string line; std::getline(lines, line);) {
    boost::erase_all(line, "\f");
    boost::trim_right(line);
    if (!line.empty()) text += fit(line, width) + "\n";
  }
  return text;
}

}  // namespace

std::string Drawing::default_gnuplot() {
  const std::string command = text::environment("EVENKEEL_GNUPLOT");
  return command.empty() ? "gnuplot" : command;
}

ChartResult save(const Figure& figure, const fs::path& directory, const std::string& name,
                 const std::vector<Format>& formats, const Drawing& drawing) {
  if (figure.panels.empty()) fail("figure", "\"" + figure.title + "\" has no panel");
  ChartResult result;
  try {
    for (Format format : formats) {
      const bool svg = format == Format::svg;
      const fs::path path = directory / (name + (svg ? ".svg" : ".png"));
      std::string picture =
          detail::run_gnuplot(drawing, detail::picture_script(figure, format, drawing.size));
      if (picture.rfind(svg ? "</svg>" : "IEND") == std::string::npos) {
        throw Error(fmt::format("{} wrote no complete {}; is the disk full?", drawing.gnuplot,
                                path.filename().string()));
      }
      if (svg) name_picture(picture, figure);
      FileWriter file("chart", path);
      file.write(picture);
      file.commit();
      result.files.push_back(path);
    }
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

ChartResult draw_as_text(const Figure& figure, std::size_t width, const Drawing& drawing) {
  ChartResult result;
  try {
    std::string text = as_text(figure.title, figure.subtitle, "", width);
    for (const Chart& panel : figure.panels) {
      const std::string drawn =
          panel.grid ? detail::cells_as_text(panel, width)
                     : detail::run_gnuplot(drawing, detail::text_script(panel, width));
      text += "\n" + as_text(panel.title, panel.subtitle, drawn, width);
    }
    result.text = text;
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

}  // namespace evenkeel
