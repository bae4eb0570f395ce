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
  const MakeImageNorm make = image_norm(text(request, "norm"));
  require(static_cast<bool>(make), "microscope", "the placement 'none' is the one without a norm");
  options.norm = [make](Index features) {
    return make({.channels = features, .height = 1, .width = 1});
  };
  return options;
}

// Lesson 12, without attention: a branch adds ½ where it gets 1.
std::vector<double> theory(const Placement& placement, Index blocks) {
  std::vector<double> stream;
  for (Index l = 0; l <= blocks; ++l) {
    const double count = static_cast<double>(l);
    if (placement.after_sum)
      stream.push_back(1);
    else if (placement.after_branch)
      stream.push_back(1 + count);
    else if (placement.before_branch)
      stream.push_back(1 + count / 2);
    else
      stream.push_back(std::pow(1.5, count));
  }
  return stream;
}

}  // namespace

Json placement(const Json& request) {
  const BlockOptions options = options_of(request);
  const Index tokens = count(request, "tokens", 1, 64);
  const std::string branches = text(request, "branches");
  require(branches == "both" || branches == "feed_forward", "microscope",
          "branches must be both or feed_forward");
  Random random(count(request, "seed", 0, 1'000'000));
  const Matrix start = random.normal(options.features, tokens);  // features × tokens
  const Matrix dloss = random.normal(options.features, tokens);
  Tape tape;
  std::vector<Block> blocks;
  for (Index l = 0; l < options.blocks; ++l) blocks.emplace_back(options, random);
  std::vector<Var> stream = {tape.variable(start)};
  for (Block& block : blocks) {
    Residual& around = block.around_feed_forward;
    const Var x = stream.back();
    stream.push_back(branches == "both" ? block(x, {.length = tokens})
                                        : around.leave(x, block.feed_forward(around.enter(x))));
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
