#pragma once
// How the peers written in C++ time a step, as peer.py does.

#include <algorithm>
#include <chrono>
#include <vector>

/// The median of the steps of so many seconds, at least three, after a quarter of that unmeasured.
template <class Step>
double milliseconds(const Step& step, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto warm = Clock::now();
  do step();
  while (since(warm) < seconds / 4);
  std::vector<double> times;
  const auto begin = Clock::now();
  while (since(begin) < seconds || times.size() < 3) {
    const auto start = Clock::now();
    step();
    times.push_back(1e3 * since(start));
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}
