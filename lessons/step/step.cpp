// Steps through a run that is over: lessons/run step FILE, of a trace that --trace FILE wrote.

#include <cstdio>
#include <exception>

#include "evenkeel/replay/read_trace.hpp"
#include "evenkeel/trace/step.hpp"

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::fputs("step: one file is needed, as a lesson's --trace FILE writes it\n", stderr);
    return 2;
  }
  try {
    evenkeel::step_through(evenkeel::read_trace(argv[1]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "step: %s\n", error.what());
    return 2;
  }
  return 0;
}
