#include "gnuplot_process.hpp"

#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace evenkeel::detail {
namespace {

using Clock = std::chrono::steady_clock;

std::string reason(int error) {
  return std::generic_category().message(error);
}

// Ours alone: not inherited by other programs we start, and never blocking.
void keep(int descriptor) {
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

// Without GNUTERM: gnuplot opens the terminal it names before it reads its script, and ends where
// it cannot (gnuplot-nox with GNUTERM=qt).
std::vector<char*> environment() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("GNUTERM=")) kept.push_back(*entry);
  kept.push_back(nullptr);
  return kept;
}

// The child's end of each stream, while it is being started.
struct ChildEnds {
  int input = -1;
  int output = -1;
};

int spawn(const std::vector<std::string>& command, const ChildEnds& ends, pid_t& id) {
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (ends.input >= 0)
    posix_spawn_file_actions_adddup2(&actions, ends.input, STDIN_FILENO);
  else
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends.output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends.output, STDERR_FILENO);

  // A group of its own, so that a limit that is reached ends its children too.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawnp(&id, arguments[0], &actions, &attributes, arguments.data(),
                                 environment().data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

std::string first_line(const std::string& text) {
  const std::size_t start = std::min(text.find_first_not_of(" \n\t"), text.size());
  return text.substr(start, text.find('\n', start) - start);
}

// gnuplot shows the line and a caret first; the line that tells the reason is the last one.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n\t");
  if (end == std::string::npos) return "";
  const std::size_t start = text.rfind('\n', end);
  return first_line(text.substr(start == std::string::npos ? 0 : start, end + 1));
}

std::string describe(const std::string& program, int status, const std::string& output) {
  if (WIFSIGNALED(status))
    return fmt::format("{} was ended by signal {}", program, WTERMSIG(status));
  if (WEXITSTATUS(status) == 0) return "";
  const std::string says = last_line(output);
  return fmt::format("{} failed with status {}{}{}", program, WEXITSTATUS(status),
                     says.empty() ? "" : ": ", says);
}

}  // namespace

std::string start(const std::vector<std::string>& command, Input input, Child& child) {
  int out[2] = {-1, -1}, in[2] = {-1, -1};
  if (pipe(out) != 0) return fmt::format("cannot run {}: {}", command[0], reason(errno));
  if (input == Input::socket && socketpair(AF_UNIX, SOCK_STREAM, 0, in) != 0) {
    const int error = errno;
    close(out[0]), close(out[1]);
    return fmt::format("cannot run {}: {}", command[0], reason(error));
  }
  ChildEnds ends{in[1], out[1]};
  child.input = in[0];
  child.output = out[0];
  keep(child.output);
  if (child.input >= 0) keep(child.input);
  fcntl(ends.output, F_SETFD, FD_CLOEXEC);
  if (ends.input >= 0) fcntl(ends.input, F_SETFD, FD_CLOEXEC);

  const int error = spawn(command, ends, child.id);
  close_if_open(ends.input);
  close_if_open(ends.output);
  if (error == 0) return "";
  child.id = -1;
  end(child);
  if (error == ENOENT) return fmt::format("{} is not installed", command[0]);
  return fmt::format("cannot run {}: {}", command[0], reason(error));
}

bool read_available(Child& child, std::string& text) {
  constexpr std::size_t most = 1 << 20;  // more than any chart in letters
  char buffer[4096];
  while (child.output >= 0) {
    const ssize_t got = read(child.output, buffer, sizeof buffer);
    if (got > 0 && text.size() < most) text.append(buffer, static_cast<std::size_t>(got));
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    if (got < 0 && errno == EAGAIN) return true;
    close_if_open(child.output);
  }
  return false;
}

bool ended(Child& child, int& status) {
  if (child.id < 0) return true;
  const pid_t which = waitpid(child.id, &status, WNOHANG);
  if (which == 0 || (which < 0 && errno == EINTR)) return false;
  if (which < 0) status = 0;  // someone else waits for all children: it has ended, how is not known
  child.id = -1;
  return true;
}

void end(Child& child) {
  if (child.id >= 0) {
    kill(-child.id, SIGKILL);
    while (waitpid(child.id, nullptr, 0) < 0 && errno == EINTR) continue;
    child.id = -1;
  }
  close_if_open(child.input);
  close_if_open(child.output);
}

Outcome run(const std::vector<std::string>& command, std::chrono::milliseconds limit) {
  Outcome outcome;
  Child child;
  outcome.problem = start(command, Input::nothing, child);
  if (!outcome.problem.empty()) return outcome;

  const Clock::time_point deadline = Clock::now() + limit;
  int status = 0;
  while (!ended(child, status)) {
    if (Clock::now() >= deadline) {
      outcome.problem = fmt::format("{} did not finish within {} s", command[0],
                                    std::chrono::duration<double>(limit).count());
      end(child);
      return outcome;
    }
    // Wakes up when there is something to read, or to look whether the child has ended.
    pollfd waiting{child.output, POLLIN, 0};
    poll(&waiting, 1, child.output >= 0 ? 20 : 0);
    if (!read_available(child, outcome.output)) poll(nullptr, 0, 2);
  }
  read_available(child, outcome.output);
  end(child);
  outcome.problem = describe(command[0], status, outcome.output);
  return outcome;
}

}  // namespace evenkeel::detail
