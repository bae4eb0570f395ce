#pragma once
// What tests set for a scope.

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/kernels/kernels.hpp"

namespace evenkeel_test {

/// Sets the number of threads.
class WithThreads {
 public:
  explicit WithThreads(int threads) { evenkeel::set_num_threads(threads); }
  ~WithThreads() { evenkeel::set_num_threads(before_); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;

 private:
  int before_ = evenkeel::num_threads();
};

/// Sets which bodies run.
class WithKernels {
 public:
  explicit WithKernels(evenkeel::Kernels which) { evenkeel::set_kernels(which); }
  ~WithKernels() { evenkeel::set_kernels(before_); }
  WithKernels(const WithKernels&) = delete;
  WithKernels& operator=(const WithKernels&) = delete;

 private:
  evenkeel::Kernels before_ = evenkeel::current_kernels();
};

}  // namespace evenkeel_test
