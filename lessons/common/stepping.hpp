#pragma once
// --step and --trace FILE: a look at a lesson's backward passes while it runs.

#include <string>

namespace evenkeel::lesson {

class Stepping {
 public:
  bool step = false;       ///< show each backward pass in the terminal; the first in a pipe
  std::string trace_file;  ///< write the first one there

  /// Thrown when the person has seen enough: the lesson ends without its claims.
  struct Ended {};

  /// From here on backward passes are looked at. `title` names the run.
  void start(const std::string& title);
  /// From here on none is looked at any more.
  void stop();
  /// Throws Error when there was no backward pass to look at.
  void finish();

  Stepping() = default;
  ~Stepping();
  Stepping(const Stepping&) = delete;
  Stepping& operator=(const Stepping&) = delete;

 private:
  bool wanted() const { return step || !trace_file.empty(); }
  unsigned passes_ = 0;
};

}  // namespace evenkeel::lesson
