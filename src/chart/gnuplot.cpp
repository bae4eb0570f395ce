#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <system_error>

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

// For what goes between us and gnuplot; removed with all that is in it.
struct ScratchFolder {
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "evenkeel-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      fail("chart", "cannot make a folder in {}: {}", fs::temp_directory_path().string(),
           std::generic_category().message(errno));
    }
    path = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  bool has(const std::string& name) const { return fs::exists(path / name); }
  std::string contents(const std::string& name) const {
    return has(name) ? read_bytes("chart", path / name) : "";
  }

  fs::path path;
};

namespace {

// As one word of a shell's command line.
std::string shell_word(const std::string& text) {
  return "'" + boost::replace_all_copy(text, "'", "'\\''") + "'";
}

// It knows neither our locale nor GNUTERM.
std::string command_for(const Drawing& drawing) {
  return "env -u GNUTERM LC_ALL=C " + shell_word(drawing.gnuplot) + " --default-settings";
}

// The window this gnuplot can open. Throws Error if there is none.
std::string window_terminal(const Drawing& drawing) {
#ifndef __APPLE__
  if (text::environment("DISPLAY").empty() && text::environment("WAYLAND_DISPLAY").empty())
    throw Error("there is no display (DISPLAY is not set)");
#endif
  const std::string all =
      detail::run_gnuplot(drawing, "set print '-'\nprint ' '.GPVAL_TERMINALS.' '\n");
  for (const char* terminal : {"qt", "wxt", "x11", "aqua"}) {
    if (boost::contains(all, fmt::format(" {} ", terminal))) return terminal;
  }
  throw Error("this gnuplot knows no window (gnuplot-qt or gnuplot-x11 does)");
}

}  // namespace

std::string detail::run_gnuplot(const Drawing& drawing, const std::string& script) {
  const ScratchFolder folder;
  const double limit = std::chrono::duration<double>(drawing.limit).count();
  const auto start = std::chrono::steady_clock::now();
  Gnuplot(
      fmt::format("trap '' INT; cd {} || exit; exec 2>shell; timeout -k 1 {} {} >picture"
                  " 2>messages; echo $? >status; cat >/dev/null",
                  shell_word(folder.path.string()), limit, command_for(drawing)))
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

// A gnuplot that stays, in a session of its own, which a Ctrl-C does not reach. The shell holds our
// pipe's other end open for as long as we write.
struct LiveWindow::Window {
  explicit Window(const Drawing& drawing)
      : terminal(window_terminal(drawing)),
        gnuplot(fmt::format("trap '' INT; cd {} || exit; exec >/dev/null 2>&1;"
                            " setsid sh -c 'echo $$ >id; exec \"$@\"' - {} --persist;"
                            " echo >ended; cat",
                            shell_word(folder.path.string()), command_for(drawing))) {}
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

  // A short command: gnuplot need not read it for us to go on.
  void tell(const std::string& command) { gnuplot << command << std::endl; }
  // gnuplot removes a frame that has been seen for a while.
  void draw() {
    const std::string frame = fmt::format("frame{}", ++frames);
    std::ofstream(folder.path / frame, std::ios::binary)
        << detail::window_script(*latest, terminal) << "\npause 0.25\n!rm " << frame << "\n";
    tell("load '" + frame + "'");
    latest.reset();
  }
  bool ready() const { return !folder.has(fmt::format("frame{}", frames)); }
  bool ended() const { return folder.has("ended"); }

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
