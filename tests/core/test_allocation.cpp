// A training step in steady state allocates no matrix: rewind() keeps the memory of every node, and
// ops write into it. That is a promise of the fast kernels; the plain ones read like their formulas
// and make temporaries.

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <vector>

#include <unistd.h>

#include "core/tiny_ops.hpp"
#include "evenkeel/attention/attention.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "matrix_allocations.hpp"

using namespace evenkeel;

namespace {

constexpr Index width = 64;
constexpr Index samples = 50;
constexpr Index classes = 10;

// linear → norm → relu, twice, with a residual around the second; cross-entropy; plain SGD
struct Training {
  Random random{1};
  Tape tape;
  Matrix x = random.normal(width, samples);
  std::vector<Index> targets = std::vector<Index>(samples, 3);
  Parameter first{random.normal(width, width, 0.2)};
  Parameter second{random.normal(width, width, 0.2)};
  Parameter bias{Matrix(width, 1, arma::fill::zeros)};
  Parameter head{random.normal(classes, width, 0.2)};
  BatchNorm batch_norm{width};
  LayerNorm layer_norm{width};
  RmsNorm rms_norm{width};

  std::vector<Parameter*> parameters() {
    std::vector<Parameter*> all = {&first, &second, &bias, &head};
    for (Module* norm : {static_cast<Module*>(&batch_norm), static_cast<Module*>(&layer_norm),
                         static_cast<Module*>(&rms_norm)}) {
      for (Parameter* parameter : norm->parameters()) all.push_back(parameter);
    }
    return all;
  }

  double step() {
    tape.rewind();
    const Var h = relu(batch_norm(linear(tape.constant(x), first)));
    const Var branch = relu(layer_norm(linear(h, second, bias)));
    const Var scores = linear(rms_norm(h + branch), head);
    const Var logits = scores + 0.5 * scores;  // a second place where gradients meet, another shape
    const Var loss = cross_entropy(logits, targets);
    tape.backward(loss);
    for (Parameter* parameter : parameters()) {
      parameter->value -= Scalar(0.01) * parameter->gradient;
      parameter->zero_gradient();
    }
    return loss.value()(0, 0);
  }
};

// What one head of attention takes, forward and backward, beside q, k, v and dy.
double attention_bytes(Index length) {
  Random random(1);
  Parameter q{random.normal(16, length)}, k{random.normal(16, length)},
      v{random.normal(16, length)};
  const Matrix dy = random.normal(16, length);
  Tape tape;
  const long before = matrix_bytes();
  const Var y = attention(tape.parameter(q), tape.parameter(k), tape.parameter(v),
                          {.sequence_length = length, .causal = true});
  tape.backward(y, dy);
  return static_cast<double>(matrix_bytes() - before);
}

// One gradient gets several contributions at each step: through the scratch buffers.
void meet(Tape& tape, const Matrix& data) {
  const Var x = tape.variable(data);
  tape.backward(tiny::total(tiny::plus(tiny::times(x, x), tiny::times(x, x, x))));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core)
BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(the_count_counts) {
  const long before = matrix_allocations();
  const Matrix large(100, 100);
  BOOST_TEST(matrix_allocations() == before + 1);
  const Matrix small(4, 4);  // its 16 elements live inside the object
  BOOST_TEST(matrix_allocations() == before + 1);
  const Matrix copy = large;
  BOOST_TEST(matrix_allocations() == before + 2);
}

BOOST_AUTO_TEST_CASE(a_training_step_in_steady_state_allocates_no_matrix) {
  const int threads_before = num_threads();
  const Kernels kernels_before = current_kernels();
  set_kernels(Kernels::fast);
  for (const int count : {1, 2}) {
    set_num_threads(count);
    Training training;
    const long at_the_start = matrix_allocations();
    const double first_loss = training.step();
    const long after_the_first = matrix_allocations();
    BOOST_TEST(after_the_first > at_the_start);  // else nobody counts here
    double last_loss = 0;
    for (int i = 0; i < 5; ++i) last_loss = training.step();
    BOOST_TEST(matrix_allocations() == after_the_first);
    BOOST_TEST(last_loss < first_loss);  // it did train
    BOOST_TEST_MESSAGE("matrices allocated: "
                       << after_the_first - at_the_start << " in the first step, "
                       << matrix_allocations() - after_the_first << " in the next five");
  }
  set_num_threads(threads_before);
  set_kernels(kernels_before);
}

Index resident_bytes() {
  std::ifstream file("/proc/self/statm");
  Index all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<Index>(sysconf(_SC_PAGESIZE));
}

BOOST_AUTO_TEST_CASE(two_thousand_steps_need_no_more_memory_than_two_hundred) {
  Training training;
  for (int i = 0; i < 200; ++i) training.step();
  const Index before = resident_bytes();
  for (int i = 0; i < 2000; ++i) training.step();
  BOOST_TEST(resident_bytes() <= before + (Index{1} << 18));
}

BOOST_AUTO_TEST_CASE(widths_that_change_from_step_to_step_take_no_more_than_the_largest) {
  std::vector<Matrix> data;
  for (const Index columns : {300, 7, 33, 299, 150, 8, 64, 300, 12}) {
    data.emplace_back(8, columns, arma::fill::ones);
  }
  Tape tape;
  meet(tape, data[0]);
  const long after_the_largest = matrix_allocations();
  for (const Matrix& x : data) {
    tape.rewind();
    meet(tape, x);
  }
  BOOST_TEST(matrix_allocations() == after_the_largest);
}

// Armadillo frees the memory of a matrix that comes to fit into 16 elements.
BOOST_AUTO_TEST_CASE(small_and_large_gradients_share_no_scratch_buffer) {
  const Matrix large(30, 30, arma::fill::ones);
  const Matrix small(2, 2, arma::fill::ones);
  Tape tape;
  long after_the_first = 0;
  for (int step = 0; step < 4; ++step) {
    tape.rewind();
    for (const Matrix* x : {&large, &small, &large, &small}) meet(tape, *x);
    if (step == 0) after_the_first = matrix_allocations();
  }
  BOOST_TEST(matrix_allocations() == after_the_first);
}

// Four times as many tokens: four times the memory when the scores are made block by block,
// sixteen times when all T × T of them are held.
BOOST_AUTO_TEST_CASE(attentions_memory_is_linear_in_the_length) {
  const Kernels before = current_kernels();
  set_kernels(Kernels::fast);
  const double fast = attention_bytes(4096) / attention_bytes(1024);
  BOOST_TEST(std::abs(fast - 4) < 0.1);
  // y, three gradients, and one number a token; 8 leaves no room for 4096² scores, 256 times y
  BOOST_TEST(attention_bytes(4096) < 8 * 16 * 4096 * sizeof(Scalar));
  set_kernels(Kernels::plain);
  BOOST_TEST(attention_bytes(1024) / attention_bytes(256) > 14);  // so quadratic would be seen
  set_kernels(before);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
