#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace evenkeel {

/// What checks of shapes, options and handles throw. The text names the op, what was expected and
/// what came: `[layer_norm] gamma must be 64×1 to match x (64×100), got 32×1`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Error with the text `[op] message`.
[[noreturn]] inline void fail(std::string_view op, std::string_view message) {
  throw Error(std::string("[").append(op).append("] ").append(message));
}

}  // namespace evenkeel
