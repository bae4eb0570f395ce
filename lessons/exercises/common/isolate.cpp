#include "isolate.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>

namespace exercises {
namespace {

constexpr int cpu_seconds = 2;
constexpr auto wall_time = std::chrono::seconds(10);
constexpr rlim_t memory = rlim_t{2} << 30;
constexpr const char* endless = "did not end within 2 s of work: a loop without end?";
constexpr std::size_t printed_most = 2000;  // characters

void limit(int what, rlim_t most) {
  const rlimit both{most, most};
  setrlimit(static_cast<decltype(RLIMIT_CPU)>(what), &both);
}

void send(int file, std::string text) {
  while (!text.empty()) {
    const ssize_t sent = write(file, text.data(), text.size());
    if (sent <= 0) return;
    text.erase(0, static_cast<std::size_t>(sent));
  }
}

// An answer begins with 'R' for what the function returned, 'T' for how it ended, and ends with a
// zero byte, so that one that was cut off is known.
std::string answer(const std::function<std::string()>& function) {
  try {
    return "R" + function();
  } catch (const std::bad_alloc&) {
    return "Tasked for more memory than the 2 GB it may have";
  } catch (const std::exception& e) {
    return std::string("Tstopped with an error: ") + e.what();
  } catch (...) {
    return "Tthrew something that is no std::exception";
  }
}

[[noreturn]] void run_child(const std::function<std::string()>& function, int result, int output) {
  setpgid(0, 0);  // what it starts ends with it
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  limit(RLIMIT_CPU, cpu_seconds);
  limit(RLIMIT_AS, memory);
  limit(RLIMIT_FSIZE, 1 << 20);
  limit(RLIMIT_CORE, 0);
  const std::string text = answer(function);
  std::fflush(nullptr);
  send(result, text + '\0');
  _exit(0);
}

std::string how_it_ended(int status, bool timed_out, const rusage& used) {
  const bool was_busy = 2 * (used.ru_utime.tv_sec + used.ru_stime.tv_sec) >= cpu_seconds;
  if (timed_out && !was_busy) return "did not end within 10 s: does it wait for something?";
  if (timed_out) return endless;
  if (WIFEXITED(status)) return "ended the whole program (exit?) instead of returning";
  switch (WTERMSIG(status)) {
    case SIGSEGV:
    case SIGBUS:
      return "crashed (segmentation fault): it reads or writes outside an array, or calls itself "
             "without end";
    case SIGXCPU:
    case SIGKILL:
      return endless;
    case SIGFPE:
      return "crashed: a whole number was divided by 0";
    case SIGABRT:
      return "crashed (abort): memory was overwritten, or freed twice";
    case SIGXFSZ:
      return "wrote more than 1 MB to a file";
    default:
      return std::string("was stopped by signal: ") + strsignal(WTERMSIG(status));
  }
}

struct Pipe {
  std::array<int, 2> ends{};
  Pipe() {
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe could be made");
  }
};

// Reads both ends until the process has closed them; false when that took too long.
bool read_both(int result, int output, std::string& answered, std::string& printed) {
  const auto end = std::chrono::steady_clock::now() + wall_time;
  std::array<pollfd, 2> files{pollfd{result, POLLIN, 0}, pollfd{output, POLLIN, 0}};
  std::array<char, 4096> buffer{};
  while (files[0].fd >= 0 || files[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || poll(files.data(), 2, static_cast<int>(left.count())) == 0)
      return false;
    for (pollfd& file : files) {
      if (file.fd < 0 || file.revents == 0) continue;
      const ssize_t n = read(file.fd, buffer.data(), buffer.size());
      if (n <= 0) {
        file.fd = -1;  // poll leaves it out
        continue;
      }
      std::string& text = file.fd == result ? answered : printed;
      if (text.size() < 100 * printed_most) text.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
  return true;
}

}  // namespace

Outcome isolate(const std::function<std::string()>& function) {
  const Pipe result;
  const Pipe output;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process could be started");
  if (child == 0) run_child(function, result.ends[1], output.ends[1]);
  close(result.ends[1]);
  close(output.ends[1]);

  Outcome outcome;
  std::string answered;
  const bool closed = read_both(result.ends[0], output.ends[0], answered, outcome.printed);
  kill(-child, SIGKILL);
  int status = 0;
  if (!closed) kill(child, SIGKILL);
  rusage used{};
  wait4(child, &status, 0, &used);
  close(result.ends[0]);
  close(output.ends[0]);

  if (outcome.printed.size() > printed_most) {
    outcome.printed = outcome.printed.substr(0, printed_most) + "\n… and more\n";
  }
  const bool whole = answered.size() >= 2 && answered.back() == '\0';
  if (!whole) {
    outcome.trouble = how_it_ended(status, !closed, used);
  } else if (answered[0] == 'T') {
    outcome.trouble = answered.substr(1, answered.size() - 2);
  } else {
    outcome.result = answered.substr(1, answered.size() - 2);
  }
  return outcome;
}

}  // namespace exercises
