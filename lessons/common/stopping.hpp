#pragma once
// A long run ends after its current step when it is asked to: by Ctrl-C, SIGTERM or SIGHUP.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "evenkeel/base/communicator.hpp"

namespace evenkeel::lesson {

/// The first signal that asked; 0: none.
inline volatile std::sig_atomic_t stopped_by = 0;
inline volatile std::time_t stopped_at = 0;

/// A second signal, more than two seconds later, ends the program at once: what comes sooner is the
/// same wish, which a shell and a terminal may both pass on.
inline void on_signal(int signal) {
  if (stopped_by == 0) {
    stopped_at = std::time(nullptr);
    stopped_by = signal;
  } else if (std::time(nullptr) - stopped_at > 2) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

/// From now on; but not for signals that are ignored (nohup).
inline void catch_signals() {
  for (const int wanted : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(wanted, on_signal) == SIG_IGN) std::signal(wanted, SIG_IGN);
  }
}

/// Whether a process was asked to stop: then all of them are. Collective.
inline bool stopped(Communicator& all) {
  const double mine = stopped_by;
  const std::vector<double> everyones = all.gather("whether to stop", {&mine, 1});
  const int signal = static_cast<int>(*std::max_element(everyones.begin(), everyones.end()));
  if (signal != 0 && stopped_by == 0) on_signal(signal);  // this process's own may follow
  return signal != 0;
}

/// Begins a line. Where the terminal was closed, what is printed from now on goes nowhere; false
/// where that cannot be arranged.
inline bool can_print() {
  if (std::fputs("\n", stdout) >= 0 && std::fflush(stdout) == 0) return true;
  for (std::FILE* stream : {stdout, stderr}) {
    if (!std::freopen("/dev/null", "w", stream)) return false;
  }
  return true;
}

}  // namespace evenkeel::lesson
