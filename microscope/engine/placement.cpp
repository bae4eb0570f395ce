// The view Placement: a stack as lesson 12 has it: ReLU, one head, no biases, weights
// N(0, 1/inputs).

#include <cmath>

#include "answers.hpp"
#include "base/fail.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/image_norm.hpp"
#include "evenkeel/probe/statistics.hpp"
#include "evenkeel/transformer/block.hpp"

namespace evenkeel::microscope {

namespace {

BlockOptions options_of(const Json& request) {
  BlockOptions options;
  options.features = options.hidden = count(request, "width", 2, 256);
  options.heads = 1;
  options.blocks = count(request, "blocks", 1, 64);
  options.placement = placement_named(text(request, "placement"));
  options.nonlinearity = Nonlinearity::relu;
  options.bias = false;
  options.qk_norm = options.placement.name == "olmo2";  // over all heads, which that model has too
  options.qk_groups = 1;
  const MakeImageNorm make = image_norm(text(request, "norm"));
  require(static_cast<bool>(make), "microscope", "the placement 'none' is the one without a norm");
  options.norm = [make](Index features) {
    return make({.channels = features, .height = 1, .width = 1});
  };
  return options;
}

// Lesson 18, without attention: a branch gives back half of what it gets, and a sum has the sum of
// the mean squares.
std::vector<double> theory(const Placement& placement, Index blocks) {
  std::vector<double> stream = {1};
  for (Index l = 0; l < blocks; ++l) {
    const Placement here = placement.around_feed_forward(l, blocks);
    const double x = here.on_stream ? 1 : stream.back();
    const double gets = here.before_branch ? 1 : x;
    const double depth = here.over_root_depth ? static_cast<double>(l + 1) : 1;
    const double branch = here.after_branch ? 1 : gets / depth / 2;
    stream.push_back(here.after_sum ? 1 : x + branch);
  }
  return stream;
}

}  // namespace

Json placement(const Json& request) {
  BlockOptions options = options_of(request);
  const Index tokens = count(request, "tokens", 1, 64);
  const std::string branches = text(request, "branches");
  require(branches == "both" || branches == "feed_forward", "microscope",
          "branches must be both or feed_forward");
  Random random(count(request, "seed", 0, 1'000'000));
  const Matrix start = random.normal(options.features, tokens);  // features × tokens
  const Matrix dloss = random.normal(options.features, tokens);
  Tape tape;
  std::vector<Block> blocks;
  for (options.block = 0; options.block < options.blocks; ++options.block)
    blocks.emplace_back(options, random);
  std::vector<Var> stream = {tape.variable(start)};
  for (Block& block : blocks) {
    Residual& around = block.around_feed_forward;
    Var x = stream.back();
    if (branches == "both") {
      x = block(x, {.length = tokens});
    } else {
      x = around.stream(x);
      x = around.leave(x, block.feed_forward(around.enter(x)));
    }
    stream.push_back(x);
  }
  // As in a model: what ends unnormalized gets a last norm.
  Var y = stream.back();
  AnyLayer last = options.norm(options.features);
  if (options.placement.needs_final_norm()) y = last(y);
  tape.backward(y, dloss);
  std::vector<double> mean_square, gradient;
  for (const Var x : stream) {
    mean_square.push_back(std::pow(statistics(x.value()).rms, 2));
    gradient.push_back(statistics(x.gradient()).rms);
  }
  Json answer = {{"stream", numbers(mean_square)}, {"gradient", numbers(gradient)}};
  answer["theory"] = Json::array();
  if (branches == "feed_forward")
    answer["theory"] = numbers(theory(options.placement, options.blocks));
  return answer;
}

}  // namespace evenkeel::microscope
