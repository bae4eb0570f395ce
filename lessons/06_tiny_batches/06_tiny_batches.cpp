// 06 Tiny batches: BatchNorm when there are few samples to take statistics from.
//
//   two samples    ŷ = ±1 and ∂loss/∂x = 0, whatever they are
//   b samples      E(ŷ_train − ŷ_eval)² = 2(1 − √(2/b)·Γ(b/2)/Γ((b−1)/2)) ≈ 3/(2b)
//   SyncBatchNorm  over devices of b: mean of (v + m²) − M² is the variance of the whole batch
// Then an MLP 64-128-128-10 and a CNN of three convolutions (8, 16, 32 channels) learn digits.

#include "digits_task.hpp"
#include "evenkeel/models/vgg.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

const std::string in_batch = "samples in the batch", on_device = "samples on a device";
const Quantity mlp{"mlp_error", in_batch, "MLP: test error, %"};
const Quantity moved{"first_layer", in_batch, "MLP: ‖ΔW₁‖ / ‖W₁‖ over the training"};
const Quantity cnn{"cnn_error", in_batch, "CNN: test error, %"};
const Quantity own{"cnn_own", in_batch, "CNN by each test batch's statistics: error, %"};
const Quantity noise{"noise", in_batch, "mean of (ŷ train − ŷ eval)²"};
const Quantity alike{"alike", in_batch, "features with |ŷ| < 0.99, %"};
const Quantity spikes{"spikes", in_batch, "what they have of all |∂loss/∂x|, %"};
const Quantity averaged{"averaged", on_device, "averaged variance / the true one"};
const Quantity pooled{"pooled", on_device, "pooled variance − the batch's, largest"};

/// A batch of 32 from N(0, 1), dealt out to devices of b that normalize on their own.
constexpr Index features = 20'000, batch = 32;
void deal_out(const std::string& norm, std::uint64_t seed, Record& record) {
  Random random(seed);
  const Matrix x = random.normal(features, batch), dy = random.normal(features, batch);
  for (Index b : {2, 4, 8, 16, 32}) {
    Matrix m(features, batch / b), v = m, normalized = x, without_eps = x, dx_size = x;
    for (Index device = 0; device < batch / b; ++device) {
      const arma::span mine(device * b, device * b + b - 1);
      Tape tape;
      const Var part = tape.variable(x.cols(mine)), y = batch_norm(part, features);
      tape.backward(y, dy.cols(mine));
      m.col(device) = arma::mean(part.value(), 1);
      v.col(device) = arma::var(part.value(), 1, 1);
      normalized.cols(mine) = y.value();
      without_eps.cols(mine) = batch_norm(part, features, {}, 0).value();
      dx_size.cols(mine) = arma::abs(part.gradient());
    }
    const Matrix all = arma::mean(v + m % m, 1) - arma::square(arma::mean(m, 1));
    const arma::uvec close = arma::find(arma::abs(normalized) < 0.99);
    record.add(noise, norm, b,
               arma::as_scalar(arma::mean(arma::mean(arma::square(without_eps - x), 1))));
    record.add(alike, norm, b, 100 * double(close.n_elem) / double(x.n_elem));
    record.add(spikes, norm, b, 100 * arma::accu(dx_size.elem(close)) / arma::accu(dx_size));
    record.add(averaged, norm, b, arma::as_scalar(arma::mean(arma::mean(v, 1))));
    record.add(pooled, norm, b, arma::abs(all - arma::var(x, 1, 1)).max());
  }
}

double noise_of(double b) {
  return 2 * (1 - std::sqrt(2 / b) * std::exp(std::lgamma(b / 2) - std::lgamma((b - 1) / 2)));
}

void run(const std::vector<Index>& sizes, Index epochs, const std::string& norm, std::uint64_t seed,
         Record& record) {
  const MakeImageNorm& make = by_name(all_norms(), norm).make;
  const Split sets = split_digits(seed);
  for (Index size : sizes) {
    const Recipe recipe{.batch = size, .epochs = epochs};
    Random random(seed);
    Vgg net({sets.train.image, {8, 16, 32}, 1, 10, {.norm = make}}, random);
    record.add(cnn, norm, size, error_percent(train(net, sets, recipe, seed).back().test));
    net.train();  // BatchNorm takes the statistics of each test batch, as while it learned
    record.add(own, norm, size, error_percent(net, sets.test, size));
    if (size == 1) continue;  // a feature of the MLP would have a single value
    Mlp model = digits_mlp(make, seed);
    const Matrix start = model.layers[0].weight.value;
    record.add(mlp, norm, size, error_percent(train(model, sets, recipe, seed).back().test));
    const Matrix step = model.layers[0].weight.value - start;
    record.add(moved, norm, size, arma::norm(step, "fro") / arma::norm(start, "fro"));
  }
}

// |ŷ| = σ/√(σ² + eps) < 0.99 for σ < 0.99·√(eps/(1 − 0.99²)), and σ = |z|/√2 with z ~ N(0, 1).
// The integral of the gradient, eps/(σ² + eps)^(3/2), is |ŷ|: 99 % of all lies below this σ.
const double share = 100 * std::erf(0.99 * std::sqrt(1e-5 / (1 - 0.99 * 0.99)));
/// Every number that is judged, titled or drawn is a mean over seeds; sd: of one seed.
const Bands known = {
    {"features with |ŷ| < 0.99, %, BatchNorm, 2",
     mean_near(share, 0.0283, fmt::format("theory {:.2f}", share))},
    {"what they have of all |∂loss/∂x|, %, BatchNorm, 2", between(98.7, 99.3, "theory 99")},
    {"mean of (ŷ train − ŷ eval)², BatchNorm, 2",
     mean_near(noise_of(2), 0.00177, "theory, as above")},
    {"averaged variance / the true one, BatchNorm, 2", mean_near(0.5, 0.00141, "theory (b − 1)/b")},
    {"pooled variance − the batch's, largest, BatchNorm, 2",
     between(0, 1e-5, "equal up to rounding in float")},
    {"MLP: test error, %, BatchNorm, 32", mean_like(1.79, 0.66, 80)},
    {"MLP: test error, %, BatchNorm, 2", mean_like(23.2, 3.3, 80)},
    {"MLP: test error, %, GroupNorm, 2", mean_like(2.16, 0.67, 80)},
    {"MLP: test error, %, LayerNorm, 2", mean_like(2.06, 0.65, 80)},
    {"MLP: ‖ΔW₁‖ / ‖W₁‖ over the training, GroupNorm, 2", mean_like(0.216, 0.007, 24)},
    {"CNN: test error, %, BatchNorm, 2", mean_like(1.90, 0.61, 80)},
    {"CNN: test error, %, BatchNorm, 1", mean_like(15.5, 5.0, 80)},
    {"CNN by each test batch's statistics: error, %, BatchNorm, 1", mean_like(2.20, 0.83, 80)},
    {"CNN: test error, %, GroupNorm, 1", mean_like(1.96, 0.65, 80)},
};

void draw(Lesson& lesson, const Record& record, const Styles& norms) {
  const Curve& random = record.of(noise, "batch");
  Chart chart("Statistics of two samples: most of ŷ is noise", "N(0, 1), eps = 0");
  chart.points("measured", random.x, random.mean(), colour::batch);
  chart.x_axis(noise.x, Axis::log).y_axis(noise.y, Axis::log);
  add_theory(chart, "theory", {2, 2.5, 3, 4, 6, 8, 12, 16, 24, 32}, noise_of);
  lesson.chart(chart, "noise_by_batch");

  const Curve& errors = record.of(mlp, norms[0].name);
  Figure digits(fmt::format("Batches of {}: MLPs with {} get {:.0f} % wrong", errors.x.front(),
                            norms[0].title, errors.mean().front()),
                "", 3);
  for (const Quantity* what : {&mlp, &cnn, &moved})
    digits.add(chart_of(record, *what, norms, Line::mean).x_axis(what->x, Axis::log));
  lesson.chart(digits, "digits");
}

}  // namespace

int main(int argc, char* argv[]) {
  std::vector<Index> sizes = {1, 2, 4, 8, 16, 32};
  Index epochs = 10;
  std::vector<std::string> names = {"batch", "group", "layer"};
  Lesson lesson("06_tiny_batches", "BatchNorm when there are few samples in a batch");
  lesson.option("norm", names, feature_norm_names(), "which norms, separated by commas")
      .option("batches", sizes, 1, "samples in a batch")
      .option("epochs", epochs, 1, "of each training")
      .seeds(8, 2)
      .ask({"MLP: test error, %, BatchNorm, 2",
            "An MLP with BatchNorm gets 2 % wrong with batches of 32. With batches of two?"})
      .ask({"MLP: test error, %, GroupNorm, 2", "And with GroupNorm?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("digits, {} epochs of SGD, momentum 0.9, rate 0.05·B/32", epochs));
    Record record = lesson.over_seeds({"batch"}, deal_out, {}, "random_numbers");
    record.append(lesson.over_seeds(
        names, [&](auto& norm, auto seed, Record& r) { run(sizes, epochs, norm, seed, r); }));
    for (const Quantity* what : {&noise, &averaged, &mlp, &moved, &cnn, &own})
      print_table(record, *what, choose(all_norms(), names), Line::mean);
    lesson.claim_means(record, {alike, spikes, noise, averaged, pooled, mlp, moved, cnn, own},
                       choose(all_norms(), names), known);
    draw(lesson, record, choose(all_norms(), names));
    lesson.try_next("lessons/run 06 --norm batch,rms --epochs 20");
  });
}
