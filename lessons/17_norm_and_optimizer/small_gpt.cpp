#include "small_gpt.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "evenkeel/variants/pointwise_norm.hpp"
#include "norms.hpp"
#include "optimizers.hpp"

namespace evenkeel::lesson {

namespace {

/// From GPT-2's N(0, 0.02²): embeddings to N(0, 1), since tanh and erf do not enlarge what is small
/// as a norm does; matrices to 0.55²/width, what 0.02² is at GPT-2's width of 768.
void start_at_one(Gpt& gpt) {
  const double larger = std::sqrt(768 / static_cast<double>(gpt.options().width));
  for (Parameter* p : hidden_and_others(gpt, gpt.blocks).hidden.parameters)
    p->value *= static_cast<Scalar>(larger);
  for (Embedding* e : {&gpt.tokens, &*gpt.positions}) e->weight.value *= Scalar(50);
}

/// Muon is for the matrices within the blocks, which alone decay.
Optimizers optimizers_for(Gpt& gpt, const std::string& name, double rate) {
  HiddenAndOthers parts = hidden_and_others(gpt, gpt.blocks);
  parts.hidden.weight_decay = 0.1;
  parts.others.weight_decay = 0;
  const double beside_muon = by_name(steppers, "adamw").rate;
  return make_optimizers(name, rate, parts, {.learning_rate = beside_muon, .beta2 = 0.99});
}

/// On 50 batches of a text, always the same ones.
struct Look {
  double loss;  ///< nats per character
  std::optional<double> saturated;
};

/// What is seen after a training on a text.
struct Trained {
  Look validation, training;
};

Look look_at(Gpt& gpt, const Tokens& text) {
  constexpr Index batches = 50;
  const Scalar limit = std::tanh(Scalar(2));
  Tape tape;
  const NoGrad forward_only(tape);
  Random random(1);
  double loss = 0, beyond = 0, entries = 0;
  for (Index i = 0; i < batches; ++i) {
    tape.rewind();
    const TokenBatch drawn = random_batch(text, batch, context, random);
    const Var logits = gpt(tape, drawn.tokens, drawn.length);
    loss += static_cast<double>(cross_entropy(logits, drawn.next).value()[0]) / batches;
    for (Index n = 0; n < tape.size(); ++n) {
      const Node& node = tape.node(n);
      if (node.kind() != "tanh" && node.kind() != "erf") continue;
      beyond += static_cast<double>(arma::accu(arma::abs(node.value()) > limit));
      entries += static_cast<double>(node.value().n_elem);
    }
  }
  if (entries == 0) return {loss, {}};
  return {loss, std::isfinite(loss) ? 100 * beyond / entries : NAN};
}

Trained train(const Setting& s, const std::string& norm, const std::string& optimizer, double rate,
              const Tokens& text, std::uint64_t seed) {
  Random random(seed);  // first weights, then batches: the same for all norms and optimizers
  GptOptions options;
  options.vocabulary = s.text.vocabulary.size();
  options.context = context;
  options.width = s.width;
  options.layers = s.layers;
  options.tied = false;
  options.norm = [&](Index features) {
    return norm == "derf.3" ? AnyLayer(Derf(features, 0.3)) : feature_norm(norm, features);
  };
  Gpt gpt(options, random);
  if (s.start == "unit") start_at_one(gpt);
  const Optimizers optimizers = optimizers_for(gpt, optimizer, rate);
  std::vector<double> highest;
  for (const auto& o : optimizers) highest.push_back(o->learning_rate());
  Tape tape;
  for (Index step = 0; step < s.steps; ++step) {
    tape.rewind();
    gpt.zero_gradient();
    const TokenBatch drawn = random_batch(text, batch, context, random);
    const Var loss = cross_entropy(gpt(tape, drawn.tokens, drawn.length), drawn.next);
    if (!std::isfinite(loss.value()[0])) break;
    tape.backward(loss);
    clip_gradient_norm(gpt.parameters(), 1);
    for (std::size_t i = 0; i < optimizers.size(); ++i) {
      const CosineSchedule schedule{highest[i], 0.1 * highest[i], std::min(s.warmup, s.steps - 1),
                                    s.steps};
      optimizers[i]->set_learning_rate(schedule(step));
      optimizers[i]->step();
    }
  }
  return {look_at(gpt, s.text.validation), look_at(gpt, text)};
}

}  // namespace

void measure(const Setting& s, const std::string& norm, const Stepper& stepper, std::uint64_t seed,
             Record& r) {
  const auto add = [&](const Quantity& loss, const Quantity& cut_off, double x, const Trained& t) {
    r.add(loss, norm, x, t.validation.loss);
    if (t.training.saturated) r.add(cut_off, norm, x, *t.training.saturated);
  };
  const bool sweep = s.rates.front() == "sweep";
  Trained on_all = {};
  for (double factor : {0.25, 0.5, 1., 2., 4.}) {
    if (factor != 1 && !sweep) continue;
    const double rate = factor * stepper.rate;
    on_all = train(s, norm, stepper.name, rate, s.text.train, seed);
    add(loss_with(stepper), saturated_with(stepper), rate, on_all);
  }
  if (stepper.name != "adamw" || sweep) return;
  for (double size : {slice, 10 * slice, double(s.text.train.size())}) {
    const Tokens part(s.text.train.begin(), s.text.train.begin() + long(size));
    const bool is_all = part.size() == s.text.train.size();
    const Trained t = is_all ? on_all : train(s, norm, "adamw", stepper.rate, part, seed);
    add(validation, saturated, size, t);
    r.add(training, norm, size, t.training.loss);
  }
}

}  // namespace evenkeel::lesson
