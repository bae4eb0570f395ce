#include "gnuplot.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>
#include <gnuplot-iostream.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/file.hpp"

namespace evenkeel::detail {
namespace fs = std::filesystem;

// For what goes between us and gnuplot; removed with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "evenkeel-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      fail("chart",
           fmt::format("cannot make a folder in {}: {}", fs::temp_directory_path().string(),
                       std::generic_category().message(errno)));
    }
    path = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string contents(const char* name) const {
    return fs::exists(path / name) ? read_bytes("chart", path / name) : "";
  }

  fs::path path;
};

namespace {

// While it lives, writing to a program that has ended is an error and no signal.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~NoSigpipe() {
    const timespec at_once{};
    if (!sigismember(&before_, SIGPIPE)) sigtimedwait(&sigpipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t sigpipe_{}, before_{};
};

// As one word of a shell's command line.
std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string command_for(const Drawing& drawing) {
  return "env -u GNUTERM LC_ALL=C " + shell_word(drawing.gnuplot) + " --default-settings";
}

// gnuplot shows the line and a caret first; the line that tells the reason is the last one.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n\t");
  if (end == std::string::npos) return "";
  const std::size_t start = text.find_first_not_of(" \t", text.rfind('\n', end) + 1);
  return text.substr(start, end + 1 - start);
}

std::string describe(const std::string& program, int status, const std::string& messages) {
  const std::string says = last_line(messages);
  if (status == 0) return "";
  if (status == 127) return fmt::format("{} is not installed", program);
  if (status == 126) return fmt::format("cannot run {}: {}", program, says);
  if (status > 128) return fmt::format("{} was ended by signal {}", program, status - 128);
  return fmt::format("{} failed with status {}{}{}", program, status, says.empty() ? "" : ": ",
                     says);
}

}  // namespace

Outcome run_gnuplot(const Drawing& drawing, const std::string& script) {
  using Clock = std::chrono::steady_clock;
  const ScratchFolder folder;
  const double limit = std::chrono::duration<double>(drawing.limit).count();
  const Clock::time_point start = Clock::now();
  {
    const NoSigpipe no_sigpipe;
    Gnuplot gnuplot(
        fmt::format("trap '' INT; cd {} && exec 2>shell && timeout -k 1 {} {} >picture 2>messages;"
                    " echo $? >status",
                    shell_word(folder.path.string()), limit, command_for(drawing)));
    gnuplot << script;
  }  // waits for it
  Outcome outcome{folder.contents("picture"), folder.contents("messages"), ""};
  const int status = std::atoi(folder.contents("status").c_str());
  if (status != 0 && Clock::now() - start >= drawing.limit) {
    outcome.problem = fmt::format("{} did not finish within {} s", drawing.gnuplot, limit);
  } else {
    outcome.problem = describe(drawing.gnuplot, status, outcome.messages);
  }
  return outcome;
}

// In a session of its own, which a Ctrl-C does not reach.
struct GnuplotSession::Process {
  explicit Process(const Drawing& drawing)
      : gnuplot(fmt::format("trap '' INT; cd {} && exec 3<&0 >/dev/null 2>&1;"
                            " setsid sh -c 'echo $$ >id; exec \"$@\"' - {} --persist <&3 3<&- &"
                            " exec 3<&- <&-; wait; echo >ended",
                            shell_word(folder.path.string()), command_for(drawing))) {}

  ScratchFolder folder;
  Gnuplot gnuplot;
};

GnuplotSession::GnuplotSession(const Drawing& drawing)
    : process_(std::make_unique<Process>(drawing)) {}

GnuplotSession::~GnuplotSession() {
  const NoSigpipe no_sigpipe;
  process_->gnuplot << "exit" << std::endl;  // the window stays
  for (int i = 0; i < 100 && !ended(); ++i) usleep(10'000);
  const pid_t id = std::atoi(process_->folder.contents("id").c_str());
  if (id > 0 && !ended()) kill(-id, SIGKILL);
}

void GnuplotSession::load(const std::string& script) {
  const NoSigpipe no_sigpipe;
  std::ofstream(process_->folder.path / "frame", std::ios::binary)
      << script << "\nset print 'drawn'\nprint 'yes'\nset print\n";
  fs::remove(process_->folder.path / "drawn");
  process_->gnuplot << "load 'frame'" << std::endl;
}

bool GnuplotSession::drawn() const {
  return fs::exists(process_->folder.path / "drawn");
}

bool GnuplotSession::ended() const {
  return !process_->gnuplot || fs::exists(process_->folder.path / "ended");
}

}  // namespace evenkeel::detail
