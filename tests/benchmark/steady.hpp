#pragma once

#include <benchmark/benchmark.h>

namespace evenkeel {

/// The first step makes the tape's nodes and their memory; later ones use them again and are timed.
template <class Step>
void run_in_steady_state(benchmark::State& state, Step step) {
  step();
  for (auto _ : state) step();
}

}  // namespace evenkeel
