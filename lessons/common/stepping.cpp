#include "stepping.hpp"

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/file.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/trace/step.hpp"

namespace evenkeel::lesson {

void Stepping::start(const std::string& title) {
  if (!wanted()) return;
  if (!trace_file.empty()) require_writable("--trace", trace_file);
  set_num_threads(1);  // one run after the other, so that the first is always the same
  Tape::after_backward([this, title](const Tape& tape) {
    if (++passes_ == 1 && !trace_file.empty()) write_trace(trace_file, trace_of(tape, title));
    const std::string pass = passes_ == 1 ? title : fmt::format("{}, pass {}", title, passes_);
    if (step && step_through(tape, pass) != Stepped::go_on) throw Ended();
  });
}

void Stepping::finish() {
  if (wanted() && passes_ == 0) {
    fail("--step", "this lesson runs nothing backward: there are no steps to go through");
  }
}

void Stepping::stop() {
  if (wanted()) Tape::after_backward({});
}

Stepping::~Stepping() {
  stop();
}

}  // namespace evenkeel::lesson
