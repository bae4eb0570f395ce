#include "watch.hpp"

#include <fmt/format.h>

#include "evenkeel/chart/number.hpp"
#include "evenkeel/ops/gather.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/probe/recorder.hpp"

namespace char_gpt {

namespace {

constexpr ek::Index batches_of_a_row = 20;
constexpr std::uint64_t validation_seed = 1;

}  // namespace

double validation_loss(Training& t, ek::Index batches) {
  ek::Tape tape;
  const ek::NoGrad forward_only(tape);
  const ek::EvaluationMode without_dropout(t.model);
  ek::Random random(validation_seed);
  double sum = 0;
  for (ek::Index i = 0; i < batches; ++i) {
    tape.rewind();
    const Batch batch = t.task->draw(t.text.validation, t.options.batch, t.options.context, random);
    const ek::Var logits = t.model(tape, batch.tokens, batch.length);
    const ek::Var loss = cross_entropy(gather(logits, batch.asked), batch.targets);
    sum += static_cast<double>(loss.value()[0]);
  }
  return sum / static_cast<double>(batches);
}

Watch::Watch(Training& training)
    : training_(training), update_ratio_(training.optimizer.parameters()) {}

void Watch::before_step(const ek::Tape& tape) {
  if (!row_is_due()) return;
  const Clock::time_point began = Clock::now();
  row_ = {};
  row_.gradient_by_layer = gradient_by_layer();
  row_.activation_by_layer = activation_by_layer(tape);
  update_ratio_.before_step();
  step_began_ += Clock::now() - began;  // looking is no part of the speed
}

bool Watch::after_step(ek::Var loss, double gradient_norm) {
  Training& t = training_;
  t.loss_since_row += static_cast<double>(loss.value()[0]);
  t.seconds_since_row += std::chrono::duration<double>(Clock::now() - step_began_).count();
  ++t.steps_since_row;
  const bool due = row_is_due();
  ++t.iteration;
  if (due) {
    const double steps = static_cast<double>(t.steps_since_row);
    const double tokens = steps * static_cast<double>(t.options.batch * t.options.context);
    row_.iteration = t.iteration;
    row_.train_loss = t.loss_since_row / steps;
    row_.validation_loss = validation_loss(t, batches_of_a_row);
    row_.gradient_norm = gradient_norm;
    row_.tokens_per_second = tokens / t.seconds_since_row;
    row_.update_ratio = update_ratio_.after_step();
    t.rows.push_back(std::move(row_));
    t.loss_since_row = t.seconds_since_row = 0;
    t.steps_since_row = 0;
  }
  step_began_ = Clock::now();
  return due;
}

std::string Watch::status() const {
  if (training_.rows.empty()) return "";
  const Row& row = training_.rows.back();
  return fmt::format("train {:.2f}  val {:.2f}  |g| {:.2f}  {} tok/s", row.train_loss,
                     row.validation_loss, row.gradient_norm,
                     ek::format_number(row.tokens_per_second, ek::Digits::decimals(0)));
}

// The step under way is number iteration + 1.
bool Watch::row_is_due() const {
  const ek::Index step = training_.iteration + 1;
  return step == 1 || step % training_.options.eval_every == 0 || step == training_.options.iters;
}

std::vector<double> Watch::gradient_by_layer() {
  ek::Transformer& model = training_.model;
  std::vector<ek::Parameter*> embeddings = model.tokens.parameters();
  if (model.positions) embeddings.push_back(&model.positions->weight);
  if (model.embedding_norm) {
    for (ek::Parameter* p : model.embedding_norm->parameters()) embeddings.push_back(p);
  }
  std::vector<double> norms = {ek::gradient_norm(embeddings)};
  for (ek::Block& block : model.blocks) norms.push_back(ek::gradient_norm(block.parameters()));
  return norms;
}

std::vector<double> Watch::activation_by_layer(const ek::Tape& tape) {
  ek::Recorder recorder;
  recorder.watch("embeddings").watch("blocks.*").take(tape, training_.iteration);
  std::vector<double> sigmas;
  for (const ek::Record& record : recorder.records()) {
    if (record.kind == ek::Watched::value) sigmas.push_back(record.statistics.sigma);
  }
  return sigmas;
}

}  // namespace char_gpt
