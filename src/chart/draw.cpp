// Charts by gnuplot, at the other end of gnuplot-iostream's pipe: it may be absent, fail, hang or
// die, and we go on.

#include "evenkeel/chart/draw.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include <unistd.h>

#include <fmt/format.h>
#include <gnuplot-iostream.h>
#include <boost/algorithm/string.hpp>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "evenkeel/base/file.hpp"

#include "script.hpp"

namespace evenkeel {
namespace fs = std::filesystem;
namespace detail {

// As one word of a shell's command line.
static std::string shell_word(const std::string& text) {
  return "'" + boost::replace_all_copy(text, "'", "'\\''") + "'";
}

// For what goes between us and gnuplot; removed with all that is in it.
struct ScratchFolder {
  ScratchFolder() : path((fs::temp_directory_path() / "evenkeel-XXXXXX").string()) {
    if (mkdtemp(path.data()) == nullptr)
      fail("chart", "cannot make {}: {}", path, std::strerror(errno));
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ScratchFolder(ScratchFolder&&) = delete;

  // What a shell does first to work here; Ctrl-C is for us alone.
  std::string shell() const { return "trap '' INT; cd " + shell_word(path) + " || exit; "; }
  std::string file(const std::string& name) const { return path + "/" + name; }
  bool has(const std::string& name) const { return fs::exists(file(name)); }
  std::string contents(const std::string& name) const {
    return has(name) ? read_bytes("chart", file(name)) : "";
  }

  std::string path;
};

}  // namespace detail

namespace {

using detail::ScratchFolder, detail::shell_word;

// It knows neither our locale nor GNUTERM.
std::string command_for(const Drawing& drawing) {
  return "env -u GNUTERM LC_ALL=C " + shell_word(drawing.gnuplot) + " --default-settings";
}

// What gnuplot writes to standard output when it runs `script`. It is ended with all its children
// after drawing.limit. Throws Error, one line, if it does not end well.
std::string run_gnuplot(const Drawing& drawing, const std::string& script) {
  const ScratchFolder folder;
  const double limit = std::chrono::duration<double>(drawing.limit).count();
  const auto start = std::chrono::steady_clock::now();
  Gnuplot(folder.shell() + fmt::format("exec 2>shell; timeout -k 1 {} {} >picture 2>messages;"
                                       " echo $? >status; cat >/dev/null",
                                       limit, command_for(drawing)))
      << script;  // waits for it
  const int status = std::atoi(folder.contents("status").c_str());
  if (status == 0) return folder.contents("picture");
  std::string reason = boost::trim_copy(folder.contents("messages"));
  reason.erase(0, reason.rfind('\n') + 1);  // the line itself and a caret come before it
  std::string problem = fmt::format("failed with status {}{}{}", status, reason.empty() ? "" : ": ",
                                    boost::trim_copy(reason));
  if (status == 127) problem = "is not installed";
  if (status > 128) problem = fmt::format("was ended by signal {}", status - 128);
  if (std::chrono::steady_clock::now() - start >= drawing.limit) {
    problem = fmt::format("did not finish within {} s", limit);
  }
  throw Error(drawing.gnuplot + " " + problem);
}

// A screen reader reads the title of an SVG; gnuplot writes only its own name there. And browsers
// would blur the pixels of an image that they enlarge.
void name_picture(std::string& svg, const Figure& figure) {
  boost::replace_all(svg, "<image ", "<image style='image-rendering:pixelated' ");
  boost::replace_all(svg, "]]>", "]]&gt;");  // gnuplot leaves > as it is, which XML forbids here
  for (const auto& [tag, words] : {std::pair("title", figure.title), {"desc", figure.subtitle}}) {
    std::string text = boost::replace_all_copy(printable(words), "&", "&amp;");
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
    boost::trim_right(line);
    boost::erase_all(line, "\f");
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
          run_gnuplot(drawing, detail::picture_script(figure, format, drawing.size));
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
      const std::string drawn = panel.grid
                                    ? detail::cells_as_text(panel, width)
                                    : run_gnuplot(drawing, detail::text_script(panel, width));
      text += "\n" + as_text(panel.title, panel.subtitle, drawn, width);
    }
    result.text = text;
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

// A gnuplot that stays, in a session of its own, which a Ctrl-C does not reach. The shell holds our
// pipe's other end open for as long as we write.
struct LiveWindow::Window {
  explicit Window(const Drawing& drawing)
      : terminal(terminal_of(drawing)),
        gnuplot(folder.shell() +
                "exec >/dev/null 2>&1; setsid sh -c 'echo $$ >id; exec \"$@\"' - " +
                command_for(drawing) + " --persist; echo >ended; cat") {}
  // The window stays, with the last figure: it matters most.
  ~Window() {
    if (latest) draw();
    tell("exit");
    for (int i = 0; i < 200 && !ended(); ++i) {
      usleep(10'000);
    }
    const pid_t id = std::atoi(folder.contents("id").c_str());
    if (id > 0 && !ended()) kill(-id, SIGKILL);
  }

  // The kind of window this gnuplot can open. Throws Error if there is none.
  static std::string terminal_of(const Drawing& drawing) {
#ifndef __APPLE__
    if (text::environment("DISPLAY").empty() && text::environment("WAYLAND_DISPLAY").empty())
      throw Error("there is no display (DISPLAY is not set)");
#endif
    const std::string all = run_gnuplot(drawing, "set print '-'\nprint ' '.GPVAL_TERMINALS.' '\n");
    for (const char* terminal : {"qt", "wxt", "x11", "aqua"}) {
      if (boost::contains(all, fmt::format(" {} ", terminal))) return terminal;
    }
    throw Error("this gnuplot knows no window (gnuplot-qt or gnuplot-x11 does)");
  }

  // A short command: gnuplot need not read it for us to go on.
  void tell(const std::string& command) {
    gnuplot << command << std::endl;
  }
  // gnuplot removes a frame that has been seen for a while.
  void draw() {
    const std::string frame = fmt::format("frame{}", ++frames);
    std::ofstream(folder.file(frame))
        << detail::window_script(*latest, terminal) << "\npause 0.25\n!rm " << frame << "\n";
    tell("load '" + frame + "'");
    latest.reset();
  }
  bool ready() const {
    return !folder.has(fmt::format("frame{}", frames));
  }
  bool ended() const {
    return folder.has("ended");
  }

  std::string terminal;
  ScratchFolder folder;
  Gnuplot gnuplot;
  int frames = 0;
  std::optional<Figure> latest;  // not drawn yet
};

LiveWindow::LiveWindow(const Drawing& drawing, std::FILE* notes) : notes_(notes) {
  try {
    window_ = std::make_unique<Window>(drawing);
  } catch (const Error& error) {
    give_up(error.what());
  }
}

LiveWindow::~LiveWindow() = default;

void LiveWindow::show(const Figure& figure) {
  if (!window_) return;
  window_->latest = figure;
  if (window_->ready()) window_->draw();
  if (window_->ended()) give_up("gnuplot has ended");
}

void LiveWindow::give_up(const char* why) {
  window_.reset();
  fmt::print(notes_, "No live window: {}.\n", why);
}

}  // namespace evenkeel
