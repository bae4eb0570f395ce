#pragma once
// Steps that workloads and growth both time, and how they time them.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/transformer/gpt.hpp"

namespace evenkeel {

/// The N of an option such as --threads=N, 0 if it is not the first word; taken away, since Google
/// Benchmark refuses what it does not know.
inline int take_number(std::string_view option, int& argc, char* argv[]) {
  if (argc < 2 || !std::string_view(argv[1]).starts_with(option)) return 0;
  const int number = std::atoi(argv[1] + option.size());
  std::copy(argv + 2, argv + argc + 1, argv + 1);
  --argc;
  return number;
}

/// The first step makes the tape's nodes and their memory; later ones use them again and are timed.
/// The counter "fastest" is the time of the fastest, in milliseconds: what else runs on the machine
/// only adds to it.
template <class Step>
void run_in_steady_state(benchmark::State& state, Step step) {
  using Clock = std::chrono::steady_clock;
  step();
  Clock::duration fastest = Clock::duration::max();
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    step();
    fastest = std::min(fastest, Clock::now() - start);
  }
  state.counters["fastest"] = std::chrono::duration<double, std::milli>(fastest).count();
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

inline std::vector<Index> random_tokens(Index count, Random& random) {
  std::vector<Index> tokens(count);
  for (Index& token : tokens) token = random.below(65);
  return tokens;
}

/// Forward and backward over so many random tokens in sequences of one length, then `update`.
template <class Update>
void run_gpt(benchmark::State& state, Gpt& gpt, Index tokens, Index length, Random& random,
             Update update) {
  const std::vector<Index> given = random_tokens(tokens, random);
  const std::vector<Index> next = random_tokens(tokens, random);
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
