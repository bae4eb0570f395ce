#include "interrupt.hpp"

#include <csignal>
#include <initializer_list>

#include <time.h>

namespace char_gpt {

namespace {

constexpr long seconds_of_one_wish = 2;

volatile std::sig_atomic_t first_signal = 0;
volatile std::sig_atomic_t first_second = 0;

std::sig_atomic_t seconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::sig_atomic_t>(now.tv_sec);
}

void on_signal(int signal) {
  if (first_signal == 0) {
    first_second = seconds();
    first_signal = signal;
  } else if (seconds() - first_second > seconds_of_one_wish) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action = {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
}

bool interrupted() {
  return first_signal != 0;
}

int exit_code_of_interrupt() {
  return first_signal == 0 ? 0 : 128 + first_signal;
}

}  // namespace char_gpt
