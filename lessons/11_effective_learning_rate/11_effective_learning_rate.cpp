// 11 The effective learning rate: a norm behind a layer makes the length of its weights a clock.
//
//   loss(a·w) = loss(w),   g ⊥ w,   g(a·w) = g(w)/a
//
// Part 1 trains the same network from w₀ and from a·w₀. Part 2 lets the weights of one unit walk on
// targets that are noise, with and without weight decay; watches ‖w‖ and the angle of each step.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "effective_learning_rate.hpp"
#include "evenkeel/chart/progress.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "seeds.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace effective_learning_rate;

namespace {

constexpr ek::Index features = 32;
constexpr ek::Index samples = 64;
constexpr ek::Index units = 16;
constexpr ek::Index training_steps = 200;

// --- part 1 --------------------------------------------------------------------------------------

/// The task: 64 samples, the output of a teacher for each, and where the student starts.
struct Task {
  ek::Matrix x, target, start;

  explicit Task(std::uint64_t seed) {
    ek::Random random(seed);
    x = random.normal(features, samples);
    start = random.normal(units, features, 1 / std::sqrt(double(features)));
    ek::Tape tape;
    const ek::Var teacher = tape.constant(random.normal(units, features));
    target = relu(batch_norm(linear(tape.constant(x), teacher), units)).value();
  }

  ek::Var loss(ek::Tape& tape, ek::Parameter& w, double eps) const {
    const ek::Var h = relu(batch_norm(linear(tape.constant(x), w), units, {}, eps));
    return mse(h, tape.constant(target));
  }
};

void train(const Task& task, Training& run) {
  ek::Parameter w(task.start * run.factor, "w");
  ek::Sgd optimizer({&w}, {.learning_rate = run.rate});
  ek::Tape tape;
  for (ek::Index step = 0; step < training_steps; ++step) {
    tape.rewind();
    w.zero_gradient();
    const ek::Var loss = task.loss(tape, w, run.eps);
    tape.backward(loss);
    optimizer.step();
    run.loss.push_back(loss.value()[0]);
  }
}

ek::Matrix gradient_at(const Task& task, const ek::Matrix& at) {
  ek::Parameter w(at, "w");
  ek::Tape tape;
  tape.backward(task.loss(tape, w, 0));
  return w.gradient;
}

Invariance look_at_gradient(const Task& task) {
  constexpr double a = 5;
  const ek::Matrix g = gradient_at(task, task.start);
  const ek::Matrix g_scaled = gradient_at(task, a * task.start);
  Invariance found;
  for (ek::Index unit = 0; unit < units; ++unit) {
    const double length = arma::norm(g.row(unit));
    const double along = arma::dot(g.row(unit), task.start.row(unit));
    const double off = arma::norm(a * g_scaled.row(unit) - g.row(unit));
    found.cosine =
        std::max(found.cosine, std::abs(along) / (length * arma::norm(task.start.row(unit))));
    found.scaled_gradient = std::max(found.scaled_gradient, off / length);
  }
  return found;
}

// --- part 2 --------------------------------------------------------------------------------------

// 2·asin of half the chord: exact for small angles, where acos is not.
double angle_between(const ek::Matrix& a, const ek::Matrix& b) {
  const ek::Matrix chord = a / arma::norm(a) - b / arma::norm(b);
  return 2 * std::asin(std::min(1.0, arma::norm(chord) / 2));
}

void walk(Walk& s, std::uint64_t seed) {
  ek::Random random(seed);
  ek::Parameter w(random.normal(1, features), "w");
  w.value *= s.start / arma::norm(w.value);
  ek::Sgd optimizer({&w}, {.learning_rate = s.rate, .weight_decay = s.decay});
  ek::Tape tape;
  for (ek::Index step = 0; step < s.steps; ++step) {
    tape.rewind();
    w.zero_gradient();
    const ek::Var x = tape.constant(random.normal(features, samples));
    const ek::Var noise = tape.constant(random.normal(1, samples));
    tape.backward(0.5 * mse(batch_norm(linear(x, w), 1, {}, 0), noise));
    const ek::Matrix before = w.value;
    optimizer.step();

    const double length = arma::norm(before);
    const double g = arma::norm(w.gradient);
    const double predicted = std::pow((1 - s.rate * s.decay) * length, 2) + std::pow(s.rate * g, 2);
    s.weight.push_back(length);
    s.gradient.push_back(g);
    s.angle.push_back(angle_between(before, w.value));
    s.identity_error =
        std::max(s.identity_error, std::abs(std::pow(arma::norm(w.value), 2) / predicted - 1));
  }
}

// --- what is run ---------------------------------------------------------------------------------

void run_trainings(Result& r, std::uint64_t seed) {
  const Task task(seed);
  const double rate = Training{}.rate;
  r.trainings = {{1, rate}, {4, 16 * rate},  {5, 25 * rate},
                 {5, rate}, {1, rate, 1e-2}, {5, 25 * rate, 1e-2}};
  for (Training& training : r.trainings) train(task, training);
  r.invariance = look_at_gradient(task);
}

void plan_walks(Result& r) {
  r.growth.assign(r.seeds, {.steps = r.steps});
  const std::vector<Walk> settings = {{.rate = 0.5, .decay = 0.01},
                                      {.rate = 0.05, .decay = 0.1},
                                      {.rate = 0.5, .decay = 0.002},
                                      {.rate = 0.1, .decay = 0.1},
                                      {.rate = 0.5, .decay = 0.05}};
  for (Walk setting : settings) {
    setting.steps = r.steps;
    r.decays.emplace_back(r.seeds, setting);
  }
  for (double start : {0.5, 2.0, 8.0}) {
    r.starts.push_back({.rate = 0.5, .decay = 0.01, .start = start, .steps = 1000});
  }
}

void run_walks(Result& r, std::uint64_t seed) {
  plan_walks(r);
  ek::Progress progress("walks", r.seeds);
  for (ek::Index i = 0; i < r.seeds; ++i) {
    std::vector<Walk*> walks = {&r.growth[i]};
    for (std::vector<Walk>& seeds : r.decays) walks.push_back(&seeds[i]);
    for (Walk& start : r.starts) {
      if (i == 0) walks.push_back(&start);
    }
    in_parallel(0, walks.size(), [&](ek::Index k) { walk(*walks[k], seed + i); });
    progress.update(i + 1);
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  Result result;
  Lesson lesson("11_effective_learning_rate", "what the length of the weights does behind a norm");
  lesson.option("steps", result.steps, 3000, "of each walk (--quick: at most 4000)")
      .seeds(result.seeds, 1);

  return lesson.run(argc, argv, [&] {
    if (lesson.quick()) result.steps = std::min<ek::Index>(result.steps, 4000);
    fmt::print(
        "11 Effective learning rate: {} features, {} samples, BatchNorm, SGD; walks of {} "
        "steps, {} seeds from {}; a few seconds\n\n",
        features, samples, result.steps, result.seeds, lesson.seed());
    run_trainings(result, lesson.seed());
    run_walks(result, lesson.seed());
    print_tables(result);
    claim_all(lesson, result);
    write_tables(lesson, result);
    draw_all(lesson, result);
    lesson.try_next("lessons/run 11 --steps 30000");
  });
}
