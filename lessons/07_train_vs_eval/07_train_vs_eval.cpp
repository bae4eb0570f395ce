// 07 Train and eval: BatchNorm is two functions, and the second needs statistics.
//
//   training:   ŷ = (x − mean of the batch) / σ of the batch
//   evaluation: ŷ = (x − running mean) / running σ,   running ← (1 − m)·running + m·batch
// 64-128-128-10 learns digits; then each case is tested with three kinds of statistics.

#include "digits_task.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Case : Style {
  std::optional<double> momentum = 0.1;  // m; none: cumulative, every batch counts the same
  Index batch = 32;
};
const std::vector<Case> cases = {
    {{"healthy", "m = 0.1", colour::batch}},
    {{"last", "m = 1: the last batch only", colour::none}, 1.0},
    {{"late", "m = 0.01", colour::layer}, 0.01},
    {{"too_late", "m = 0.001", colour::instance}, 0.001},
    {{"cumulative", "cumulative average", colour::group}, {}},
    {{"twos", "trained with batches of 2", colour::black}, 0.1, 2},
    {{"faded", "test images faded: x/2 + 1/2", colour::black}},
    {{"sorted", "test samples sorted by class", colour::black}},
};
const Styles styles(cases.begin(), cases.end()), momenta(cases.begin(), cases.begin() + 5);

const Quantity running_mean{"running_mean", "update", "running mean of a feature of N(3, 1)"};
const Quantity by_epoch{"by_epoch", "epoch", "test error in evaluation, %"};
const Quantity evaluation{"evaluation", "", "error, evaluation, %"};
const Quantity of_batch{"of_batch", "", "error, batch statistics, %"};
const Quantity anew{"recalibrated", "", "error, recalibrated, %"};
const Quantity rms{"rms", "", "rms of ŷ₂ in evaluation"};

Mlp network(std::optional<double> m, std::uint64_t seed) {
  return digits_mlp([=](ImageShape s) { return BatchNorm(s.channels, {.momentum = m}); }, seed);
}

/// The same weights with the statistics of x. No labels and no gradients are needed.
Mlp recalibrated(Mlp& model, const Matrix& x) {
  Mlp fresh = network(1, 0);
  const std::vector<Parameter*> from = model.parameters(), to = fresh.parameters();
  for (std::size_t i = 0; i < to.size(); ++i) to[i]->value = from[i]->value;
  Tape tape;
  fresh(tape.constant(x));  // a batch of all of x, in training mode
  fresh.eval();
  return fresh;
}

/// Root of the mean square of ŷ in evaluation, of the second norm.
double rms_of_normalized(Mlp& model, const Matrix& x) {
  Tape tape;
  const Matrix z = model.layers[1](relu(model.norms[0](model.layers[0](tape.constant(x))))).value();
  const RunningStats& running = *dynamic_cast<BatchNorm&>(model.norms[1].layer()).running();
  const Matrix squares = arma::square(z.each_col() - running.mean);
  return std::sqrt(arma::mean(Matrix(arma::mean(squares, 1) / (running.variance + 1e-5f)).col(0)));
}

void run(const std::string& name, std::uint64_t seed, Index epochs, Record& record) {
  const Case& c = by_name(cases, name);
  Random random(seed);
  BatchNorm one_feature(1, {.affine = false, .momentum = c.momentum});
  for (Index t = 1; t <= 800; ++t) {
    Tape tape;
    one_feature(tape.constant(random.normal(1, 32) + Scalar(3)));
    if (t < 100 || t % 10 == 0) record.add(running_mean, name, t, one_feature.running()->mean[0]);
  }
  const Split sets = split_digits(seed);
  Mlp model = network(c.momentum, seed);
  for (const EpochReport& e : train(model, sets, {.batch = c.batch, .epochs = epochs}, seed))
    record.add(by_epoch, name, e.epoch, error_percent(e.test));
  Samples test = sets.test;
  if (name == "faded") test.x = Scalar(0.5) * test.x + Scalar(0.5);
  if (name == "sorted") {
    const arma::uvec labels(arma::conv_to<arma::uvec>::from(test.labels));
    test = take(test, arma::conv_to<std::vector<Index>>::from(arma::stable_sort_index(labels)));
  }
  Mlp copy = model, fresh = recalibrated(model, name == "faded" ? test.x : sets.train.x);
  copy.train();
  record.add(of_batch, name, 0, error_percent(copy, test, 64));
  record.add(anew, name, 0, error_percent(fresh, test));
  model.eval();
  record.add(evaluation, name, 0, error_percent(model, test));
  record.add(rms, name, 0, rms_of_normalized(model, test.x));
}

/// Mean and standard deviation of 40 seeds.
const Bands known = {
    {"running mean of a feature of N(3, 1), m = 0.01, 100",
     mean_near(1.902, 0.0117, "3(1 − (1 − m)^t)")},
    {"error, evaluation, %, m = 0.1", mean_like(1.7, 0.65, 40)},
    {"error, evaluation, %, m = 0.001", mean_like(7.5, 3.0, 40)},
    {"error, recalibrated, %, m = 0.001", mean_like(1.7, 0.65, 40)},
    {"error, evaluation, %, trained with batches of 2", mean_like(23.4, 3.9, 40)},
    {"error, recalibrated, %, trained with batches of 2", mean_like(20.9, 2.9, 40)},
    {"error, evaluation, %, test images faded: x/2 + 1/2", mean_like(23.5, 9.8, 40)},
    {"error, recalibrated, %, test images faded: x/2 + 1/2", mean_like(1.7, 0.65, 40)},
    {"error, batch statistics, %, test samples sorted by class", mean_like(55.6, 3.2, 40)},
    {"rms of ŷ₂ in evaluation, m = 0.1", mean_like(0.991, 0.009, 40)},
    {"rms of ŷ₂ in evaluation, m = 0.001", mean_like(1.34, 0.052, 40)},
    {"rms of ŷ₂ in evaluation, test images faded: x/2 + 1/2", mean_like(0.798, 0.063, 40)},
};

void draw(Lesson& lesson, const Record& record) {
  Chart running = chart_of(record, running_mean, momenta, Line::first, Axis::linear);
  add_theory(running, "theory", one_to(800), [](double t) { return 3 - 3 * std::pow(0.99, t); });
  running.title = "Small m is smooth but slow, large m fast and noisy";
  running.subtitle = "batches of 32, from 0; lines: first seed (claim: mean); pale: 5–95 %";
  lesson.chart(running.x_axis("update", Axis::log), "running_mean");
  Chart momentum = chart_of(record, by_epoch, momenta, Line::mean);
  momentum.title = "One training, five momenta: the weights are the same, evaluation is not";
  lesson.chart(momentum, "error_by_momentum");
  HeatMap map{{"evaluation", "batch", "recalibrated"}, {}, {}, "mean test error, %", Axis::log};
  for (const Style& c : styles) {
    map.rows.push_back(c.title);
    for (const Quantity* what : {&evaluation, &of_batch, &anew})
      map.values.push_back(mean_of(record.of(*what, c.name).at(0)));
  }
  lesson.chart(Chart("New statistics repair evaluation, not bad training").heat_map(map), "cases");
}

}  // namespace

int main(int argc, char* argv[]) {
  Index epochs = 10;
  Lesson lesson("07_train_vs_eval", "BatchNorm's two functions, and how the second goes wrong");
  lesson.option("epochs", epochs, 1, "of each training")
      .seeds(8, 2)
      .ask({"error, evaluation, %, m = 0.001",
            "Healthy: 2 % wrong. With momentum 0.001 and 420 batches?"})
      .ask({"error, recalibrated, %, m = 0.001", "And the same weights, recalibrated?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("digits, 64-128-128-10, batches of 32, {} epochs", epochs));
    const Record record = lesson.over_seeds(
        names_of(cases), [&](auto& name, auto seed, Record& r) { run(name, seed, epochs, r); });
    const bool same = record.of(of_batch, "too_late").at(0) == record.of(of_batch, "healthy").at(0);
    lesson.claim("same error with batch statistics, m = 0.001 and 0.1", {double(same)},
                 between(1, 1, "the same weights"));
    lesson.claim_means(record, {running_mean, evaluation, anew, of_batch, rms},
                       choose(cases, {"healthy", "late", "too_late", "twos", "faded", "sorted"}),
                       known);
    draw(lesson, record);
    lesson.try_next("lessons/run 07 --epochs 2");
  });
}
