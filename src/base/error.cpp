#include "evenkeel/base/error.hpp"

#include <fmt/format.h>

namespace evenkeel {

void fail(std::string_view op, std::string_view message) {
  throw Error(fmt::format("[{}] {}", op, message));
}

}  // namespace evenkeel
