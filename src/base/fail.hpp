#pragma once

#include <fmt/format.h>

#include <utility>

#include "evenkeel/base/error.hpp"

namespace evenkeel {

/// Throws Error with the text `[op] message`, the values put into the message.
template <class Value, class... Values>
[[noreturn]] void fail(std::string_view op, fmt::format_string<Value, Values...> message,
                       Value&& value, Values&&... values) {
  fail(op, fmt::format(message, std::forward<Value>(value), std::forward<Values>(values)...));
}

/// The same unless `holds`. A comparison with NaN does not hold.
template <class... Values>
void require(bool holds, std::string_view op, fmt::format_string<Values...> message,
             Values&&... values) {
  if (!holds) fail(op, fmt::format(message, std::forward<Values>(values)...));
}

}  // namespace evenkeel
