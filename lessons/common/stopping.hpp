#pragma once
// A long run ends after its current step when it is asked to: by Ctrl-C, SIGTERM or SIGHUP.

#include <csignal>
#include <ctime>

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

}  // namespace evenkeel::lesson
