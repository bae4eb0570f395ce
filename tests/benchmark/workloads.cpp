// The workloads of docs/performance.md on Evenkeel, one Google Benchmark each. peer.py has the same
// work on PyTorch; compare runs both in turn.

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <functional>
#include <memory>

#include "evenkeel/attention/attention.hpp"
#include "evenkeel/base/memory.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/models/resnet.hpp"
#include "evenkeel/models/vgg.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "steps.hpp"

namespace {

using namespace evenkeel;

// 2,000 ops on 1×1 matrices, forward and backward: what a node costs.
void chain(benchmark::State& state) {
  run_chain(state, 1000);
}

// Experiment 1 of lesson 01, forward: ten layers, 64 wide, 100 samples; none, BatchNorm, LayerNorm,
// side by side: their products are too small to be cut.
void explosion(benchmark::State& state) {
  Random random(1);
  const Matrix x = random.normal(64, 100);
  std::vector<Parameter> weights;
  for (int layer = 0; layer < 10; ++layer) weights.emplace_back(random.normal(64, 64, 0.5));
  const std::vector<Var (*)(Var)> norms = {[](Var h) { return h; },
                                           [](Var h) { return batch_norm(h, 64); },
                                           [](Var h) { return layer_norm(h); }};
  std::array<Tape, 3> tapes;
  const auto stacks = [&](std::size_t first, std::size_t last) {
    for (std::size_t k = first; k < last; ++k) {
      const NoGrad forward_only(tapes[k]);
      Var h = tapes[k].constant(x);
      for (Parameter& w : weights) h = relu(norms[k](linear(h, w)));
      benchmark::DoNotOptimize(h.value()[0]);
      tapes[k].rewind();  // by its thread: the next round may find another one
    }
  };
  run_in_steady_state(state, [&] { parallel_blocks(3, 1, stacks); });
}

// One norm, forward and backward with gamma and beta, in training.
void run_norm(benchmark::State& state, Layer& norm, Index rows, Index cols) {
  Random random(1);
  Parameter x(random.normal(rows, cols));  // a parameter: its value is not copied onto the tape
  const Matrix dy = random.normal(rows, cols);
  Tape tape;
  run_in_steady_state(state, [&] {
    tape.rewind();
    x.zero_gradient();
    norm.zero_gradient();
    tape.backward(norm(tape.parameter(x)), std::cref(dy));
    benchmark::DoNotOptimize(x.gradient[0]);
  });
}

void layer_norm_4096x256(benchmark::State& state) {
  LayerNorm norm(256);
  run_norm(state, norm, 256, 4096);
}
void rms_norm_4096x256(benchmark::State& state) {
  RmsNorm norm(256);
  run_norm(state, norm, 256, 4096);
}
void batch_norm_4096x256(benchmark::State& state) {
  BatchNorm norm(256);
  run_norm(state, norm, 256, 4096);
}
void group_norm_images(benchmark::State& state) {
  GroupNorm norm(8, 64);
  run_norm(state, norm, 64 * 256, 32);
}
void instance_norm_images(benchmark::State& state) {
  InstanceNorm norm(64, {.affine = true});
  run_norm(state, norm, 64 * 256, 32);
}
void batch_norm_images(benchmark::State& state) {
  BatchNorm norm(64);
  run_norm(state, norm, 64 * 256, 32);
}

// --- training steps: forward, backward, optimizer ------------------------------------------------

// Linear layers with a norm and ReLU between them.
struct Mlp {
  std::vector<Parameter> weights, biases;
  std::vector<std::unique_ptr<Layer>> norms;

  template <class Norm>
  static Mlp with(const std::vector<Index>& widths) {
    Random random(1);
    Mlp mlp;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      const double he = std::sqrt(2.0 / static_cast<double>(widths[i]));
      mlp.weights.emplace_back(random.normal(widths[i + 1], widths[i], he));
      mlp.biases.emplace_back(Matrix(widths[i + 1], 1, arma::fill::zeros));
      if (i + 2 < widths.size()) mlp.norms.push_back(std::make_unique<Norm>(widths[i + 1]));
    }
    return mlp;
  }

  Var operator()(Var x) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      x = linear(x, weights[i], biases[i]);
      if (i < norms.size()) x = relu((*norms[i])(x));
    }
    return x;
  }

  std::vector<Parameter*> parameters() {
    std::vector<Parameter*> all;
    for (auto* list : {&weights, &biases}) {
      for (Parameter& p : *list) all.push_back(&p);
    }
    for (auto& norm : norms) {
      for (Parameter* p : norm->parameters()) all.push_back(p);
    }
    return all;
  }
};

template <class Model>
void train(benchmark::State& state, Model& model, Optimizer& optimizer, Index features,
           Index batch) {
  Random random(2);
  const Matrix x = random.normal(features, batch);
  std::vector<Index> targets;
  for (Index i = 0; i < batch; ++i) targets.push_back(i % 10);
  Tape tape;
  run_in_steady_state(state, [&] {
    tape.rewind();
    for (Parameter* p : optimizer.parameters()) p->zero_gradient();
    const Var loss = cross_entropy(model(tape.constant(x)), targets);
    tape.backward(loss);
    optimizer.step();
    benchmark::DoNotOptimize(loss.value()[0]);
  });
}

void mlp_small(benchmark::State& state) {
  Mlp mlp = Mlp::with<LayerNorm>({64, 64, 64, 10});
  Adam optimizer(mlp.parameters());
  train(state, mlp, optimizer, 64, 32);
}

void mlp_784(benchmark::State& state) {
  Mlp mlp = Mlp::with<BatchNorm>({784, 256, 256, 10});
  Sgd optimizer(mlp.parameters(), {.learning_rate = 0.01, .momentum = 0.9});
  train(state, mlp, optimizer, 784, 128);
}

// 1 → 16 → 32 channels, 3×3, each with BatchNorm, ReLU and pooling; 28×28.
void cnn(benchmark::State& state) {
  Random random(1);
  Vgg vgg({.widths = {16, 32}, .convs_per_stage = 1, .conv = {.norm = image_norm("batch")}},
          random);
  Sgd optimizer(vgg.parameters(), {.learning_rate = 0.01, .momentum = 0.9});
  train(state, vgg, optimizer, 784, 32);
}

void train_gpt(benchmark::State& state, Index width, Index context, Index batch) {
  Random random(1);
  Gpt gpt = make_gpt(width, 4, context, random);
  AdamW optimizer(decay_matrices_only(gpt, 0.1), {.learning_rate = 1e-3, .beta2 = 0.99});
  run_gpt(state, gpt, batch * context, context, random, [&] {
    clip_gradient_norm(optimizer.parameters(), 1.0);
    optimizer.step();
  });
}

void gpt_small(benchmark::State& state) {
  train_gpt(state, 64, 32, 16);
}
void gpt_128(benchmark::State& state) {
  train_gpt(state, 128, 64, 12);
}
void gpt_wide(benchmark::State& state) {
  train_gpt(state, 256, 128, 8);
}

// --- forward alone, in evaluation ----------------------------------------------------------------

template <class Forward>
void evaluate(benchmark::State& state, Module& model, Forward forward) {
  const EvaluationMode evaluation(model);
  Tape tape;
  const NoGrad forward_only(tape);
  run_in_steady_state(state, [&] {
    tape.rewind();
    benchmark::DoNotOptimize(forward(tape).value()[0]);
  });
}

void gpt_forward(benchmark::State& state) {
  Random random(1);
  Gpt gpt = make_gpt(128, 4, 64, random);
  const std::vector<Index> given = random_tokens(12 * 64, random);
  evaluate(state, gpt, [&](Tape& tape) { return gpt(tape, given, 64); });
}

// Lesson 09's network: 16, 32 and 64 channels, one block each, BatchNorm; 32 images of 28×28.
void resnet_forward(benchmark::State& state) {
  Random random(1);
  ResNet resnet({.conv = {.norm = image_norm("batch")}}, random);
  const Matrix x = random.normal(784, 32);
  evaluate(state, resnet, [&](Tape& tape) { return resnet(tape.constant(x)); });
}

// -------------------------------------------------------------------------------------------------

// Causal attention, eight heads of 64, one sequence of T tokens; forward and backward.
template <Index T>
void attend(benchmark::State& state) {
  Random random(1);
  Parameter q(random.normal(512, T)), k(random.normal(512, T)), v(random.normal(512, T));
  const Matrix dy = random.normal(512, T);
  Tape tape;
  run_in_steady_state(state, [&] {
    tape.rewind();
    for (Parameter* p : {&q, &k, &v}) p->zero_gradient();
    const Var y = attention(tape.parameter(q), tape.parameter(k), tape.parameter(v),
                            {.heads = 8, .sequence_length = T, .causal = true});
    tape.backward(y, std::cref(dy));
    benchmark::DoNotOptimize(q.gradient[0]);
  });
}

// --- yardsticks: the same work always, which tells whether the machine has other things to do ----

void yardstick_product(benchmark::State& state) {
  const Index n = 512;
  Random random(1);
  const Matrix a = random.normal(n, n), b = random.normal(n, n);
  Tape tape;
  const NoGrad forward_only(tape);
  run_in_steady_state(state, [&] {
    tape.rewind();
    benchmark::DoNotOptimize((tape.constant(a) * tape.constant(b)).value()[0]);
  });
}

void yardstick_copy(benchmark::State& state) {
  const Matrix from(256, 4096, arma::fill::ones);
  Matrix to(256, 4096);
  run_in_steady_state(state, [&] {
    parallel_blocks(from.n_elem, Index{1} << 16, [&](Index first, Index last) {
      std::copy(from.memptr() + first, from.memptr() + last, to.memptr() + first);
    });
    benchmark::ClobberMemory();
  });
}

// How many steps, where not as many as it takes to time one.
int steps = 0;

void add(const char* name, void (*workload)(benchmark::State&)) {
  auto* const added = benchmark::RegisterBenchmark(name, workload);
  added->UseRealTime()->Unit(benchmark::kMillisecond);
  if (steps > 0) added->Iterations(steps);
}

}  // namespace

// workloads [--threads=N] [--steps=N] [Google Benchmark's options]
int main(int argc, char* argv[]) {
  keep_freed_memory();
  if (const int threads = take_number("--threads=", argc, argv)) set_num_threads(threads);
  steps = take_number("--steps=", argc, argv);
  add("chain", chain);
  add("explosion", explosion);
  add("mlp_small", mlp_small);
  add("mlp", mlp_784);
  add("layer_norm", layer_norm_4096x256);
  add("rms_norm", rms_norm_4096x256);
  add("batch_norm", batch_norm_4096x256);
  add("group_norm", group_norm_images);
  add("instance_norm", instance_norm_images);
  add("batch_norm2d", batch_norm_images);
  add("cnn", cnn);
  add("gpt_small", gpt_small);
  add("gpt", gpt_128);
  add("gpt_wide", gpt_wide);
  add("gpt_forward", gpt_forward);
  add("resnet_forward", resnet_forward);
  add("attention_256", attend<256>);
  add("attention_1024", attend<1024>);
  add("attention_4096", attend<4096>);
  add("yardstick_product", yardstick_product);
  add("yardstick_copy", yardstick_copy);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
