#pragma once
// Running many seeds, and looking at them all at once.

#include <functional>
#include <initializer_list>
#include <vector>

#include "evenkeel/core/types.hpp"
#include "measured.hpp"

namespace evenkeel::lesson {

/// Calls one(i) for every i in [first, last), on all cores; what it writes must be its own.
void in_parallel(Index first, Index last, const std::function<void(Index)>& one);

/// Everything in several lists, in their order.
template <class T>
std::vector<T*> all_of(std::initializer_list<std::vector<T>*> lists) {
  std::vector<T*> all;
  for (std::vector<T>* list : lists) {
    for (T& one : *list) all.push_back(&one);
  }
  return all;
}

/// One number for each layer.
using ByLayer = std::vector<double>;

/// The 5, 50 and 95 % quantiles over seeds, for each layer.
struct Band {
  ByLayer low, median, high;
};
Band band_over_seeds(const std::vector<ByLayer>& runs);

/// 0, 1, …, n − 1, as a chart's x.
std::vector<double> counted(std::size_t n);

}  // namespace evenkeel::lesson
