#pragma once
// Runs a function in a process of its own, with limits: 2 s of processor, 10 s in all, 2 GB of
// memory, no file above 1 MB. Whatever it does ends with a text.

#include <functional>
#include <string>

namespace exercises {

struct Outcome {
  std::string result;   ///< what the function returned
  std::string trouble;  ///< instead: how it ended, in words; empty when it returned
  std::string printed;  ///< the start of what it wrote to its standard output and error
};

Outcome isolate(const std::function<std::string()>& function);

}  // namespace exercises
