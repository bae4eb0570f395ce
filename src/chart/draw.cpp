#include "evenkeel/chart/draw.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

#include <unistd.h>

#include <fmt/format.h>

#include "evenkeel/chart/output_file.hpp"

#include "gnuplot_process.hpp"
#include "layout.hpp"
#include "script.hpp"
#include "text_chart.hpp"

namespace evenkeel {
namespace fs = std::filesystem;
namespace {

// A name for a file that is being made; the file is removed if it is still there at the end.
class Scratch {
 public:
  Scratch(const fs::path& directory, const std::string& name)
      : path(directory / fmt::format("{}.{}.tmp", name, getpid())) {}
  ~Scratch() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const fs::path path;
};

std::string contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool complete(const std::string& picture, Format format) {
  const std::string_view last = format == Format::svg ? "</svg>" : "IEND";
  const std::size_t tail = picture.size() > 64 ? picture.size() - 64 : 0;
  return picture.find(last, tail) != std::string::npos;
}

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text)
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return result;
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  if (const std::size_t at = text.find(from); at != std::string::npos)
    text.replace(at, from.size(), to);
}

// A screen reader reads the title of an SVG; gnuplot writes only its own name there.
void name_picture(std::string& svg, const Figure& figure) {
  replace(svg, "<title>Gnuplot</title>", "<title>" + escaped(figure.title) + "</title>");
  const std::size_t start = svg.find("<desc>"), end = svg.find("</desc>");
  if (start < end && end != std::string::npos)
    svg.replace(start + 6, end - start - 6, escaped(figure.subtitle));
}

const char* extension(Format format) {
  return format == Format::svg ? ".svg" : format == Format::png ? ".png" : ".gp";
}

// What all the files of one picture are made from.
struct Picture {
  const Figure& figure;
  detail::Layout layout;
  std::string script;  // without the target
  fs::path directory;
  std::string name;
};

void write_script(const Picture& picture) {
  const std::string script_name = picture.name + ".gp", svg_name = picture.name + ".svg";
  write_file(
      picture.directory / script_name,
      fmt::format("# {}\n# `gnuplot {}` draws {} again.\n{}{}", picture.figure.title, script_name,
                  svg_name, detail::svg_target(picture.layout, svg_name), picture.script));
}

// Lets gnuplot draw one picture. Returns the problem, or "".
std::string draw(const Picture& picture, Format format, const Drawing& drawing) {
  const std::string file_name = picture.name + extension(format);
  const Scratch drawn(picture.directory, "." + file_name);
  const Scratch script(picture.directory, "." + file_name + ".gp");
  const std::string target = format == Format::svg ? detail::svg_target(picture.layout, drawn.path)
                                                   : detail::png_target(picture.layout, drawn.path);
  write_file(script.path, target + picture.script);
  const detail::Outcome outcome =
      detail::run({drawing.gnuplot, "--default-settings", script.path.string()}, drawing.limit);
  if (!outcome.problem.empty()) return outcome.problem;

  std::string finished = contents_of(drawn.path);
  if (!complete(finished, format))
    return fmt::format("{} wrote no complete {}; is the disk full?", drawing.gnuplot, file_name);
  if (format == Format::svg) name_picture(finished, picture.figure);
  write_file(picture.directory / file_name, finished);
  return "";
}

}  // namespace

std::string Drawing::default_gnuplot() {
  const char* command = std::getenv("EVENKEEL_GNUPLOT");
  return command == nullptr || *command == '\0' ? "gnuplot" : command;
}

ChartResult save(const Figure& figure, const fs::path& directory, const std::string& name,
                 const std::vector<Format>& formats, const Drawing& drawing) {
  const detail::Layout layout = detail::layout_of(figure);
  ChartResult result;
  try {
    const Picture picture{figure, layout, detail::drawing_of(layout), directory, name};
    // The script first: it is there even where gnuplot is not.
    if (std::count(formats.begin(), formats.end(), Format::script) > 0) {
      write_script(picture);
      result.files.push_back(directory / (name + ".gp"));
    }
    for (Format format : formats) {
      if (format == Format::script || !result.drawn()) continue;
      result.problem = draw(picture, format, drawing);
      if (result.drawn()) result.files.push_back(directory / (name + extension(format)));
    }
  } catch (const FileError& error) {
    result.problem = error.what();
  }
  return result;
}

ChartResult draw_as_text(const Figure& figure, std::size_t width, const Drawing& drawing) {
  ChartResult result;
  try {
    result.text = detail::heading_as_text(figure.title, figure.subtitle, width);
    for (const Chart& panel : figure.panels) {
      result.text +=
          fmt::format("\n{}", detail::heading_as_text(panel.title, panel.subtitle, width));
      if (panel.heat || panel.tile_map || panel.picture) {
        result.text += detail::cells_as_text(panel, width);
        continue;
      }
      const Scratch script(fs::temp_directory_path(), "evenkeel-chart");
      write_file(script.path, detail::text_script(panel, width));
      const detail::Outcome outcome =
          detail::run({drawing.gnuplot, "--default-settings", script.path.string()}, drawing.limit);
      result.problem = outcome.problem;
      if (!result.drawn()) break;
      result.text += detail::frame_text(panel, outcome.output, width);
    }
  } catch (const FileError& error) {
    result.problem = error.what();
  }
  if (!result.drawn()) result.text.clear();
  return result;
}

}  // namespace evenkeel
