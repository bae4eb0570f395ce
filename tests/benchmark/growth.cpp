// How cost grows with the work: time per node as the tape grows longer, time per token as there are
// more tokens. compare prints both; one Google Benchmark for each size.

#include <benchmark/benchmark.h>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "steps.hpp"

namespace {

using namespace evenkeel;

void layers(benchmark::State& state) {
  run_chain(state, static_cast<Index>(state.range(0)));
}

// A GPT, 64 wide, two layers.
void small_gpt(benchmark::State& state, Index tokens, Index length) {
  Random random(1);
  Gpt gpt = make_gpt(64, 2, length, random);
  run_gpt(state, gpt, tokens, length, random, [] {});
}

void short_sequences(benchmark::State& state) {
  small_gpt(state, static_cast<Index>(state.range(0)), 16);
}

void one_sequence(benchmark::State& state) {
  small_gpt(state, static_cast<Index>(state.range(0)), static_cast<Index>(state.range(0)));
}

}  // namespace

// growth [--threads=N] [Google Benchmark's options]
int main(int argc, char* argv[]) {
  if (const int threads = take_number("--threads=", argc, argv)) set_num_threads(threads);
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
