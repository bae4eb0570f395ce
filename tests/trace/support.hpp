#pragma once
// A small run to trace: two ReLU layers with a norm.

#include "evenkeel/core/random.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/trace/trace.hpp"

namespace evenkeel_test {

using namespace evenkeel;

/// variable, W, linear, gamma, beta, layer_norm, relu "h1", W, linear, relu "h2"
inline void record_two_layers(Tape& tape, LayerNorm& norm) {
  Random random(7);
  const Var x = tape.variable(random.normal(4, 3));
  const Var h = relu(norm(linear(x, tape.constant(random.normal(4, 4))))).label("h1");
  const Var y = relu(linear(h, tape.constant(random.normal(4, 4)))).label("h2");
  tape.backward(y, random.normal(4, 3));
}

inline Trace trace_of_two_layers() {
  Tape tape;
  LayerNorm norm(4);
  record_two_layers(tape, norm);
  return trace_of(tape, "two layers");
}

}  // namespace evenkeel_test
