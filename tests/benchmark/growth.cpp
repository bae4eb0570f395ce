// How cost grows with the work: time per node as the tape grows longer, time per token as there are
// more tokens. compare prints both; one Google Benchmark for each size.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string_view>

#include "evenkeel/core/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "steady.hpp"

namespace {

using namespace evenkeel;

// So many layers, each a sum and a tanh of 1×1 matrices, forward and backward.
void layers(benchmark::State& state) {
  Tape tape;
  const Matrix start(1, 1, arma::fill::ones);
  run_in_steady_state(state, [&] {
    tape.rewind();
    const Var x = tape.variable(start);
    Var y = x;
    for (Index i = 0; i < static_cast<Index>(state.range(0)); ++i) y = tanh(y + x);
    tape.backward(y);
    benchmark::DoNotOptimize(x.gradient()[0]);
  });
}

// Forward and backward of a GPT, 64 wide, two layers, over so many tokens in equal sequences.
void run_gpt(benchmark::State& state, Index tokens, Index length) {
  Random random(1);
  GptOptions options;
  options.vocabulary = 65;
  options.context = length;
  options.width = 64;
  options.layers = 2;
  Gpt gpt(options, random);
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
    benchmark::DoNotOptimize(loss.value()[0]);
  });
}

void short_sequences(benchmark::State& state) {
  run_gpt(state, static_cast<Index>(state.range(0)), 16);
}

void one_sequence(benchmark::State& state) {
  run_gpt(state, static_cast<Index>(state.range(0)), static_cast<Index>(state.range(0)));
}

}  // namespace

// growth [--threads=N] [Google Benchmark's options]
int main(int argc, char* argv[]) {
  if (argc > 1 && std::string_view(argv[1]).starts_with("--threads=")) {
    set_num_threads(std::atoi(argv[1] + std::string_view("--threads=").size()));
  }
  benchmark::RegisterBenchmark("layers", layers)
      ->RangeMultiplier(10)
      ->Range(10, 100'000)
      ->UseRealTime();
  for (const auto& [name, workload] :
       {std::pair{"short_sequences", &short_sequences}, {"one_sequence", &one_sequence}}) {
    benchmark::RegisterBenchmark(name, workload)
        ->RangeMultiplier(4)
        ->Range(16, 4096)
        ->UseRealTime();
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
