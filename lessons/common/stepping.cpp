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
    if (!looked_ && !trace_file.empty()) write_trace(trace_file, trace_of(tape, title));
    looked_ = true;
    if (step && step_through(tape, title) != Stepped::go_on) throw Ended();
  });
}

void Stepping::finish() {
  if (wanted() && !looked_) {
    fail("--step", "this lesson runs nothing backward: there are no steps to go through");
  }
}

Stepping::~Stepping() {
  if (wanted()) Tape::after_backward({});
}

}  // namespace evenkeel::lesson
