// 08 The gradients of BatchNorm: forward σ is perfect, backward the gradient explodes.
//
//   h ← φ(norm(W h)),   W = √(2/n)·N(0,1), 256×256,   30 layers, nothing is trained
//
// We watch σ of h, σ of ∂loss/∂h and the cosine between samples, for several norms, activations
// and batch sizes.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "batchnorm_gradients.hpp"
#include "evenkeel/chart/progress.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/probe/statistics.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace batchnorm_gradients;

namespace {

ek::Var activate(Activation activation, ek::Var x) {
  if (activation == Activation::relu) return relu(x);
  return activation == Activation::tanh ? tanh(x) : x;
}

// Over all pairs of columns: scaled to length 1, their sum has the squared length B + Σ cosines.
double mean_cosine(const ek::Matrix& h) {
  const ek::Matrix unit = arma::normalise(h);
  const double b = static_cast<double>(h.n_cols);
  const double length = arma::norm(arma::vectorise(arma::sum(unit, 1)));
  return (length * length - b) / (b * (b - 1));
}

Run run_once(const Stack& s, std::uint64_t seed) {
  ek::Random random(seed);
  ek::Tape tape;
  const double he = std::sqrt(2.0 / static_cast<double>(s.width));
  ek::Var h = tape.variable(random.normal(s.width, s.batch));  // features × samples
  std::vector<ek::Var> outputs;
  for (ek::Index layer = 0; layer < s.layers; ++layer) {
    const ek::Var w = tape.constant(random.normal(s.width, s.width, he));
    h = activate(s.activation, s.norm.apply(linear(h, w)));
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(s.width, s.batch));  // a random ∂loss/∂h at the top

  Run run;
  for (ek::Var output : outputs) {
    run.activation.push_back(ek::statistics(output.value()).sigma);
    run.gradient.push_back(ek::statistics(output.gradient()).rms);
    run.cosine.push_back(mean_cosine(output.value()));
  }
  return run;
}

// --- which networks ------------------------------------------------------------------------------

Study study(const Result& r, const char* norm, Activation activation, ek::Index batch) {
  const ek::Index width =
      std::max(r.width, 2 * batch);  // theory is for layers wider than the batch
  return {{norm_by_name(norm), activation, batch, width, r.layers}, std::vector<Run>(r.seeds)};
}

void plan(Result& r, bool quick) {
  for (const char* norm : {"none", "batch", "layer"}) {
    r.depth.push_back(study(r, norm, Activation::relu, 64));
  }
  for (const char* norm : {"batch", "layer"}) {
    r.tanhs.push_back(study(r, norm, Activation::tanh, 64));
  }
  std::vector<ek::Index> sizes = {4, 5, 8, 16, 32, 64, 128, 256};
  if (quick) sizes = {4, 8, 16, 64};
  for (Activation activation : {Activation::relu, Activation::linear}) {
    for (ek::Index size : sizes) r.batches.push_back(study(r, "batch", activation, size));
  }
}

void run_all(Result& r, std::uint64_t seed) {
  const std::vector<Study*> studies = all_of({&r.depth, &r.tanhs, &r.batches});
  ek::Progress progress("networks", studies.size());
  std::size_t done = 0;
  for (Study* study : studies) {
    in_parallel(0, r.seeds,
                [&](ek::Index i) { study->runs[i] = run_once(study->stack, seed + i); });
    progress.update(++done);
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  Result result;
  Lesson lesson("08_batchnorm_gradients", "BatchNorm's perfect forward pass and its gradients");
  lesson.option("layers", result.layers, 6, "number of layers")
      .option("width", result.width, 8, "features of each layer, at least twice the batch")
      .seeds(result.seeds, 3);

  return lesson.run(argc, argv, [&] {
    fmt::print(
        "08 BatchNorm's gradients: {} layers, {} wide, {} seeds from {}, no training; {}\n\n",
        result.layers, result.width, result.seeds, lesson.seed(),
        lesson.quick() ? "a few seconds" : "about ten seconds");
    plan(result, lesson.quick());
    run_all(result, lesson.seed());
    print_tables(result);
    claim_all(lesson, result);
    write_tables(lesson, result);
    draw_all(lesson, result);
    lesson.try_next("lessons/run 08 --layers 60");
  });
}
