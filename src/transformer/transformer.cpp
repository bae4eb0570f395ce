#include "evenkeel/transformer/transformer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/fail.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "evenkeel/transformer/rotary.hpp"

namespace evenkeel {

// --- options -------------------------------------------------------------------------------------

TransformerOptions gpt2_options(Index vocabulary) {
  return {.vocabulary = vocabulary, .bias = true};
}

TransformerOptions llama_options(Index vocabulary, Index width) {
  return {.vocabulary = vocabulary,
          .width = width,
          .hidden = (8 * width + 23) / 24 * 8,
          .norm = [](Index n) { return RmsNorm(n); },
          .nonlinearity = Nonlinearity::swiglu,
          .positions = Positions::rotary,
          .tied = false};
}

TransformerOptions bert_options(Index vocabulary) {
  return {.vocabulary = vocabulary,
          .placement = post_norm,
          .embedding_norm = true,
          .nonlinearity = Nonlinearity::gelu,
          .causal = false,
          .bias = true,
          .scaled_branches = false};
}

namespace {

TransformerOptions checked(TransformerOptions o) {
  require(o.vocabulary > 0 && o.context > 0 && o.layers > 0, "transformer",
          "vocabulary, context and layers must be above 0, got {}, {} and {}", o.vocabulary,
          o.context, o.layers);
  if (o.hidden == 0) o.hidden = 4 * o.width;
  if (!o.norm) o.norm = [bias = o.bias](Index n) { return LayerNorm(n, {.bias = bias}); };
  return o;
}

BlockOptions block_options(const TransformerOptions& o) {
  return {.features = o.width,
          .heads = o.heads,
          .hidden = o.hidden,
          .blocks = o.layers,
          .placement = o.placement,
          .norm = o.norm,
          .branch_scale = o.branch_scale,
          .hyper = o.hyper,
          .nonlinearity = o.nonlinearity,
          .causal = o.causal,
          .bias = o.bias,
          .qk_norm = o.qk_norm,
          .qk_groups = o.qk_groups,
          .rotary = o.positions == Positions::rotary,
          .dropout = o.dropout};
}

}  // namespace

// --- Transformer ---------------------------------------------------------------------------------

Transformer::Transformer(TransformerOptions options, Random& random)
    : options_(checked(std::move(options))),
      tokens(options_.vocabulary, options_.width, random, 0.02) {
  const TransformerOptions& o = options_;
  if (o.positions == Positions::learned) positions.emplace(o.context, o.width, random, 0.02);
  if (o.positions == Positions::sinusoidal) sinusoids_ = sinusoidal_positions(o.width, o.context);
  if (o.embedding_norm) embedding_norm = o.norm(o.width);
  Random seeds(o.dropout.seed);
  if (o.dropout.p != 0) dropout.emplace(o.dropout.p, seeds.engine()());
  BlockOptions block = block_options(o);
  for (Index i = 0; i < o.layers; ++i) {
    block.block = i;
    block.dropout.seed = seeds.engine()();
    blocks.emplace_back(block, random);
  }
  if (o.placement.needs_final_norm()) final_norm = o.norm(o.width);
  if (!o.tied) {
    head.emplace(o.width, o.vocabulary, random, LinearOptions{.bias = false, .sd = 0.02});
  }
  if (!o.placement.deep) start_small(random);
}

void Transformer::start_small(Random& random) {
  const double branches = 2.0 * static_cast<double>(options_.layers);
  const double into_stream = 0.02 * (options_.scaled_branches ? 1 / std::sqrt(branches) : 1);
  const auto draw = [&](LinearLayer& layer, double sd) {
    const Shape shape = shape_of(layer.weight.value);
    layer.weight.value = random.normal(shape.rows, shape.cols, sd);
  };
  for (Block& block : blocks) {
    draw(block.attention.qkv, 0.02);
    draw(block.attention.out, into_stream);
    draw(block.feed_forward.up, 0.02);
    if (block.feed_forward.gate) draw(*block.feed_forward.gate, 0.02);
    draw(block.feed_forward.down, into_stream);
  }
}

Var Transformer::embed(Tape& tape, const std::vector<Index>& input, Index length) {
  std::vector<Index> places(input.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i % length;
  const Var x = tokens(tape, input);
  if (positions) return x + (*positions)(tape, places);
  if (options_.positions != Positions::sinusoidal) return x;
  return std::sqrt(static_cast<double>(options_.width)) * x +
         gather(tape.constant(sinusoids_), places);
}

Var Transformer::operator()(Tape& tape, const std::vector<Index>& input, Index length,
                            const Matrix& key_mask) {
  require(length > 0 && length <= options_.context && input.size() % length == 0, "transformer",
          "{} tokens cannot be cut into sequences of {} (1 to {})", input.size(), length,
          options_.context);
  const Sequences sequences{length, key_mask};
  Var x = embed(tape, input, length);
  if (embedding_norm) x = (*embedding_norm)(x);
  if (dropout) x = (*dropout)(x);
  x.label("embeddings");
  const bool several = options_.hyper.streams > 1;
  if (several) x = spread_streams(x, options_.hyper.streams);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    x = blocks[i](x, sequences).label(fmt::format("blocks.{}", i));
  }
  if (several) x = mean_of_streams(x, options_.width);
  if (final_norm) x = (*final_norm)(x);
  const Var logits = head ? (*head)(x) : linear(x, transpose(tape.parameter(tokens.weight)));
  return logits.label("logits");
}

void Transformer::members(Members& m) {
  m.module("tokens", tokens);
  if (positions) m.module("positions", *positions);
  if (embedding_norm) m.module("embedding_norm", *embedding_norm);
  if (dropout) m.module("dropout", *dropout);
  for (std::size_t i = 0; i < blocks.size(); ++i) m.module(fmt::format("blocks.{}", i), blocks[i]);
  if (final_norm) m.module("final_norm", *final_norm);
  if (head) m.module("head", *head);
}

// --- generated text ------------------------------------------------------------------------------

namespace {

// One of the column's words, by its weight.
Index draw(const arma::mat& weights, Random& random) {
  double left = random.uniform() * arma::accu(weights);
  Index word = 0;
  while (word + 1 < weights.n_elem && (left -= weights[word]) > 0) ++word;
  return word;
}

}  // namespace

std::vector<Index> generate(Gpt& gpt, std::vector<Index> prompt, Index count, double temperature,
                            Random& random) {
  require(!prompt.empty(), "generate", "the prompt needs at least one token");
  require(temperature >= 0, "generate", "temperature must be at least 0, got {}", temperature);
  require(gpt.options().causal, "generate",
          "the model looks ahead, so it was never asked what comes next");
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    if (prompt[i] < gpt.options().vocabulary) continue;
    fail("generate", "token {} of the prompt must be below {}, the size of the vocabulary, got {}",
         i, gpt.options().vocabulary, prompt[i]);
  }
  Tape tape;
  const NoGrad forward_only(tape);
  const EvaluationMode without_dropout(gpt);
  std::vector<Index> made;
  while (made.size() < count) {
    const std::size_t seen = std::min<std::size_t>(prompt.size(), gpt.options().context);
    const std::vector<Index> window(prompt.end() - static_cast<std::ptrdiff_t>(seen), prompt.end());
    tape.rewind();
    const Matrix logits = gpt(tape, window, seen).value().tail_cols(1);
    // −∞ is a word that never comes; with NaN or +∞ nothing can be drawn.
    const double largest = logits.has_nan() ? NAN : static_cast<double>(logits.max());
    require(std::isfinite(largest), "generate",
            "after {} tokens the largest of the model's logits is {}, so no token is likely",
            made.size(), largest);
    if (temperature > 0) {
      // In double: a small temperature is 0 in float, and 0 / 0 no weight.
      const arma::mat below = arma::conv_to<arma::mat>::from(logits) - largest;
      const arma::mat weights = arma::exp(below / temperature);
      made.push_back(draw(weights, random));
    } else {
      made.push_back(logits.index_max());
    }
    prompt.push_back(made.back());
  }
  return made;
}

}  // namespace evenkeel
