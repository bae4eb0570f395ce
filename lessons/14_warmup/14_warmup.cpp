// 14 Warm-up: which placements of the norm learn, at which learning rates, and what warm-up saves.
//
//   copy-3-back: of sixteen random symbols, say at each place which one stood three places before
//   width 32, four heads, no biases, batches of 16 sequences, Adam (0.9, 0.98)

#include "copy_task.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  StackSetting stack = CopyTask::setting(6);
  double rate = 0.01;
  std::vector<std::string> rates = {"sweep"};  // as a list it leaves the claims judged
};
constexpr Index steps = CopyTask::steps;
const double guessing = CopyTask::guessing();

const Quantity loss_of{"loss", "step", "loss, nats"};
const Quantity cosine{"cosine", "step", "cosine similarity between tokens"};
const Quantity rank{"stable_rank", "step", "stable rank of the tokens, ‖H‖_F²/‖H‖₂²"};
const Quantity last{"last_gradient", "step", "‖∂loss/∂W1‖, last block"};
const Quantity first{"first_gradient", "step", "‖∂loss/∂W1‖, first block"};
const Quantity final_loss{"final_loss", "learning rate", "mean loss of the last ten steps"};

/// Records the steps of one training, unless its rate is not the setting's, and its final loss.
void train(const Setting& s, const std::string& name, double rate, std::uint64_t seed, Record& r) {
  const bool warm = name == "warmup", small = name == "small";
  const Scheme& scheme = by_name(all_schemes(), warm || small ? "post" : name);
  Random random(seed);
  CopyTask task(scheme, s.stack, random);
  Adam adam(task.parameters(), CopyTask::adam);
  const WarmupSchedule schedule{rate, warm ? 100u : 0u};  // 0: constant
  Tape tape;
  std::vector<double> losses;
  for (Index step = 1; step <= steps; ++step) {
    const Var loss = task.loss(tape, random);
    tape.backward(small ? 0.1 * loss : loss);
    adam.set_learning_rate(schedule(step - 1));
    adam.step();
    losses.push_back(loss.value()[0]);
    if (rate != s.rate) continue;
    r.add(loss_of, name, step, losses.back());
    r.add(cosine, name, step, mean_cosine(task.tokens.value()));
    const Matrix& h = task.tokens.value();  // before the step
    if (step == 1 || step == 60)
      r.add(rank, name, step, std::pow(arma::norm(h, "fro") / arma::norm(h, 2), 2));
    r.add(first, name, step, arma::norm(task.blocks[0].feed_forward.up.weight.gradient, "fro"));
    r.add(last, name, step, arma::norm(task.blocks.back().feed_forward.up.weight.gradient, "fro"));
  }
  r.add(final_loss, name, rate, mean_of({losses.end() - 10, losses.end()}));
}

/// The share of the seeds that ended above half of what guessing gives, or not as a number.
double failed(const std::vector<double>& losses) {
  return 1 - percentile_of(losses, guessing / 2) / 100;
}

/// From 32 seeds, the shares of failures from 128, stable ranks from 64.
const Bands known = {
    {"share that fails, post-norm", between(1, 1, "none of 128 seeds learned")},
    {"share that fails, post-norm, gradients ÷ 10", between(1, 1, "none of 32 seeds learned")},
    {"share that fails, post-norm, warm-up", median_near(0, 0.15, "2 of 128 seeds failed")},
    {"share that fails, pre-norm", between(0, 0, "no seed of 128 failed")},
    {"share that fails, DeepNorm", between(0, 0, "no seed of 128 failed")},
    {"share that fails, peri-norm", between(0, 0, "no seed of 128 failed")},
    {"cosine after 60 steps, post-norm", median_near(1, 1e-5, "rank collapse: 1")},
    {"stable rank, before training, post-norm", mean_like(1.52, 0.305, 64)},
    {"stable rank, before training, pre-norm", mean_like(2.77, 0.668, 64)},
    {"stable rank, before training, DeepNorm", mean_like(8.22, 0.767, 64)},
    {"stable rank, before training, peri-norm", mean_like(2.24, 0.469, 64)},
    {"stable rank, after 60 steps, post-norm", between(0.999, 1.001, "rank collapse: 1")},
    {"stable rank, after 60 steps, pre-norm", median_near(3.94, 0.565, "64 seeds")},
    {"left of ‖∂loss/∂W1‖, last block, post-norm", median_near(0.077, 0.034, "32 seeds")},
    {"left of ‖∂loss/∂W1‖, first block, post-norm", median_near(3e-6, 7e-5, "32 seeds: 3e-6")},
    {"left of ‖∂loss/∂W1‖, first block, pre-norm", median_near(0.184, 0.081, "32 seeds")},
};

void report(Lesson& lesson, const Setting& s, const Styles& shown, const Record& record) {
  for (const Style& series : shown) {
    const auto at = [&](const Quantity& q, double x) { return record.of(q, series.name).at(x); };
    lesson.claim("share that fails", series, {failed(at(final_loss, s.rate))}, known);
    lesson.claim("cosine after 60 steps", series, {median_of(at(cosine, 60))}, known);
    lesson.claim("stable rank, before training", series, {mean_of(at(rank, 1))}, known);
    lesson.claim("stable rank, after 60 steps", series, {median_of(at(rank, 60))}, known);
    for (const Quantity& q : {last, first})
      lesson.claim("left of " + q.y, series, {median_of(at(q, 60)) / median_of(at(q, 1))}, known);
  }
  Figure why(fmt::format("After 60 steps the cosine between tokens is {} under post-norm",
                         lesson.claimed("cosine after 60 steps, post-norm")),
             "", 1);
  for (const Quantity& q : {cosine, last, first})
    why.add(chart_of(record, q, shown, Line::median, q.name == "cosine" ? Axis::linear : Axis::log)
                .x_range(1, 60));
  Chart losses = chart_of(record, loss_of, shown, Line::median, Axis::linear);
  const auto failures = [&](const std::string& name) {
    if (!record.has(final_loss, name)) return std::string("–");
    const std::vector<double> ends = record.of(final_loss, name).at(s.rate);
    return fmt::format("{:.0f} of {}", failed(ends) * double(ends.size()), ends.size());
  };
  losses.title = fmt::format("Post-norm fails with {} seeds, with warm-up with {}",
                             failures("post"), failures("warmup"));
  losses.subtitle = fmt::format("{}; guessing: {:.2f}", lesson.setting(), guessing);
  lesson.chart(losses.y_range(0, 4), "losses");
  lesson.chart(why, "tokens_and_gradients");
  Chart rates = heat_map_of(record, final_loss, shown, "Share of seeds that fail", failed);
  rates.subtitle = fmt::format("copy-3-back, {} blocks; a cell: of {} seeds, loss above {:.2f}",
                               s.stack.layers, lesson.seeds(), guessing / 2);
  lesson.chart(rates, "thresholds");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> names = {"post", "small", "warmup", "pre", "deep", "peri"};
  Styles all(all_schemes().begin(), all_schemes().end());
  all.push_back({"warmup", "post-norm, warm-up", colour::layer});
  all.push_back({"small", "post-norm, gradients ÷ 10", colour::group});
  Lesson lesson("14_warmup", "Which placements learn, at which learning rate");
  lesson.option("layers", s.stack.layers, 1, "number of blocks")
      .option("learning-rate", s.rate, "Adam's")
      .option("rates", s.rates, {"sweep", "one"}, "⅛ to 4 times the rate, or it alone (as --quick)")
      .option("norm", s.stack.norm, feature_norm_names(), "which norm stands in the blocks")
      .option("placement", names, names_of(all), "which, separated by commas")
      .seeds(8, 2)
      .ask({"share that fails, post-norm", "What share of the runs fails under post-norm?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("copy-3-back, {} blocks, learning rate {}", s.stack.layers, s.rate));
    const Styles shown = choose(all, names);
    const bool one = s.rates.front() == "one" || lesson.quick();
    const Record record = lesson.over_seeds(names, [&](auto& name, auto seed, Record& r) {
      for (double factor : {0.125, 0.25, 0.5, 1., 2., 4.})
        if (factor == 1 || !one) train(s, name, factor * s.rate, seed, r);
    });
    print_table(record, final_loss, shown);
    report(lesson, s, shown, record);
    lesson.try_next("lessons/run 14 --rates one --layers 12 --learning-rate 0.003");
  });
}
