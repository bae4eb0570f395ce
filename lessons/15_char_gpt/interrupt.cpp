#include "interrupt.hpp"

#include <csignal>

namespace char_gpt {

namespace {

volatile std::sig_atomic_t asked = 0;

void on_interrupt(int) {
  asked = 1;
}

}  // namespace

void catch_interrupt() {
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  action.sa_flags =
      static_cast<int>(SA_RESETHAND | SA_RESTART);  // the second one finds the default: to end
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() {
  return asked != 0;
}

}  // namespace char_gpt
