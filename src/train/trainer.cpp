#include "evenkeel/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "checkpoint/places.hpp"
#include "evenkeel/base/file.hpp"
#include "evenkeel/base/progress.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/reduce.hpp"

namespace evenkeel {

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// x·x is fast, and finite only when every entry is; when it overflowed, each entry is looked at.
bool finite(const Matrix& x) {
  return std::isfinite(arma::dot(x, x)) || x.is_finite();
}

bool has_finite_gradient(const Parameter* p) {
  return !p->has_gradient || finite(p->gradient);
}

// The model's matrices, each once.
std::vector<NamedBuffer> matrices_of(Module& model) {
  return checkpoint::once(checkpoint::places_of(model));
}

std::vector<Matrix> copies_of(Module& model) {
  std::vector<Matrix> copies;
  for (const NamedBuffer& named : matrices_of(model)) copies.push_back(*named.buffer);
  return copies;
}

void put_back(const std::vector<Matrix>& copies, Module& model) {
  const std::vector<NamedBuffer> all = matrices_of(model);
  for (std::size_t i = 0; i < all.size(); ++i) *all[i].buffer = copies.at(i);
}

}  // namespace

Trainer::Trainer(Layer& model, Optimizer& optimizer, TrainerOptions options)
    : model_(model),
      optimizer_(optimizer),
      options_(std::move(options)),
      parallel_(*options_.processes, model, optimizer.parameters()) {
  require(options_.epochs > 0, "trainer", "epochs must be at least 1, got 0");
  require(options_.clip_norm >= 0, "trainer", "clip_norm must be at least 0, got {}",
          options_.clip_norm);
}

const std::vector<EpochReport>& Trainer::fit(Loader& loader, const Samples& test) {
  const bool keeps = !options_.checkpoint.empty();
  if (keeps) require_same_file(*options_.processes, options_.checkpoint);
  if (keeps && history_.empty() && std::filesystem::exists(options_.checkpoint)) resume();
  keep();
  if (!history_.empty()) ended_ = verdict();
  if (ended_ == Ended::not_yet) {  // what would fail after the first epoch fails now
    if (keeps && options_.processes->is_first()) require_writable("trainer", options_.checkpoint);
    const Loader looks_at(test, {.batch = 1}, 0);
  }
  const Index left = options_.epochs - std::min<Index>(history_.size(), options_.epochs);
  std::FILE* const stream = options_.processes->is_first() ? options_.progress : nullptr;
  Progress progress("step", left * loader.batches(), stream);
  Index steps = 0;
  const auto show = [&](const EpochReport& report) {
    progress.update(++steps,
                    fmt::format("epoch {}/{}  loss {:.3f}  accuracy {:.1f} %", report.epoch,
                                options_.epochs, report.train.loss, 100 * report.train.accuracy));
  };
  while (ended_ == Ended::not_yet) {
    try {
      EpochReport report = run_epoch(loader, show);
      if (ended_ != Ended::diverged)
        report.test = evaluate(tape_, model_, test, 200, *options_.processes);
      history_.push_back(report);
    } catch (...) {
      go_back();
      model_of_epoch_ = history_.size();
      throw;
    }
    ended_ = verdict();
    if (ended_ == Ended::diverged) {
      EpochReport& bad = history_.back();
      if (std::isfinite(bad.train.loss)) bad.train.loss = no_number;
      if (std::isfinite(bad.test.loss)) bad.test = {no_number, 0};
    } else {
      keep();
      keep_if_best();
      if (keeps) save();
    }
  }
  end();
  return history_;
}

void Trainer::keep_if_best() {
  if (options_.patience == 0) return;
  const double loss = history_.back().test.loss;
  if (best_epoch_ > 0 && !(loss < history_[best_epoch_ - 1].test.loss)) return;
  best_epoch_ = history_.size();
  best_ = copies_of(model_);
}

// Leaves the model as it was at its best, or else after the last good epoch.
void Trainer::end() {
  const bool diverged = ended_ == Ended::diverged;
  if (diverged) go_back();
  model_of_epoch_ = history_.size() - (diverged && !history_.empty() ? 1 : 0);
  if (best_epoch_ == 0) return;
  model_of_epoch_ = best_epoch_;
  put_back(best_, model_);
}

void Trainer::keep() {
  good_ = {copies_of(model_), {}, optimizer_.progress()};
  for (const NamedRandom& named : model_.named_randoms()) good_.randoms.push_back(*named.random);
}

void Trainer::go_back() {
  put_back(good_.matrices, model_);
  const std::vector<NamedRandom> randoms = model_.named_randoms();
  for (std::size_t i = 0; i < randoms.size(); ++i) *randoms[i].random = good_.randoms.at(i);
  optimizer_.progress() = good_.progress;
}

// Whether a matrix was finite then and is not now, in any process: a mask of −∞ is no harm.
bool Trainer::lost_finite() {
  const std::vector<NamedBuffer> all = matrices_of(model_);
  double lost = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].buffer->is_finite() && good_.matrices.at(i).is_finite()) ++lost;
  }
  options_.processes->sum("what is not finite", {&lost, 1});
  return lost > 0;
}

EpochReport Trainer::run_epoch(Loader& loader,
                               const std::function<void(const EpochReport&)>& show) {
  const auto start = std::chrono::steady_clock::now();
  EpochReport report;
  report.epoch = history_.size() + 1;
  double loss_sum = 0, correct = 0, samples = 0;
  loader.start(history_.size());
  Index batches = 0;
  while (loader.next(batch_)) {
    ++batches;
    Metrics metrics;
    try {
      metrics = step(batch_.x, batch_.labels);
    } catch (const Error& error) {
      const bool single = batch_.labels.size() == 1 && options_.processes->size() == 1;
      if (!single || batches == 1 || batches < loader.batches()) throw;
      throw Error(
          fmt::format("{}; the epoch's last batch is a single sample: drop_last of "
                      "LoaderOptions leaves it out",
                      error.what()));
    }
    const double count = static_cast<double>(metrics.samples);
    loss_sum += count * metrics.loss;
    correct += count * metrics.accuracy;
    samples += count;
    report.train = {loss_sum / samples, correct / samples};
    show(report);
    if (ended_ == Ended::diverged) break;
  }
  report.learning_rate = optimizer_.learning_rate();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  report.seconds = passed.count();
  return report;
}

Metrics Trainer::step(const Matrix& x, const std::vector<Index>& labels) {
  tape_.rewind();
  Communicator& all = *options_.processes;
  double samples = static_cast<double>(labels.size());  // in all processes
  all.sum("the samples of a batch", std::span(&samples, 1));
  const double share = static_cast<double>(labels.size()) / samples;

  const Var logits = model_(tape_.constant(x).label("x"));
  const bool none = labels.empty() && samples > 0;  // here, not elsewhere
  const Var loss = (none ? sum(logits) : cross_entropy(logits, labels)).label("loss");
  for (Parameter* parameter : optimizer_.parameters()) parameter->zero_gradient();
  tape_.backward(loss, Matrix(1, 1, arma::fill::value(static_cast<Scalar>(share))));
  bool good = std::ranges::all_of(optimizer_.parameters(), has_finite_gradient);

  const Index correct = none ? 0 : correct_predictions(logits.value(), labels);
  std::array<double, 3> sums = {share * static_cast<double>(loss.value()(0, 0)),
                                static_cast<double>(correct) / samples, good ? 0.0 : no_number};
  sum_or_nan(all, "the losses", sums);
  const Metrics metrics{sums[0], sums[1], static_cast<Index>(samples)};
  good = std::isfinite(sums[0]) && std::isfinite(sums[2]);
  if (good && all.size() > 1) {
    parallel_.add_up_gradients();
    good = std::ranges::all_of(optimizer_.parameters(), has_finite_gradient);
  }
  if (good && options_.clip_norm > 0)
    clip_gradient_norm(optimizer_.parameters(), options_.clip_norm);

  const Index number = optimizer_.steps();
  if (options_.schedule) optimizer_.set_learning_rate(options_.schedule(number));
  const TrainingStep seen{number, tape_, model_, optimizer_, metrics};
  for (TrainingObserver* observer : observers_) observer->before_update(seen);
  if (good) {
    optimizer_.step();
    for (TrainingObserver* observer : observers_) observer->after_update(seen);
  }
  if (!good || !std::ranges::all_of(optimizer_.parameters(), finite, &Parameter::value))
    ended_ = Ended::diverged;
  return metrics;
}

// --- checkpoints ---------------------------------------------------------------------------------

// best_ under the names of the model.
std::vector<NamedBuffer> Trainer::best_matrices() {
  std::vector<NamedBuffer> all = matrices_of(model_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = {"best." + all[i].name, &best_[i], all[i].form};
  }
  return all;
}

// The history travels as text: a line for each epoch, in digits that read back as the same double.
void Trainer::save() {
  if (!options_.processes->is_first()) return;
  TrainingState state{.iteration = history_.size(), .randoms = {}, .notes = {}};
  if (best_epoch_ > 0) {
    state.notes["best epoch"] = fmt::format("{}", best_epoch_);
    state.matrices = best_matrices();
  }
  for (const EpochReport& e : history_) {
    state.notes["history"] +=
        fmt::format("{} {} {} {} {} {} {}\n", e.epoch, e.learning_rate, e.train.loss,
                    e.train.accuracy, e.test.loss, e.test.accuracy, e.seconds);
  }
  save_training(options_.checkpoint, model_, optimizer_, state);
}

void Trainer::resume() {
  TrainingState state;
  const bool has_best = read_notes(options_.checkpoint).contains("best epoch");
  if (has_best) {
    best_ = copies_of(model_);
    state.matrices = best_matrices();
  }
  load_training(options_.checkpoint, model_, optimizer_, state);
  std::istringstream words(state.notes["history"]);
  std::vector<double> e;  // the numbers of a line
  for (std::string word; words >> word;) {
    std::from_chars(word.data(), word.data() + word.size(), e.emplace_back());  // "nan", "inf" too
    if (e.size() < 7) continue;
    history_.push_back({static_cast<Index>(e[0]), e[1], {e[2], e[3]}, {e[4], e[5]}, e[6]});
    e.clear();
  }
  require(!history_.empty() && history_.size() == state.iteration, "trainer",
          "{} is no checkpoint of a Trainer: it tells of {} epochs and {} iterations",
          options_.checkpoint.string(), history_.size(), state.iteration);
  const bool known = !has_best || text::read_number(state.notes["best epoch"], best_epoch_);
  require(known && (!has_best || best_epoch_ > 0) && best_epoch_ <= history_.size(), "trainer",
          "{} tells of a best epoch '{}' of {}", options_.checkpoint.string(),
          state.notes["best epoch"], history_.size());
  if (options_.patience == 0) best_epoch_ = 0;
  if (best_epoch_ == 0) keep_if_best();  // the best that is at hand
}

Ended Trainer::verdict() {
  const EpochReport& last = history_.back();
  const bool good = std::isfinite(last.train.loss) && std::isfinite(last.test.loss);
  if (!good || ended_ == Ended::diverged || lost_finite()) return Ended::diverged;
  const auto best = std::ranges::min_element(
      history_, {}, [](const EpochReport& report) { return report.test.loss; });
  const Index since_best = static_cast<Index>(&last - &*best);
  if (options_.patience > 0 && since_best >= options_.patience) return Ended::no_better;
  return history_.size() >= options_.epochs ? Ended::all_epochs : Ended::not_yet;
}

}  // namespace evenkeel
