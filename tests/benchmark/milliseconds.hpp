#pragma once
// How the peers written in C++ time a step, as peer.py does.

#include <algorithm>
#include <chrono>
#include <limits>

/// The fastest of the steps of so many seconds, at least three, after a quarter of that unmeasured.
template <class Step>
double milliseconds(const Step& step, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto warm = Clock::now();
  do step();
  while (since(warm) < seconds / 4);
  double fastest = std::numeric_limits<double>::infinity();
  const auto begin = Clock::now();
  for (int steps = 0; since(begin) < seconds || steps < 3; ++steps) {
    const auto start = Clock::now();
    step();
    fastest = std::min(fastest, 1e3 * since(start));
  }
  return fastest;
}
