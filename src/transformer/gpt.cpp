#include "evenkeel/transformer/gpt.hpp"

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/gather.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/transformer/rotary.hpp"

namespace evenkeel {

namespace {

BlockOptions block_options(const GptOptions& o) {
  BlockOptions block;
  block.features = o.width;
  block.heads = o.heads;
  block.hidden = o.hidden > 0 ? o.hidden : 4 * o.width;
  block.blocks = o.layers;
  block.placement = o.placement;
  block.norm = o.norm ? o.norm : [bias = o.bias](Index n) { return LayerNorm(n, {.bias = bias}); };
  block.nonlinearity = o.nonlinearity;
  block.causal = o.causal;
  block.bias = o.bias;
  block.qk_norm = o.qk_norm;
  block.rotary = o.positions == Positions::rotary;
  block.dropout = o.dropout;
  return block;
}

}  // namespace

GptOptions as_llama(GptOptions options) {
  options.placement = pre_norm;
  options.norm = [](Index n) { return RmsNorm(n); };
  options.nonlinearity = Nonlinearity::swiglu;
  options.hidden = 8 * options.width / 3;
  options.positions = Positions::rotary;
  options.bias = false;
  options.tied = false;
  return options;
}

GptOptions as_bert(GptOptions options) {
  options.placement = post_norm;
  options.norm = [](Index n) { return LayerNorm(n); };
  options.nonlinearity = Nonlinearity::gelu;
  options.bias = true;
  options.causal = false;
  options.embedding_norm = true;
  options.scaled_residuals = false;
  return options;
}

Gpt::Gpt(GptOptions options, Random& random) : options_(std::move(options)) {
  const GptOptions& o = options_;
  if (o.vocabulary == 0 || o.context == 0 || o.layers == 0) {
    fail("gpt", fmt::format("vocabulary, context and layers must be above 0, got {}, {} and {}",
                            o.vocabulary, o.context, o.layers));
  }
  const BlockOptions block = block_options(o);
  tokens = Parameter(random.normal(o.width, o.vocabulary, 0.02), "tokens");
  if (o.positions == Positions::learned) {
    positions = Parameter(random.normal(o.width, o.context, 0.02), "positions");
  }
  if (o.positions == Positions::sinusoidal) sinusoidal_ = sinusoidal_positions(o.width, o.context);
  if (o.embedding_norm) embedding_norm = block.norm(o.width);
  for (Index i = 0; i < o.layers; ++i) blocks.emplace_back(block, random);
  if (o.placement.needs_final_norm()) final_norm = block.norm(o.width);
  if (!o.tied)
    head.emplace(o.width, o.vocabulary, random, LinearOptions{.bias = false, .sd = 0.02});
  if (!o.placement.deep) start_as_gpt2(random);
  if (o.dropout != 0) dropout.emplace(o.dropout, random.engine()());
}

void Gpt::start_as_gpt2(Random& random) {
  const double branches = 2.0 * static_cast<double>(options_.layers);
  const double smaller = options_.scaled_residuals ? 1 / std::sqrt(branches) : 1;
  const auto draw = [&](LinearLayer& layer, double factor) {
    layer.weight.value =
        random.normal(layer.weight.value.n_rows, layer.weight.value.n_cols, 0.02 * factor);
  };
  for (Block& block : blocks) {
    draw(block.attention.qkv, 1);
    draw(block.attention.out, smaller);
    draw(block.feed_forward.up, 1);
    if (block.feed_forward.gate) draw(*block.feed_forward.gate, 1);
    draw(block.feed_forward.down, smaller);
  }
}

Var Gpt::embed(Tape& tape, const std::vector<Index>& input, Index length) {
  Var x = gather(tape, tokens, input);
  if (options_.positions != Positions::rotary) {
    std::vector<Index> places(input.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = i % length;
    const bool learned = options_.positions == Positions::learned;
    x = x + gather(learned ? tape.parameter(positions) : tape.constant(sinusoidal_), places);
  }
  if (embedding_norm) x = (*embedding_norm)(x);
  return dropout ? (*dropout)(x) : x;
}

Var Gpt::operator()(Tape& tape, const std::vector<Index>& input, Index length) {
  return (*this)(tape, input, Sequences{.length = length});
}

Var Gpt::operator()(Tape& tape, const std::vector<Index>& input, const Sequences& sequences) {
  const Index length = sequences.length;
  if (length == 0 || length > options_.context || input.size() % length != 0) {
    fail("gpt", fmt::format("{} tokens cannot be cut into sequences of {} (1 to {})", input.size(),
                            length, options_.context));
  }
  Var x = embed(tape, input, length);
  for (Block& block : blocks) x = block(x, sequences);
  if (final_norm) x = (*final_norm)(x);
  return head ? (*head)(x) : linear(x, transpose(tape.parameter(tokens)));
}

void Gpt::members(Members& m) {
  m.parameter("tokens", tokens);
  if (!positions.value.empty()) m.parameter("positions", positions);
  if (embedding_norm) m.module("embedding_norm", *embedding_norm);
  if (dropout) m.module("dropout", *dropout);
  for (std::size_t i = 0; i < blocks.size(); ++i) m.module(fmt::format("blocks.{}", i), blocks[i]);
  if (final_norm) m.module("final_norm", *final_norm);
  if (head) m.module("head", *head);
}

std::vector<Index> generate(Gpt& gpt, std::vector<Index> prompt, Index count, double temperature,
                            Random& random) {
  if (prompt.empty()) fail("generate", "the prompt needs at least one token");
  if (!(temperature > 0)) {
    fail("generate", fmt::format("temperature must be above 0, got {}", temperature));
  }
  const bool was_training = gpt.training();
  gpt.eval();
  Tape tape;
  const NoGrad forward_only(tape);
  std::vector<Index> made;
  while (made.size() < count) {
    const std::size_t seen = std::min<std::size_t>(prompt.size(), gpt.options().context);
    const std::vector<Index> window(prompt.end() - static_cast<std::ptrdiff_t>(seen), prompt.end());
    tape.rewind();
    const Matrix logits = gpt(tape, window, seen).value().tail_cols(1);
    const Matrix weights = arma::exp((logits - logits.max()) / static_cast<Scalar>(temperature));
    double left = random.uniform() * static_cast<double>(arma::accu(weights));
    Index next = 0;
    while (next + 1 < weights.n_elem && (left -= static_cast<double>(weights[next])) > 0) ++next;
    made.push_back(next);
    prompt.push_back(next);
  }
  gpt.train(was_training);
  return made;
}

}  // namespace evenkeel
