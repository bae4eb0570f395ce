// 13 Gradient by depth: how large the weights' gradients are before the first step.
//
//   loss: cross-entropy of 64 classes with random targets, W_head · x after the last block
//
// One stack block by block, one without attention, and the last block of deeper and deeper stacks.

#include "block_stacks.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/ops/losses.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

constexpr Index classes = 64;
struct Setting {
  StackSetting stack{.layers = 6};
  Index batches = 20;  // over which the gradient is averaged
};

/// What is looked at in each block, over what it is in the first.
const std::vector<Quantity> weights = {
    {"V", "block", "‖∂loss/∂V‖, first block = 1"},
    {"W1", "block", "‖∂loss/∂W1‖, first block = 1"},
    {"W2", "block", "‖∂loss/∂W2‖, first block = 1"},
    {"W2 without attention", "block", "‖∂loss/∂W2‖ without attention, first block = 1"}};
const Quantity last{"last_w2", "blocks of the stack, L", "‖∂loss/∂W2‖ of the last block"};

/// ‖∂loss/∂weight‖ of V, W1 and W2.
std::array<double, 3> sizes(const Block& block) {
  const Matrix& qkv = block.attention.qkv.weight.gradient;
  return {arma::norm(qkv.tail_rows(qkv.n_cols), "fro"),
          arma::norm(block.feed_forward.up.weight.gradient, "fro"),
          arma::norm(block.feed_forward.down.weight.gradient, "fro")};
}

/// A stack after the backward passes of some batches: their gradients add up in its weights.
std::vector<Block> after_backward(const Scheme& scheme, const StackSetting& s, Branches branches,
                                  Index batches, std::uint64_t seed) {
  Random random(seed);
  std::vector<Block> blocks = make_blocks(scheme, s, random);
  LinearLayer head(s.width, classes, random, {.bias = false});
  AnyLayer final_norm = feature_norm(s.norm, s.width);
  Tape tape;
  for (Index batch = 0; batch < batches; ++batch) {
    tape.rewind();
    Var x = tape.constant(random.normal(s.width, s.length));  // features × tokens
    for (Block& block : blocks) x = pass(block, x, branches, s.length);
    if (scheme.placement.needs_final_norm()) x = final_norm(x);
    std::vector<Index> targets(s.length);
    for (Index& target : targets) target = random.below(classes);
    tape.backward(cross_entropy(head(x), targets));
  }
  return blocks;
}

void run(const Setting& s, const std::string& name, std::uint64_t seed, Record& record) {
  const Scheme& scheme = by_name(all_schemes(), name);
  const auto add = [&](const Quantity& quantity, const std::vector<Block>& blocks, int weight) {
    for (std::size_t l = 0; l < blocks.size(); ++l)
      record.add(quantity, name, l + 1, sizes(blocks[l])[weight] / sizes(blocks[0])[weight]);
  };
  const auto whole = after_backward(scheme, s.stack, Branches::both, s.batches, seed);
  for (int weight : {0, 1, 2}) add(weights[weight], whole, weight);
  StackSetting other = s.stack;
  other.layers = 24;
  add(weights[3], after_backward(scheme, other, Branches::feed_forward, 1, seed), 2);
  other.causal = true;
  for (Index layers : {4, 8, 16, 32}) {
    other.layers = layers;
    const auto stack = after_backward(scheme, other, Branches::both, 1, seed);
    record.add(last, name, layers, sizes(stack.back())[2]);
  }
}

/// Medians where there is no theory, and standard deviations, of 400 seeds.
const Bands known = {
    {"exponent of L, post-norm", median_near(0.004, 0.102, "Theorem 1: at most 0")},
    {"exponent of L, pre-norm", median_near(-0.5, 0.099, "Theorem 1: at most −½")},
    {"exponent of L, peri-norm", median_near(-0.475, 0.093, "theory (1 + 2L)^−½")},
    {"exponent of L, DeepNorm", median_near(-0.5, 0.038, "theory −½")},
    {"V, last/first, post-norm", median_near(2.90, 0.94, "400 seeds; (3/2)^(5/2) = 2.76")},
    {"W1, last/first, post-norm", median_near(2.12, 0.68, "400 seeds; heuristic 2.76")},
    {"W2, last/first, post-norm", median_near(1.09, 0.34, "400 seeds; heuristic 2.76")},
    {"W1, last/first, pre-norm", median_near(0.648, 0.096, "400 seeds")},
    {"W2, last/first, DeepNorm", median_near(1, 0.030, "theory 1")},
    {"W2 without attention, last/first, post-norm", median_near(1, 0.35, "theory 1")},
    {"W2 without attention, last/first, pre-norm", median_near(0.340, 0.052, "theory √(3/26)")},
};

void report(Lesson& lesson, const Setting& s, const Styles& schemes, const Record& record) {
  Chart by_depth = chart_of(record, last, schemes);
  add_theory(by_depth, "1/(2√L)", {4, 32}, [](double depth) { return 0.5 / std::sqrt(depth); });
  Figure by_block("", lesson.setting());
  for (const Style& scheme : schemes)
    lesson.claim("exponent of L", scheme, {exponent(record.of(last, scheme.name))}, known);
  for (const Quantity& weight : weights) {
    for (const Style& scheme : schemes)
      lesson.claim(weight.name + ", last/first", scheme,
                   {record.of(weight, scheme.name).median().back()}, known);
    const bool alone = weight.name == weights[3].name;
    Chart panel = chart_of(record, weight, schemes);
    panel.title = alone ? "24 blocks; dashed: pre-norm theory"
                        : weight.name + "; dashed: the paper's heuristic, post-norm";
    add_theory(panel, "", one_to(alone ? 24 : s.stack.layers), [&](double l) {
      return alone ? std::sqrt(1.5 / (1 + l / 2)) : std::pow(1.5, (l - 1) / 2);
    });
    by_block.add(panel.y_range(0.2, 5));
  }
  by_depth.title = fmt::format(
      "The last block's gradient scales as L^{} under post-norm, L^{} under pre-norm",
      lesson.claimed("exponent of L, post-norm"), lesson.claimed("exponent of L, pre-norm"));
  by_block.title =
      fmt::format("Under post-norm W1's gradient in the last block is {} times the first's",
                  lesson.claimed("W1, last/first, post-norm"));
  lesson.chart(by_depth.x_axis(last.x, Axis::log), "gradient_by_depth");
  lesson.chart(by_block, "gradient_by_block");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> names = {"post", "pre", "peri", "deep"};
  Lesson lesson("13_gradient_by_depth", "The gradients of the weights before the first step");
  lesson.option("layers", s.stack.layers, 2, "number of blocks, where blocks are compared")
      .option("width", s.stack.width, 2, "features of the residual stream")
      .option("length", s.stack.length, 1, "tokens of the sequence")
      .option("batches", s.batches, 1, "over how many the gradient is averaged")
      .option("norm", s.stack.norm, feature_norm_names(), "which norm stands in the blocks")
      .option("placement", names, names_of(all_schemes()), "where, separated by commas")
      .seeds(100, 20)
      .ask({"exponent of L, post-norm",
            "Post-norm: as stacks become deeper, what does the last block's gradient do?",
            {{"shrinks", -9, -0.2}, {"stays", -0.2, 0.2}, {"grows", 0.2, 9}}})
      .ask({"W1, last/first, post-norm", "Six blocks: W1's gradient in the last over the first?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} wide, {} tokens", s.stack.width, s.stack.length));
    const Styles schemes = choose(all_schemes(), names);
    const Record record =
        lesson.over_seeds(names, [&](auto& name, auto seed, Record& r) { run(s, name, seed, r); });
    print_table(record, weights[1], schemes);
    report(lesson, s, schemes, record);
    lesson.try_next("lessons/run 13 --length 1      (one token: nothing to mix)");
  });
}
