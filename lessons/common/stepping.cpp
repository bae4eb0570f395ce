// --step and --trace FILE: a look at a lesson's backward passes while it runs.

#include <fmt/format.h>

#include "evenkeel/base/file.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/trace/step.hpp"
#include "lesson.hpp"

namespace evenkeel::lesson {

void Lesson::look_backward() {
  if (!looks_backward()) return;
  if (!trace_file_.empty()) require_writable("--trace", trace_file_);
  set_num_threads(1);  // one run after the other, so that the first is always the same
  Tape::after_backward([this](const Tape& tape) {
    if (++passes_ == 1 && !trace_file_.empty()) write_trace(trace_file_, trace_of(tape, name_));
    const std::string pass = passes_ == 1 ? name_ : fmt::format("{}, pass {}", name_, passes_);
    if (step_ && step_through(tape, pass) != Stepped::go_on) throw SeenEnough();
  });
}

void Lesson::no_more_steps() {
  if (looks_backward()) Tape::after_backward({});
}

}  // namespace evenkeel::lesson
