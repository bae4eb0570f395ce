#include "training.hpp"

#include "copy_task.hpp"

namespace evenkeel::lesson {

namespace {

const Quantity training_loss{"loss", "step", "loss, nats"};
constexpr double rate = 0.01;

const Bands known_shares = {
    {"share that fails, pre-norm", between(0, 0, "lesson 14: none of 128 seeds")},
    {"share that fails, peri-norm", between(0, 0, "lesson 14: none of 128 seeds")},
    {"share that fails, OLMo 2", between(0, 0, "none of 16 seeds")},
    {"share that fails, LayerNorm Scaling", between(0, 0, "none of 16 seeds")},
    {"share that fails, Mix-LN", between(0, 0, "none of 16 seeds")},
    {"share that fails, HybridNorm", between(1, 1, "all of 16 seeds")},
    {"share that fails, Keel", between(0, 0, "none of 16 seeds")},
};

/// The share of the seeds whose loss, the mean of the last ten steps, is above half of guessing's.
double share_that_fails(const Curve& losses) {
  const auto end = [](const std::vector<double>& run) {
    return mean_of({run.end() - 10, run.end()});
  };
  return 1 - percentile_of(losses.each(end), CopyTask::guessing() / 2) / 100;
}

}  // namespace

void train(const Scheme& scheme, const std::string& norm, std::uint64_t seed, Record& record) {
  Random random(seed);
  StackSetting s = CopyTask::setting(6);
  s.norm = norm;
  CopyTask task(scheme, s, random);
  Adam adam(task.parameters(), CopyTask::adam);
  adam.set_learning_rate(rate);
  Tape tape;
  for (Index step = 1; step <= CopyTask::steps; ++step) {
    const Var loss = task.loss(tape, random);
    tape.backward(loss);
    adam.step();
    record.add(training_loss, scheme.name, step, loss.value()[0]);
  }
}

void report_training(Lesson& lesson, const Styles& shown, const Record& record) {
  for (const Style& style : shown)
    lesson.claim("share that fails", style,
                 {share_that_fails(record.of(training_loss, style.name))}, known_shares);
  Chart losses = chart_of(record, training_loss, shown, Line::median, Axis::linear);
  losses.title = fmt::format("Share that fails: HybridNorm {}, Keel {}",
                             lesson.claimed("share that fails, HybridNorm"),
                             lesson.claimed("share that fails, Keel"));
  losses.subtitle =
      "copy-3-back, six blocks, Adam, learning rate 0.01, no warm-up; median, pale: 5–95 %";
  losses.theory("guessing", {1, 400}, {CopyTask::guessing(), CopyTask::guessing()});
  lesson.chart(losses.y_range(0, 4), "training");
}

}  // namespace evenkeel::lesson
