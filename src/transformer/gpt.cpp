#include "evenkeel/transformer/gpt.hpp"

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/shape.hpp"

namespace evenkeel {

namespace {

BlockOptions block_options(const GptOptions& o) {
  BlockOptions block;
  block.features = o.width;
  block.heads = o.heads;
  block.hidden = 4 * o.width;
  block.blocks = o.layers;
  block.placement = o.placement;
  block.norm = o.norm ? o.norm : [bias = o.bias](Index n) { return LayerNorm(n, {.bias = bias}); };
  block.nonlinearity = o.nonlinearity;
  block.causal = true;
  block.bias = o.bias;
  return block;
}

GptOptions checked(GptOptions o) {
  if (o.vocabulary == 0 || o.context == 0 || o.layers == 0) {
    fail("gpt", fmt::format("vocabulary, context and layers must be above 0, got {}, {} and {}",
                            o.vocabulary, o.context, o.layers));
  }
  return o;
}

}  // namespace

Gpt::Gpt(GptOptions options, Random& random)
    : options_(checked(std::move(options))),
      tokens(options_.vocabulary, options_.width, random, 0.02),
      positions(options_.context, options_.width, random, 0.02) {
  const GptOptions& o = options_;
  const BlockOptions block = block_options(o);
  for (Index i = 0; i < o.layers; ++i) blocks.emplace_back(block, random);
  if (o.placement.needs_final_norm()) final_norm = block.norm(o.width);
  if (!o.tied)
    head.emplace(o.width, o.vocabulary, random, LinearOptions{.bias = false, .sd = 0.02});
  if (!o.placement.deep) start_as_gpt2(random);
}

void Gpt::start_as_gpt2(Random& random) {
  const double smaller = 1 / std::sqrt(2.0 * static_cast<double>(options_.layers));
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

Var Gpt::operator()(Tape& tape, const std::vector<Index>& input, Index length) {
  if (length == 0 || length > options_.context || input.size() % length != 0) {
    fail("gpt", fmt::format("{} tokens cannot be cut into sequences of {} (1 to {})", input.size(),
                            length, options_.context));
  }
  std::vector<Index> places(input.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i % length;
  Var x = tokens(tape, input) + positions(tape, places);
  const Sequences sequences{.length = length};
  for (Block& block : blocks) x = block(x, sequences);
  if (final_norm) x = (*final_norm)(x);
  return head ? (*head)(x) : linear(x, transpose(tape.parameter(tokens.weight)));
}

void Gpt::members(Members& m) {
  m.module("tokens", tokens);
  m.module("positions", positions);
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
  return made;
}

}  // namespace evenkeel
