#pragma once
// Steps that workloads and growth both time, and how they time them.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "evenkeel/base/memory.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/transformer/gpt.hpp"

namespace evenkeel {

/// --threads=N, if it is the first word: Google Benchmark leaves it alone.
inline void take_threads(int argc, char* argv[]) {
  keep_freed_memory();
  constexpr std::string_view option = "--threads=";
  if (argc > 1 && std::string_view(argv[1]).starts_with(option)) {
    set_num_threads(std::atoi(argv[1] + option.size()));
  }
}

/// The first step makes the tape's nodes and their memory; later ones use them again and are timed.
template <class Step>
void run_in_steady_state(benchmark::State& state, Step step) {
  step();
  for (auto _ : state) step();
}

/// So many layers, each a sum and a tanh of 1×1 matrices, forward and backward.
inline void run_chain(benchmark::State& state, Index layers) {
  Tape tape;
  const Matrix start(1, 1, arma::fill::ones);
  run_in_steady_state(state, [&] {
    tape.rewind();
    const Var x = tape.variable(start);
    Var y = x;
    for (Index i = 0; i < layers; ++i) y = tanh(y + x);
    tape.backward(y);
    benchmark::DoNotOptimize(x.gradient()[0]);
  });
}

inline Gpt make_gpt(Index width, Index layers, Index context, Random& random) {
  GptOptions options;
  options.vocabulary = 65;
  options.context = context;
  options.width = width;
  options.layers = layers;
  return {options, random};
}

/// Forward and backward over so many random tokens in sequences of one length, then `update`.
template <class Update>
void run_gpt(benchmark::State& state, Gpt& gpt, Index tokens, Index length, Random& random,
             Update update) {
  std::vector<Index> given, next;
  for (Index i = 0; i < tokens; ++i) {
    given.push_back(random.below(65));
    next.push_back(random.below(65));
  }
  Tape tape;
  run_in_steady_state(state, [&] {
    tape.rewind();
    gpt.zero_gradient();
    const Var loss = cross_entropy(gpt(tape, given, length), next);
    tape.backward(loss);
    update();
    benchmark::DoNotOptimize(loss.value()[0]);
  });
}

}  // namespace evenkeel
