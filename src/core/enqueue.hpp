#pragma once

#include <functional>

namespace evenkeel {

/// Hands the work to a thread of the scheduler, and returns at once. It is not certain when a
/// thread comes to it, and the work must not throw.
void enqueue(std::function<void()> work);

}  // namespace evenkeel
