#include "evenkeel/chart/draw.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/file.hpp"
#include "evenkeel/chart/text.hpp"

#include "gnuplot.hpp"
#include "script.hpp"

namespace evenkeel {
namespace fs = std::filesystem;
namespace {

bool complete(const std::string& picture, Format format) {
  const std::string_view last = format == Format::svg ? "</svg>" : "IEND";
  const std::size_t tail = picture.size() > 64 ? picture.size() - 64 : 0;
  return picture.find(last, tail) != std::string::npos;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string as_xml(const std::string& text) {
  std::string result = printable(text);
  replace_all(result, "&", "&amp;");
  replace_all(result, "<", "&lt;");
  replace_all(result, ">", "&gt;");
  return result;
}

// A screen reader reads the title of an SVG; gnuplot writes only its own name there.
void name_picture(std::string& svg, const Figure& figure) {
  replace_all(svg, "]]>", "]]&gt;");  // gnuplot leaves > as it is, which XML forbids here
  replace_all(svg, "<title>Gnuplot</title>", "<title>" + as_xml(figure.title) + "</title>");
  const std::size_t start = svg.find("<desc>"), end = svg.find("</desc>");
  if (start < end && end != std::string::npos) {
    svg.replace(start + 6, end - start - 6, as_xml(figure.subtitle));
  }
}

void write_whole(const fs::path& path, const std::string& text) {
  FileWriter file("chart", path);
  file.write(text);
  file.commit();
}

void write_script(const Figure& figure, const fs::path& path, Size size) {
  const std::string name = printable(path.stem().string());
  write_whole(path, fmt::format("# {0}\n# `gnuplot {1}.gp > {1}.svg` draws it again.\n{2}",
                                printable(figure.title), name,
                                detail::picture_script(figure, Format::svg, size)));
}

// Lets gnuplot draw one picture. Returns the problem, or "".
std::string draw_picture(const Figure& figure, const fs::path& path, Format format,
                         const Drawing& drawing) {
  detail::Outcome drawn =
      detail::run_gnuplot(drawing, detail::picture_script(figure, format, drawing.size));
  if (!drawn.problem.empty()) return drawn.problem;
  if (!complete(drawn.picture, format)) {
    return fmt::format("{} wrote no complete {}; is the disk full?", drawing.gnuplot,
                       path.filename().string());
  }
  if (format == Format::svg) name_picture(drawn.picture, figure);
  write_whole(path, drawn.picture);
  return "";
}

std::string heading_as_text(const std::string& title, const std::string& subtitle,
                            std::size_t width) {
  std::string text;
  for (const std::string& part : {title, subtitle}) {
    for (const std::string& line : wrap(printable(part), width > 2 ? width - 2 : width)) {
      text += fit("  " + line, width) + "\n";
    }
  }
  return text;
}

// What gnuplot drew, without form feeds and empty lines.
std::string lines_as_text(const std::string& drawn, std::size_t width) {
  std::string text;
  for (std::size_t start = 0, end; start < drawn.size(); start = end + 1) {
    end = std::min(drawn.find('\n', start), drawn.size());
    std::string line = drawn.substr(start, end - start);
    std::erase(line, '\f');
    line.erase(line.find_last_not_of(" \t") + 1);
    if (!line.empty()) text += fit(line, width) + "\n";
  }
  return text;
}

}  // namespace

std::string Drawing::default_gnuplot() {
  const char* command = std::getenv("EVENKEEL_GNUPLOT");
  return command == nullptr || *command == '\0' ? "gnuplot" : command;
}

ChartResult save(const Figure& figure, const fs::path& directory, const std::string& name,
                 const std::vector<Format>& formats, const Drawing& drawing) {
  if (figure.panels.empty()) fail("figure", "\"" + figure.title + "\" has no panel");
  ChartResult result;
  const auto is_script = [](Format format) { return format == Format::script; };
  try {
    // The script first: it is there even where gnuplot is not.
    if (std::any_of(formats.begin(), formats.end(), is_script)) {
      result.files.push_back(directory / (name + ".gp"));
      write_script(figure, result.files.back(), drawing.size);
    }
    for (Format format : formats) {
      if (is_script(format) || !result.drawn()) continue;
      const fs::path path = directory / (name + (format == Format::svg ? ".svg" : ".png"));
      result.problem = draw_picture(figure, path, format, drawing);
      if (result.drawn()) result.files.push_back(path);
    }
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

ChartResult draw_as_text(const Figure& figure, std::size_t width, const Drawing& drawing) {
  ChartResult result;
  std::string text = heading_as_text(figure.title, figure.subtitle, width);
  for (const Chart& panel : figure.panels) {
    text += '\n';
    text += heading_as_text(panel.title, panel.subtitle, width);
    if (detail::is_cells(panel)) {
      text += detail::cells_as_text(panel, width);
      continue;
    }
    const detail::Outcome drawn = detail::run_gnuplot(drawing, detail::text_script(panel, width));
    result.problem = drawn.problem;
    if (!result.drawn()) return result;
    text += lines_as_text(drawn.picture, width);
  }
  result.text = text;
  return result;
}

}  // namespace evenkeel
