// 09 Learning curves: which norm trains at which learning rate, how fast, how smoothly.
//
//   ResNet 8-16-32 on Fashion-MNIST      norms × learning rates
//   MLPs, 64 wide, on digits             norms × depths × learning rates
//   both: SGD with momentum 0.9, a constant learning rate, batches of 32
// Why: how smooth the loss of an MLP is, and the cosine between samples in a deep one.

#include "digits_task.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/data/fashion.hpp"
#include "evenkeel/models/resnet.hpp"
#include "evenkeel/mpi/run_processes.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/diagnostics.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

using evenkeel::lesson::Record;  // not the probe's
struct Setting {
  std::vector<double> rates{0.003, 0.01, 0.03, 0.1, 0.3};  // of the ResNet
  std::vector<double> mlp_rates{0.003, 0.01, 0.03, 0.1, 0.3, 1, 3};
  std::vector<Index> depths{2, 5, 10, 20};  // hidden layers of the MLPs
  Index epochs = 3, mlp_epochs = 3;
  Communicator* all = &one_process();
};

const Quantity loss{"loss", "learning rate", "training loss, last epoch"};
const Quantity accuracy{"accuracy", "learning rate", "test accuracy, %"};
const Quantity by_batch{"by_batch", "learning rate", "accuracy by the test images' statistics, %"};
const Quantity beta{"beta", "step", "β: how fast the gradient changes along itself"};
const Quantity beta_w2{"beta_w2", "step", "β‖w‖²: the same, free of the weights' scale"};
const Quantity range{"range", "step", "range of the loss along the gradient"};
const Quantity identity{"identity", "", "the identity, largest relative difference"};
const Quantity cosine{"cosine", "hidden layer", "cosine similarity between samples"};
Quantity batch_loss(double rate) {
  return {fmt::format("loss_{}", rate), "step", fmt::format("batch loss at rate {}", rate)};
}
Quantity mlp_accuracy(Index depth) {
  return {fmt::format("mlp_{}", depth), "rate", fmt::format("MLP of {} layers, % right", depth)};
}

constexpr double cut = 3;  // fmin(loss, cut): a loss above this, or one that is no number, is this

// --- learning curves -----------------------------------------------------------------------------

struct KeepLosses final : TrainingObserver {
  std::vector<double> losses;
  void before_update(const TrainingStep& step) override { losses.push_back(step.metrics.loss); }
  void after_update(const TrainingStep&) override {}
};

EpochReport fit(Communicator& all, Layer& model, const Split& data, double rate, Index epochs,
                std::uint64_t seed, TrainingObserver* observer = nullptr) {
  Sgd optimizer(model.parameters(), {.learning_rate = rate, .momentum = 0.9});
  Loader loader(data.train, {.batch = 32, .drop_last = true, .share = all.share()}, seed);
  Trainer trainer(model, optimizer, {.epochs = epochs, .progress = nullptr, .processes = &all});
  if (observer) trainer.observe(*observer);
  return trainer.fit(loader, data.test).back();
}

ResNet resnet(const MakeImageNorm& norm, std::uint64_t seed) {
  Random random(seed);
  return {{.widths = {8, 16, 32}, .conv = {.norm = norm}}, random};
}

void train_resnets(const Setting& s, const Split& images, const std::string& norm,
                   std::uint64_t seed, Record& record) {
  for (double rate : s.rates) {
    ResNet model = resnet(norm_over(*s.all, norm), seed);
    KeepLosses kept;
    const EpochReport end = fit(*s.all, model, images, rate, s.epochs, seed, &kept);
    record.add(loss, norm, rate, std::fmin(end.train.loss, cut));
    record.add(accuracy, norm, rate, 100 * end.test.accuracy);
    model.train();  // BatchNorm takes the statistics of the test images
    record.add(by_batch, norm, rate, 100 - error_percent(model, images.test, 250));
    kept.losses.resize(s.epochs * (images.train.size() / 32), cut);  // from where it diverged
    for (std::size_t i = 0; i < kept.losses.size(); ++i)
      record.add(batch_loss(rate), norm, double(i + 1), std::fmin(kept.losses[i], cut));
  }
}

Mlp mlp(Index depth, const MakeImageNorm& norm, std::uint64_t seed) {
  std::vector<Index> widths(depth + 2, 64);
  widths.back() = 10;
  Random random(seed);
  return {{.widths = widths, .norm = norm}, random};
}

/// Before any training: the mean over all pairs of samples, after each hidden layer.
void measure_cosine(const std::string& norm, const Matrix& x, std::uint64_t seed, Record& record) {
  Mlp model = mlp(20, by_name(all_norms(), norm).make, seed);
  Tape tape;
  Var h = tape.constant(x);
  for (Index l = 0; l < 20; ++l) {
    h = model.layers[l](h);
    h = relu(model.norms.empty() ? h : model.norms[l](h));
    record.add(cosine, norm, double(l + 1), mean_cosine(h.value()));
  }
}

void train_mlps(const Setting& s, const Split& digits, const std::string& norm, std::uint64_t seed,
                Record& record) {
  for (Index depth : s.depths) {
    for (double rate : s.mlp_rates) {
      Mlp model = mlp(depth, norm_over(*s.all, norm), seed);
      const EpochReport end = fit(*s.all, model, digits, rate, s.mlp_epochs, seed);
      record.add(mlp_accuracy(depth), norm, rate, 100 * end.test.accuracy);  // 0 if it diverged
    }
  }
}

// --- smoothness ----------------------------------------------------------------------------------
//   β = max ‖∇L(w − η∇L) − ∇L(w)‖ / ‖η∇L‖   over steps η from .05 to .4 along the gradient
//   if L does not change with the scale of w, ∇L scales as 1/‖w‖ and β as 1/‖w‖² (lesson 11)

double loss_and_gradients(Tape& tape, Mlp& model, const Batch& batch) {
  tape.rewind();
  model.zero_gradient();
  const Var loss = cross_entropy(model(tape.constant(batch.x)), batch.labels);
  tape.backward(loss);
  return loss.value()(0, 0);
}

arma::vec gradient_of(Mlp& model) {
  arma::vec flat;
  for (const Parameter* p : model.parameters())
    flat = arma::join_cols(flat, arma::conv_to<arma::vec>::from(arma::vectorise(p->gradient)));
  return flat;
}

void look_along_gradient(Tape& tape, Mlp& model, const Batch& batch, const std::string& norm,
                         double step, Record& record) {
  double lowest = loss_and_gradients(tape, model, batch), highest = lowest, largest = 0;
  const arma::vec g = gradient_of(model);
  for (int i = 1; i <= 8; ++i) {
    const double eta = 0.05 * i;
    Mlp there = model;
    const std::vector<Parameter*> from = model.parameters(), to = there.parameters();
    for (std::size_t k = 0; k < to.size(); ++k) to[k]->value -= Scalar(eta) * from[k]->gradient;
    const double loss = loss_and_gradients(tape, there, batch);
    lowest = std::min(lowest, loss);
    highest = std::max(highest, loss);
    largest = std::max(largest, arma::norm(gradient_of(there) - g) / (eta * arma::norm(g)));
  }
  double squares = 0;  // ‖w‖² of the hidden layers
  for (std::size_t l = 0; l + 1 < model.layers.size(); ++l)
    squares += arma::accu(arma::square(model.layers[l].weight.value));
  record.add(beta, norm, step, largest);
  record.add(beta_w2, norm, step, largest * squares);
  record.add(range, norm, step, highest - lowest);
}

// ‖∂L/∂z‖² = (γ²/σ²)·(‖g‖² − ⟨1, g⟩²/B − ⟨ŷ, g⟩²/B) for each unit of each BatchNorm on the tape,
// where z goes into the norm and g = ∂L/∂y comes back to it. Rows are units, B = columns.
double identity_error(const Tape& tape) {
  double worst = 0;
  for (Index i = 0; i < tape.size(); ++i) {
    const Node& norm = tape.node(i);
    if (norm.kind() != "batch_norm") continue;
    const Node& before = tape.node(norm.inputs[0]);
    const arma::mat z = arma::conv_to<arma::mat>::from(before.value());
    const arma::mat dz = arma::conv_to<arma::mat>::from(before.gradient());
    const arma::mat g = arma::conv_to<arma::mat>::from(norm.gradient());
    const arma::vec gamma = arma::conv_to<arma::vec>::from(tape.node(norm.inputs[1]).value());
    const arma::vec variance = arma::var(z, 1, 1) + 1e-5;  // with the norm's eps
    arma::mat yhat = z.each_col() - arma::mean(z, 1);
    yhat.each_col() /= arma::sqrt(variance);
    const arma::vec square = arma::sum(arma::square(g), 1);
    const arma::vec gone = arma::square(arma::sum(g, 1)) + arma::square(arma::sum(yhat % g, 1));
    const arma::vec factor = arma::square(gamma) / variance;
    const arma::vec left = arma::sum(arma::square(dz), 1);
    // Relative to what does not cancel: a dead unit's gradient is 0 on both sides.
    const arma::vec off =
        arma::abs(left - factor % (square - gone / double(z.n_cols))) / (factor % square);
    worst = std::max(worst, arma::max(off.elem(arma::find(square > 0))));
  }
  return worst;
}

void measure_smoothness(const std::string& norm, const Split& digits, std::uint64_t seed,
                        Record& record) {
  Mlp model = mlp(6, by_name(all_norms(), norm).make, seed);
  Sgd optimizer(model.parameters(), {.learning_rate = 0.05});
  Loader loader(digits.train, {.batch = 128, .drop_last = true}, seed);
  Tape tape;
  Batch batch;
  double worst = 0;
  for (Index step = 0; step <= 200; ++step) {
    if (step % loader.batches() == 0) loader.start(step / loader.batches());
    loader.next(batch);
    if (step % 20 == 0) look_along_gradient(tape, model, batch, norm, double(step), record);
    loss_and_gradients(tape, model, batch);
    if (norm == "batch" && step % 20 == 0) worst = std::max(worst, identity_error(tape));
    optimizer.step();
  }
  if (norm == "batch") record.add(identity, norm, 0, worst);
}

Figure panel_of(const Diagnostics& diagnostics) {
  const auto sigma = [](const auto& look) { return look.activation.sigma; };
  const auto [low, high] = std::ranges::minmax(diagnostics.looks(), {}, sigma);
  Figure figure = diagnostics.figure();
  figure.title = fmt::format("BatchNorm: few dead units, σ {:.1f}–{:.1f}", sigma(low), sigma(high));
  return figure;
}

/// SGD with momentum 0.9, weight decay 5e-4 on matrices, a tenth of an epoch of warm-up, then half
/// a cosine to 0; every other image mirrored. tests/benchmark/resnet_recipe.py: by PyTorch.
void run_recipe(Lesson& lesson, bool whole, Index epochs) {
  Communicator& all = lesson.processes();
  Split sets = fashion(whole ? FashionSet::whole : FashionSet::shipped);
  standardize(sets, Standardized::of_all);
  const Quantity accuracy{"accuracy", "epoch", "test accuracy, %"};
  lesson.setting(fmt::format("ResNet 16-32-64, BatchNorm, {} + {} images, {} epochs",
                             sets.train.size(), sets.test.size(), epochs));
  const auto train = [&](const std::string& norm, std::uint64_t seed, Record& record) {
    Random random(seed);
    ResNet model({.conv = {.norm = norm_over(all, norm)}}, random);
    Sgd optimizer(decay_matrices_only(model, 5e-4), {.learning_rate = 0.05, .momentum = 0.9});
    Loader loader(sets.train, {.batch = 64, .drop_last = true, .flip = true, .share = all.share()},
                  seed);
    const CosineSchedule schedule{
        .learning_rate = 0.05, .warmup = loader.batches() / 10, .total = epochs * loader.batches()};
    Trainer trainer(
        model, optimizer,
        {.epochs = epochs, .schedule = schedule, .progress = nullptr, .processes = &all});
    Diagnostics diagnostics({.every = 50});
    trainer.observe(diagnostics);
    for (const EpochReport& e : trainer.fit(loader, sets.test))
      record.add(accuracy, norm, double(e.epoch), 100 * e.test.accuracy);
    if (seed == lesson.seed())
      lesson.chart(panel_of(diagnostics), whole ? "recipe_whole" : "recipe_shipped");
  };
  const Record record = lesson.over_seeds({"batch"}, train);
  print_table(record, accuracy, choose(all_norms(), {"batch"}), Line::mean);
  // Shipped: twice five seeds, 80.1 ± 0.4 and 80.0 ± 0.7. Whole: 92.7; such networks reach 92.
  if (lesson.quick()) lesson.only_show();
  lesson.claim(fmt::format("test accuracy, %, BatchNorm, {}", epochs),
               {mean_of(record.of(accuracy, "batch").last())},
               between(whole ? 92 : 78.9, whole ? 100 : 81.3, "PyTorch's: README.md"));
}

const Bands smoothness = {
    {beta.y + ", no normalization, 100", mean_like(42.3, 11.3, 60)},
    {beta.y + ", LayerNorm, 100", mean_like(32.7, 5.7, 60)},
    {beta.y + ", BatchNorm, 100", mean_like(5.31, 0.71, 60)},
    {beta_w2.y + ", no normalization, 100", mean_like(33'200, 8'850, 60)},
    {beta_w2.y + ", BatchNorm, 100", mean_like(4'070, 537, 60)},
    {range.y + ", no normalization, 0", mean_like(0.220, 0.124, 60)},
    {range.y + ", BatchNorm, 0", mean_like(0.856, 0.069, 60)},
    {identity.y + ", BatchNorm", between(0, 1e-4, "rounding in float; 60 seeds: 1.6e-5")},
    {cosine.y + ", LayerNorm, 20", mean_like(0.957, 0.021, 60)},
    {cosine.y + ", BatchNorm, 20", mean_like(0.339, 0.0064, 60)},
};
const std::string eleven = "11 seeds ± 4 σ", deep = "25 seeds ± 4 σ";
const Bands training = {
    {loss.y + ", no normalization, 0.3", between(2.25, 3, "guessing's, ln 10 = 2.30, or cut off")},
    {loss.y + ", BatchNorm, 0.3", between(0.61, 0.96, eleven)},
    {loss.y + ", LayerNorm, 0.3", between(0.64, 2.10, eleven)},
    {loss.y + ", GroupNorm, 0.3", between(0.57, 1.34, eleven)},
    {loss.y + ", RMSNorm, 0.3", between(0.84, 1.99, eleven)},
    {loss.y + ", InstanceNorm, 0.3", between(0.63, 0.85, eleven)},
    {by_batch.y + ", BatchNorm, 0.3", between(61, 83, eleven)},
    {mlp_accuracy(20).y + ", no normalization, 0.03", between(14, 50, deep)},
    {mlp_accuracy(20).y + ", BatchNorm, 0.03", between(60, 88, deep)},
    {mlp_accuracy(20).y + ", LayerNorm, 0.03", between(5, 20, deep)},
};

void draw_resnets(Lesson& lesson, const Setting& s, const Record& record, const Styles& norms) {
  Index with = 0, without = 0;  // no better than guessing, whose loss is ln 10 = 2.30
  for (const Style& norm : norms)
    for (double end : record.of(loss, norm.name).at(s.rates.back()))
      (norm.name == "none" ? without : with) += end >= 2.25;
  const std::string title = fmt::format(
      "At the largest rate {} of {} without normalization learn nothing, {} of {} with it", without,
      lesson.seeds(), with, (norms.size() - 1) * lesson.seeds());
  Figure by_rate(title, lesson.setting() + "; diverged: loss 3, 0 % right"), curves(title);
  std::vector<std::pair<std::string, std::vector<std::string>>> kinds = {
      {"A σ for each channel or group", {"none", "batch", "group", "instance"}},
      {"One σ for all channels, and others", {"none"}}};
  for (const Style& norm : norms)
    if (!std::ranges::count(kinds[0].second, norm.name)) kinds[1].second.push_back(norm.name);
  for (const Quantity* what : {&loss, &accuracy}) {
    for (const auto& [kind, some] : kinds) {
      Chart panel = chart_of(record, *what, choose(all_norms(), some), Line::mean, Axis::linear);
      panel.title = kind;
      by_rate.add(panel.x_axis(what->x, Axis::log).y_range(0, what == &loss ? cut : 100));
    }
  }
  lesson.chart(by_rate, "by_rate");
  for (double rate : {s.rates[s.rates.size() / 3], s.rates.back()}) {
    Chart panel = chart_of(record, batch_loss(rate), norms, Line::median, Axis::linear);
    panel.title = rate == s.rates.back() ? "The largest rate" : "A small rate";
    curves.add(panel.y_range(0, cut));
  }
  lesson.chart(curves, "curves");
}

void draw_mlps(Lesson& lesson, const Setting& s, const Record& record, const Styles& norms) {
  Figure figure(fmt::format("{} layers, % right", s.depths.back()),
                fmt::format("mean, 0 if diverged, × if all; title: rate {}", s.mlp_rates[2]));
  for (const Style& norm : norms) {
    HeatMap map{{}, {}, {}, "test accuracy, %", Axis::linear};
    for (double rate : s.mlp_rates) map.columns.push_back(fmt::format("{}", rate));
    for (Index depth : s.depths) {
      map.rows.push_back(fmt::format("{}", depth));
      for (double rate : s.mlp_rates) {
        const double mean = mean_of(record.of(mlp_accuracy(depth), norm.name).at(rate));
        map.values.push_back(mean > 0 ? mean : NAN);
      }
    }
    figure.add(Chart(norm.title).x_axis("learning rate").y_axis("hidden layers").heat_map(map));
    const Curve& deep = record.of(mlp_accuracy(s.depths.back()), norm.name);
    figure.title += fmt::format("{} {} {:.0f}", figure.panels.size() == 1 ? ":" : ",", norm.title,
                                mean_of(deep.at(s.mlp_rates[2])));
  }
  lesson.chart(figure, "depth_and_rate");
  Chart similarity = chart_of(record, cosine, norms, Line::mean, Axis::linear);
  similarity.title = "Only under BatchNorm do samples stay apart in a deep network";
  similarity.subtitle = "before training; 449 digits, MLP 20×64; pale: 5–95 % of the seeds";
  add_theory(similarity, "1/π", {1, 20}, [](double) { return 1 / std::numbers::pi; });
  lesson.chart(similarity.y_range(0, 1), "cosine");
}

void draw_smoothness(Lesson& lesson, const Record& record, const Styles& norms) {
  Figure figure("In training the loss is smoothest with BatchNorm",
                "MLP 6×64 on digits, batch 128, SGD 0.05; pale: 5–95 % of the seeds", 3);
  for (const Quantity* what : {&beta, &beta_w2, &range}) {
    figure.add(chart_of(record, *what, norms, Line::mean));
    figure.panels.back().title = "";
  }
  lesson.chart(figure, "smoothness");
}

int compare(int argc, char* argv[], Communicator& all) {
  Setting s;
  std::vector<std::string> recipe = {"none"};  // as a list it leaves the claims judged
  std::vector<std::string> names = {"none", "batch", "layer", "group", "instance", "rms"};
  Lesson lesson("09_learning_curves", "which norm trains at which learning rate, how fast");
  lesson.option("norm", names, names_of(all_norms()), "which norms, separated by commas")
      .option("epochs", s.epochs, 1, "of the ResNet")
      .option("recipe", recipe, {"none", "shipped", "whole"},
              "instead: the ResNet 16-32-64, trained well, on the shipped images or the whole set")
      .seeds(5, 1)
      .over(all)
      .ask({mlp_accuracy(20).y + ", BatchNorm, 0.03", "20 layers, rate 0.03, BatchNorm: % right?"})
      .ask({mlp_accuracy(20).y + ", LayerNorm, 0.03", "And with LayerNorm?"});
  return lesson.run(argc, argv, [&] {
    if (const std::string& sets = recipe.front(); sets != "none")
      return run_recipe(lesson, sets == "whole", lesson.quick() ? 1 : 10);
    if (lesson.quick()) s = {{0.01, 0.3}, {0.01, 0.03, 1}, {2, 20}, 1, 2};
    s.all = &all;
    Random random(lesson.seed());
    const Split pixels = split(digits(), 0.25, random);      // 0 … 1
    const Split standardized = split_digits(lesson.seed());  // the same
    Split images = fashion(FashionSet::shipped);
    standardize(images, Standardized::of_all);
    lesson.setting(fmt::format("ResNet 8-16-32, batches of 32, {} epochs", s.epochs));

    std::vector<std::string> mlps = names;
    std::erase(mlps, "instance");  // one value a channel and sample is its own mean
    const auto measure = [&](const std::string& norm, std::uint64_t seed, auto& r) {
      measure_smoothness(norm, pixels, seed, r);
      measure_cosine(norm, standardized.test.x, seed, r);
    };
    auto record = lesson.over_seeds(mlps, measure, {}, "smoothness");
    record.append(lesson.over_seeds(
        mlps, [&](auto& norm, auto seed, auto& r) { train_mlps(s, standardized, norm, seed, r); },
        {}, "mlps"));
    record.append(lesson.over_seeds(
        names, [&](auto& norm, auto seed, auto& r) { train_resnets(s, images, norm, seed, r); }));
    ResNet model = resnet(norm_over(*s.all, "batch"), lesson.seed());
    Diagnostics diagnostics;
    fit(*s.all, model, images, 0.1, std::min<Index>(s.epochs, 2), lesson.seed(), &diagnostics);
    lesson.chart(panel_of(diagnostics), "diagnostics");
    for (const Quantity* what : {&loss, &accuracy, &by_batch})
      print_table(record, *what, choose(all_norms(), names), Line::mean);
    lesson.claim_means(record, {beta, beta_w2, range, identity, cosine},
                       choose(all_norms(), {"none", "layer", "batch"}), smoothness);
    if (lesson.quick()) lesson.only_show();
    lesson.claim_means(record, {loss, by_batch, mlp_accuracy(20)}, choose(all_norms(), names),
                       training);
    draw_resnets(lesson, s, record, choose(all_norms(), names));
    draw_mlps(lesson, s, record, choose(all_norms(), mlps));
    draw_smoothness(lesson, record, choose(all_norms(), mlps));
    lesson.try_next("lessons/run 09 --recipe shipped");
  });
}

}  // namespace

int main(int argc, char* argv[]) {
  return run_processes(argc, argv, [&](Communicator& all) { return compare(argc, argv, all); });
}
