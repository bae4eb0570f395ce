// 15 Char GPT: a GPT learns from a book, character by character, which one
// comes next; a BERT, which ones are hidden.
//
//   4 layers, 4 heads, width 128, context 64; 2,000 steps of 12 sequences, AdamW

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "evenkeel/base/file.hpp"
#include "evenkeel/chart/progress.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/gather.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "interrupt.hpp"
#include "report.hpp"
#include "watch.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace char_gpt;

namespace {

void train(Training& t, Lesson& lesson) {
  const Options& o = t.options;
  const ek::CosineSchedule schedule{o.learning_rate, o.min_learning_rate, o.warmup, o.iters};
  ek::Tape tape;
  Watch watch(t);
  ek::Progress progress("iter", o.iters);
  while (t.iteration < o.iters && !interrupted()) {
    tape.rewind();
    t.model.zero_gradient();
    const Batch batch = t.task->draw(t.text.train, o.batch, o.context, t.random);
    const ek::Var logits = t.model(tape, batch.tokens, batch.length);
    const ek::Var loss = cross_entropy(gather(logits, batch.asked), batch.targets);
    tape.backward(loss);
    watch.before_step(tape);
    const double norm = ek::clip_gradient_norm(t.optimizer.parameters(), 1.0);
    if (const double l = loss.value()[0]; !std::isfinite(l) || !std::isfinite(norm)) {
      ek::fail("char_gpt",
               fmt::format("step {}: the loss is {}, the norm of the gradients {}; "
                           "nothing is saved: a smaller --lr may help",
                           t.iteration + 1, std::abs(l), std::abs(norm)));  // nan, not -nan
    }
    t.optimizer.set_learning_rate(schedule(t.iteration));
    t.optimizer.step();
    if (watch.after_step(loss, norm)) lesson.live([&] { return panels(t); });
    progress.update(t.iteration, watch.status());
  }
}

// The checkpoint first: what comes behind it may fail, and the next signal may end it.
void stop_with_checkpoint(Lesson& lesson, Training& t) {
  std::filesystem::path file = t.options.save;
  if (file.empty()) file = lesson.folder() / "checkpoint.safetensors";
  t.save(file);
  if (std::fputs("\n", stdout) < 0 || std::fflush(stdout) != 0) {  // the terminal was closed
    for (std::FILE* stream : {stdout, stderr}) {
      if (!std::freopen("/dev/null", "w", stream)) return;
    }
  }
  write_history(lesson, t);
  fmt::print("\n  Stopped after {} of {} steps. To go on: lessons/run 15 --resume {}\n",
             t.iteration, t.options.iters, file.string());
}

}  // namespace

int main(int argc, char* argv[]) {
  Options options;
  Lesson lesson("15_char_gpt", "a GPT that learns a book, character by character");
  add_to(lesson, options);

  const int code = lesson.run(argc, argv, [&] {
    std::uint64_t seed = lesson.seed();
    options.settle();
    if (lesson.quick()) options.make_quick();
    if (!options.save.empty()) ek::require_writable("--save", options.save);
    if (!options.resume.empty()) seed = options_of(options.resume, options);
    Training training(options, seed);
    fmt::print("15 Char GPT: {}, seed {}\n\n", to_string(options), seed);
    if (!lesson.quick()) {
      const bool usual = options.iters == Options{}.iters;
      fmt::print("  {}Ctrl-C stops with a checkpoint.\n\n",
                 usual ? "About a minute on two idle cores. " : "");
    }
    if (!options.resume.empty()) training.load(options.resume);

    catch_interrupts();
    train(training, lesson);
    if (interrupted()) {
      stop_with_checkpoint(lesson, training);
    } else {
      if (!options.save.empty()) training.save(options.save);
      write_history(lesson, training);
      claim_all(lesson, training, validation_loss(training, 200));
      write_sample(lesson, training);
      lesson.try_next("lessons/run 15 --placement post --norm rms");
    }
  });
  return code == 0 ? exit_code_of_interrupt() : code;
}
