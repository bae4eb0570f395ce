#pragma once
// How far a step moves each parameter, measured against how large it is:
//
//   ratio = σ(w after − w before) / σ(w before)
//
//   UpdateRatio ratio(optimizer.parameters());
//   …
//   ratio.before_step();
//   optimizer.step();
//   for (double r : ratio.after_step()) …
//
// A rule of thumb, not a theory, says that about 1e-3 is healthy: much below, a
// parameter hardly learns; much above, it is thrown about. It is from A. Karpathy,
// "Building makemore, part 3" (2022), for SGD.

#include <span>
#include <vector>

#include "evenkeel/core/parameter.hpp"

namespace evenkeel {

/// For parameters that outlive it. Costs one copy of them; a step nobody looks at costs nothing.
class UpdateRatio {
 public:
  explicit UpdateRatio(std::span<Parameter* const> parameters)
      : parameters_(parameters.begin(), parameters.end()) {}

  void before_step();

  /// One ratio for each parameter, in their order. σ divides by the number of entries.
  /// Infinite where all entries were equal before (a gamma that is still 1 everywhere, a
  /// bias that is still 0) and no longer are; 0 where the step moved nothing. Throws
  /// Error without a before_step() for this step.
  std::vector<double> after_step();

 private:
  std::vector<Parameter*> parameters_;
  std::vector<Matrix> before_;  // the buffers stay from one step to the next
  bool ready_ = false;
};

}  // namespace evenkeel
