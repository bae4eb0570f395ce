// 15 Char GPT: a GPT learns which character of a book comes next; a BERT, which ones are hidden.
//
//   4 layers, 4 heads, width 128, context 64; 2,000 steps of 12 sequences, AdamW

#include "char_gpt.hpp"
#include "evenkeel/base/file.hpp"
#include "evenkeel/base/progress.hpp"
#include "evenkeel/mpi/run_processes.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/train/diagnostics.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "evenkeel/transformer/masking.hpp"
#include "stopping.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

using evenkeel::lesson::Record;  // not the Recorder's
const Quantity loss{"loss", "step", "loss, nats per character"};
const Styles losses = {{"train", "training", colour::batch}, {"val", "validation", colour::none}};

/// Sequences first … last − 1 of a batch, from random places of the text, as x, and the right
/// answers: for a GPT the next character, at each; for a BERT what was hidden, where it is asked.
Tokens draw(Run& run, const Tokens& text, Random& random, Matrix& x, Index first, Index last) {
  const TokenBatch batch = random_batch(text, run.options.batch, run.options.context, random);
  const Index from = first * batch.length, to = last * batch.length;
  const bool hides = run.options.model == "bert";
  const MaskedTokens mine = share_of(hides ? mask_tokens(batch.tokens, run.vocabulary - 1, random)
                                           : MaskedTokens{batch.tokens, {}, {}},
                                     from, to);
  if (hides) run.model.asked = mine.places;
  x.set_size(batch.length, last - first);
  std::ranges::copy(mine.tokens, x.begin());
  return hides ? mine.targets
               : Tokens(batch.next.begin() + long(from), batch.next.begin() + long(to));
}

/// The mean loss of some batches of the validation text, always the same ones; each process takes
/// some of them.
double validation_loss(Run& run, Index batches) {
  Tape tape;
  const NoGrad forward_only(tape);
  const EvaluationMode without_dropout(run.model);
  Random random(1);
  Matrix x;
  double sum = 0;
  for (Index i = 0; i < batches; ++i) {
    tape.rewind();
    const Tokens targets = draw(run, run.text.validation, random, x, 0, run.options.batch);
    if (i % run.all.size() != run.all.rank()) continue;
    sum += double(cross_entropy(run.model(tape.constant(x)), targets).value()[0]);
  }
  sum_or_nan(run.all, "the validation loss", {&sum, 1});
  return sum / double(batches);
}

/// −Σ p ln p of the characters: the loss of a model that knows how often each occurs, and no more.
double entropy(const Text& text) {
  arma::vec counts(text.vocabulary.size());
  for (const Index token : text.train) ++counts[token];
  const arma::vec p = counts.elem(arma::find(counts)) / double(text.train.size());
  return -arma::dot(p, arma::log(p));
}

/// From the first step on, of a run that was resumed too.
Record record_of(const Run& run) {
  Record record;
  for (const auto& [step, train, validation] : run.losses) {
    record.add(loss, "train", step, train);
    record.add(loss, "val", step, validation);
  }
  return record;
}

/// Loss; activations and gradients by layer; update : weight by kind of matrix.
Figure panels(const Run& run, const Diagnostics& inside) {
  const Quantity activation{"activation", "step", "σ of the residual stream"};
  const Quantity gradient{"gradient", "step", "σ of ∂loss/∂(residual stream)"};
  const Quantity update{"update", "step", "σ(update) / σ(weights): median, 9 in 10 blocks"};
  Styles layers = {{"embeddings", "embeddings", colour::instance}}, kinds;
  const Index blocks = run.options.layers;
  for (Index l = 0; l < blocks; l += (blocks + 7) / 8) {
    layers.push_back({fmt::format("blocks.{}", l), fmt::format("block {}", l + 1),
                      mix(colour::heat[1], colour::heat[3], double(l) / double(blocks))});
  }
  for (const char* kind : {"tokens", "positions", "qkv", "out", "up", "down"})
    kinds.push_back({kind, kind, colour::series[kinds.size()]});
  Record seen;
  for (const auto& look : inside.looks()) {
    seen.add(activation, look.layer, double(look.step + 1), look.activation.sigma);
    seen.add(gradient, look.layer, double(look.step + 1), look.gradient.sigma);
  }
  std::map<std::string, Record> matrices;  // blocks.0.attention.qkv.weight: a run of qkv
  for (const auto& [step, name, ratio] : inside.updates()) {
    const std::string path = name.substr(0, name.rfind('.'));
    matrices[name].add(update, path.substr(path.rfind('.') + 1), double(step + 1), ratio);
  }
  for (const auto& [name, ratios] : matrices) seen.append(ratios);
  Chart curves = chart_of(record_of(run), loss, losses, Line::first, Axis::linear);
  const double end = double(run.options.iters), frequencies = entropy(run.text),
               guessing = std::log(double(run.vocabulary));
  curves.theory("guessing", {1, end}, {guessing, guessing})
      .theory("frequencies", {1, end}, {frequencies, frequencies});
  Figure figure("The loss falls from that of guessing to well below that of letter frequencies");
  figure.add(curves)
      .add(chart_of(seen, update, kinds))
      .add(chart_of(seen, activation, layers))
      .add(chart_of(seen, gradient, layers));
  return figure;
}

void train(Run& run, Lesson& lesson, Diagnostics& inside) {
  const Options& o = run.options;
  const CosineSchedule schedule{o.learning_rate, o.min_learning_rate, o.warmup, o.iters};
  Trainer trainer(run.model, run.optimizer,
                  {.schedule = schedule, .clip_norm = 1, .processes = &run.all});
  trainer.observe(inside);
  Progress progress("iter", o.iters, lesson.progress());
  const auto [first, last] = run.all.share().of(o.batch);
  Matrix x;
  std::vector<double> since;  // the last look
  for (Index step = run.optimizer.steps() + 1; step <= o.iters && !stopped(run.all); ++step) {
    const Tokens targets = draw(run, run.text.train, run.random, x, first, last);
    since.push_back(trainer.step(x, targets).loss);
    if (trainer.ended() == Ended::diverged)
      fail("char_gpt",
           fmt::format("step {}: the loss is {}: diverged, nothing is saved; try a lower --lr",
                       step, std::abs(since.back())));
    progress.update(step, fmt::format("loss {:.2f}", since.back()));
    if (step > 1 && step % o.eval_every != 0 && step != o.iters) continue;
    run.losses.push_back({double(step), mean_of(since), validation_loss(run, 20)});
    since.clear();
    lesson.live([&] { return panels(run, inside); });
  }
}

void report(Lesson& lesson, Run& run) {
  if (to_text(run.options) != to_text(settled({}, lesson.quick()))) lesson.only_show();
  const Digits digits = Digits::decimals(3);
  const std::string because = fmt::format("letter frequencies: {:.2f}", entropy(run.text));
  // Five seeds: 1.851 ± 6 · 0.005; twelve with --quick: 2.452 ± 4 · 0.010; first losses of twelve.
  lesson.claim("loss of the first batch", {run.losses.front()[1]},
               between(4.33, 4.50, fmt::format("theory ln {}", run.vocabulary), digits));
  lesson.claim("validation loss at the end", {validation_loss(run, 200)},
               lesson.quick() ? between(2.412, 2.492, because, digits)
                              : between(1.820, 1.882, because, digits));
  if (run.options.sample == 0 || run.options.model == "bert") return;  // BERT does not write
  Random random(run.seed);
  const Tokens made = generate(run.model.transformer, {run.text.validation.front()},
                               run.options.sample, 0.8, random);
  const std::string sample = run.text.vocabulary.decode(made);
  fmt::print("\n  By the model, at temperature 0.8:\n\n{}\n", sample);
  lesson.file("sample.txt", sample + "\n");
}

int learn(int argc, char* argv[], Communicator& all) {
  Options options;
  Lesson lesson("15_char_gpt", "A GPT that learns a book, character by character");
  add_to(lesson, options);
  lesson.over(all).ask(
      {"loss of the first batch", "80 characters: what is the loss before it learns?"});
  const int code = lesson.run(argc, argv, [&] {
    std::uint64_t seed = lesson.seed();
    options = settled(options, lesson.quick());
    if (!options.save.empty() && all.is_first()) require_writable("--save", options.save);
    if (!options.resume.empty()) require_same_file(all, options.resume);
    if (!options.resume.empty()) seed = options_of(options.resume, options);
    Run run(all, options, seed);
    if (!options.resume.empty()) run.load(options.resume);
    lesson.setting(fmt::format("{}, {} layers, width {}, {}-norm, {}", options.model,
                               options.layers, options.width, options.placement,
                               by_name(all_norms(), options.norm).title));
    catch_signals();
    fmt::print("Ctrl-C stops with a checkpoint.\n\n");
    Diagnostics inside({.layers = {"embeddings", "blocks.*"}, .every = options.eval_every});
    train(run, lesson, inside);
    const bool stop = stopped(all);  // what comes later finds the run at its end
    std::filesystem::path file = options.save;
    if (stop && file.empty()) file = lesson.folder() / "checkpoint.safetensors";
    if (!file.empty()) run.save(file);
    if (!can_print()) return;
    if (!run.losses.empty()) {
      print_table(record_of(run), loss, losses);
      lesson.chart(panels(run, inside), "panels");
    }
    if (stop)
      fmt::print("\n  Stopped after {} of {} steps. To go on: lessons/run 15 --resume {}\n",
                 run.optimizer.steps(), options.iters, file.string());
    else
      report(lesson, run);
  });
  return code == 0 && stopped_by != 0 ? 128 + stopped_by : code;
}

}  // namespace

int main(int argc, char* argv[]) {
  return run_processes(argc, argv, [&](Communicator& all) { return learn(argc, argv, all); });
}
