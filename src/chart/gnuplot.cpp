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
using Clock = std::chrono::steady_clock;

constexpr auto between_frames = std::chrono::milliseconds(250);

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

  bool has(const char* name) const { return fs::exists(path / name); }
  std::string contents(const char* name) const {
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

std::string describe(const std::string& program, int status, std::string says) {
  boost::trim(says);
  says.erase(0, says.rfind('\n') + 1);  // the line itself and a caret come before the reason
  boost::trim(says);
  if (status == 0) return "";
  if (status == 127) return fmt::format("{} is not installed", program);
  if (status > 128) return fmt::format("{} was ended by signal {}", program, status - 128);
  return fmt::format("{} failed with status {}{}{}", program, status, says.empty() ? "" : ": ",
                     says);
}

}  // namespace

// A gnuplot that stays, in a session of its own, which a Ctrl-C does not reach. The shell holds our
// pipe's other end open for as long as we write.
struct LiveWindow::Window {
  Window(const Drawing& drawing, std::string terminal)
      : terminal(std::move(terminal)),
        gnuplot(fmt::format("trap '' INT; cd {} && exec >/dev/null 2>&1;"
                            " setsid sh -c 'echo $$ >id; exec \"$@\"' - {} --persist;"
                            " echo >ended; cat",
                            shell_word(folder.path.string()), command_for(drawing))) {}
  ~Window() {
    tell("exit");  // the window stays
    for (int i = 0; i < 100 && !ended(); ++i) {
      usleep(10'000);
    }
    const pid_t id = std::atoi(folder.contents("id").c_str());
    if (id > 0 && !ended()) kill(-id, SIGKILL);
  }

  // A short command: gnuplot need not read it for us to go on.
  void tell(const char* command) { gnuplot << command << std::endl; }
  void draw(const Figure& figure) {
    std::ofstream(folder.path / "frame", std::ios::binary)
        << detail::window_script(figure, terminal)
        << "\nset print 'drawn'\nprint 'yes'\nset print\n";
    fs::remove(folder.path / "drawn");
    tell("load 'frame'");
    last = Clock::now();
  }
  bool ready() const { return folder.has("drawn") || !folder.has("frame"); }
  bool ended() const { return folder.has("ended"); }

  std::string terminal;
  ScratchFolder folder;
  Gnuplot gnuplot;
  Clock::time_point last = Clock::now() - between_frames;
};

namespace {

bool has_display() {
#ifdef __APPLE__
  return true;
#else
  return !text::environment("DISPLAY").empty() || !text::environment("WAYLAND_DISPLAY").empty();
#endif
}

// The window this gnuplot can open, or "" with the problem.
std::string window_terminal(const Drawing& drawing, std::string& problem) {
  problem = "there is no display (DISPLAY is not set)";
  if (!has_display()) return "";
  const detail::Outcome outcome = detail::run_gnuplot(drawing, "print GPVAL_TERMINALS\n");
  problem = outcome.problem;
  if (!problem.empty()) return "";
  for (const char* terminal : {"qt", "wxt", "x11", "aqua"}) {
    if (boost::contains(" " + outcome.messages, fmt::format(" {} ", terminal))) return terminal;
  }
  problem = "this gnuplot knows no window (gnuplot-qt or gnuplot-x11 does)";
  return "";
}

}  // namespace

detail::Outcome detail::run_gnuplot(const Drawing& drawing, const std::string& script) {
  const ScratchFolder folder;
  const double limit = std::chrono::duration<double>(drawing.limit).count();
  const Clock::time_point start = Clock::now();
  Gnuplot(
      fmt::format("trap '' INT; cd {} && exec 2>shell && timeout -k 1 {} {} >picture"
                  " 2>messages; echo $? >status; cat >shell",
                  shell_word(folder.path.string()), limit, command_for(drawing)))
      << script;  // waits for it
  Outcome outcome{folder.contents("picture"), folder.contents("messages"), ""};
  const int status = std::atoi(folder.contents("status").c_str());
  if (status != 0 && Clock::now() - start >= drawing.limit) {
    outcome.problem = fmt::format("{} did not finish within {} s", drawing.gnuplot, limit);
  } else {
    outcome.problem = describe(drawing.gnuplot, status, outcome.messages);
  }
  return outcome;
}

LiveWindow::LiveWindow(const Drawing& drawing, std::FILE* notes) : notes_(notes) {
  std::string problem;
  const std::string terminal = window_terminal(drawing, problem);
  if (problem.empty()) {
    window_ = std::make_unique<Window>(drawing, terminal);
  } else {
    give_up(problem);
  }
}

LiveWindow::~LiveWindow() {
  // The figures skipped at the end of a run matter most: a second for the last one.
  for (int i = 0; i < 100 && window_ && (latest_ || !window_->ready()); ++i) {
    usleep(10'000);
    step({});
  }
}

void LiveWindow::show(const Figure& figure) {
  if (!window_) return;
  latest_ = figure;
  step(between_frames);
}

void LiveWindow::give_up(const std::string& why) {
  problem_ = why;
  window_.reset();
  fmt::print(notes_, "No live window: {}.\n", why);
}

// Draws the latest figure where gnuplot is ready and the one before has been seen for a while.
void LiveWindow::step(std::chrono::milliseconds wait) {
  if (latest_ && window_->ready() && Clock::now() - window_->last >= wait) {
    window_->draw(*latest_);
    latest_.reset();
  }
  if (window_->ended()) give_up("gnuplot has ended");
}

}  // namespace evenkeel
