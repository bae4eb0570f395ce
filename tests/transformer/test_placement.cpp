#include "evenkeel/transformer/placement.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "evenkeel/variants/residual_scale.hpp"
#include "says.hpp"
#include "transformer/small_block.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

// Both branches of block 0 or 1, of four.
Var by_formula(const Placement& placement, Block& b, Index number, Var x) {
  for (Residual* r : {&b.around_attention, &b.around_feed_forward}) {
    const bool attends = r == &b.around_attention;
    const auto f = [&](Var v) {
      return attends ? b.attention(v, {.length = 4}) : b.feed_forward(v);
    };
    const auto n = [&](Var v) { return (*r->norm)(v); };
    if (placement.name == "none") x = x + f(x);
    if (placement.name == "post") x = n(x + f(x));
    if (placement.name == "pre") x = x + f(n(x));
    if (placement.name == "peri") x = x + (*r->branch_norm)(f(n(x)));
    if (placement.name == "deep") x = n(std::pow(8, 0.25) * x + f(x));
    if (placement.name == "olmo2") x = x + (*r->branch_norm)(f(x));
    if (placement.name == "lns") x = x + f(n(x) * (number == 0 ? 1 : std::sqrt(0.5)));
    if (placement.name == "mix") x = number == 0 ? n(x + f(x)) : x + f(n(x));
    if (placement.name == "keel") x = (*r->sum_norm)(8 * x + f(n(x)));
    if (placement.name != "hybrid") continue;
    const Var stream = attends ? x : n(x);
    x = stream + f(stream);
  }
  return x;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(placement)

// What the block makes of x is what the formula makes of it, with the block's own parts.
BOOST_AUTO_TEST_CASE(placements_are_what_they_say) {
  for (const Placement& placement : all_placements) {
    for (Index number : {0, 1}) {
      Random random(3);
      BlockOptions options = small(placement);
      options.blocks = 4;  // the first quarter of them, number 0, is post-norm under mix
      options.block = number;
      Block block(options, random);
      for (Parameter* p : block.parameters()) {  // no two norms are the same
        if (p->value.n_cols == 1) p->value += random.normal(p->value.n_rows, 1, 0.1);
      }
      Tape tape;
      const Var x = tape.constant(Random(5).normal(8, 12));
      const Matrix expected = by_formula(placement, block, number, x).value();
      BOOST_TEST(arma::abs(expected - x.value()).max() > 0.1);  // there was a formula for it
      BOOST_TEST_CONTEXT(placement.name) {
        BOOST_TEST(arma::abs(output(block) - expected).max() <= 8 * machine_epsilon);
      }
    }
  }
}

// The full Jacobian by x and every parameter, in the first block of four and in the last.
BOOST_AUTO_TEST_CASE(gradients_of_every_placement) {
  for (const Placement& placement : all_placements) {
    for (Index number : {0, 3}) {
      BlockOptions options = small(placement);
      options.features = 4;
      options.hidden = 4;
      options.blocks = 4;
      options.block = number;
      options.qk_norm = true;
      options.branch_scale = [](Index n) { return layer_scale(n, 0.7); };
      Random random(3);
      Block block(options, random);
      const GradientReport report = gradient_check(
          [&](Tape&, std::span<const Var> in) { return block(in[0], {.length = 3}); },
          {random.normal(4, 3)});
      BOOST_CHECK_MESSAGE(report.passed(), placement.name << ": " << to_string(report));
    }
  }
}

// Of four blocks the first is post-norm: what leaves it has mean 0.
BOOST_AUTO_TEST_CASE(a_model_tells_its_blocks_which_they_are) {
  Random random(3);
  GptOptions options;
  options.vocabulary = 7;
  options.width = 8;
  options.heads = 2;
  options.placement = mix_norm;
  Gpt gpt(options, random);
  Tape tape;
  const Var x = tape.constant(Random(5).normal(8, 12));
  for (std::size_t i : {0, 1, 2, 3}) {
    const Matrix mean = arma::mean(gpt.blocks[i](x, {.length = 4}).value(), 0);
    BOOST_TEST((arma::abs(mean).max() <= 16 * machine_epsilon) == (i == 0));
  }
}

BOOST_AUTO_TEST_CASE(placements_by_name) {
  BOOST_TEST(placement_named("peri").after_branch);
  BOOST_CHECK_EXCEPTION(
      placement_named("side"), Error,
      says("expected one of none, post, pre, peri, deep, olmo2, lns, mix, hybrid, keel"));
}

// A model ends with a norm where its last block does not, unless there is none at all.
BOOST_AUTO_TEST_CASE(final_norm) {
  const Placement behind_branch{.name = "behind the branch", .after_branch = true};
  BOOST_TEST((!no_norm.needs_final_norm() && !post_norm.needs_final_norm() &&
              !deep_norm.needs_final_norm() && !keel_norm.needs_final_norm()));
  BOOST_TEST((pre_norm.needs_final_norm() && peri_norm.needs_final_norm() &&
              behind_branch.needs_final_norm() && mix_norm.needs_final_norm() &&
              hybrid_norm.needs_final_norm()));
}

// β = (8·2)^−¼ = ½ for v, out and the feed-forward, 1 for q and k.
BOOST_AUTO_TEST_CASE(deep_norm_starts_v_out_and_feed_forward_smaller) {
  BlockOptions with_gate = small(post_norm);
  with_gate.nonlinearity = Nonlinearity::swiglu;
  Random one(3), two(3);
  Block post(with_gate, one);
  with_gate.placement = deep_norm;
  Block deep(with_gate, two);
  const auto holds = [](const Matrix& smaller, const Matrix& whole, Scalar factor) {
    return arma::approx_equal(smaller, factor * whole, "absdiff", 4 * machine_epsilon);
  };
  const Matrix qkv = post.attention.qkv.weight.value, deep_qkv = deep.attention.qkv.weight.value;
  BOOST_TEST(holds(deep_qkv.head_rows(16), qkv.head_rows(16), 1));
  BOOST_TEST(holds(deep_qkv.tail_rows(8), qkv.tail_rows(8), Scalar(0.5)));
  const auto halved = [&](const LinearLayer& smaller, const LinearLayer& whole) {
    return holds(smaller.weight.value, whole.weight.value, Scalar(0.5));
  };
  BOOST_TEST(halved(deep.attention.out, post.attention.out));
  BOOST_TEST(halved(deep.feed_forward.up, post.feed_forward.up));
  BOOST_TEST(halved(*deep.feed_forward.gate, *post.feed_forward.gate));
  BOOST_TEST(halved(deep.feed_forward.down, post.feed_forward.down));
}

// HybridNorm: with v of length √d in each head, whatever the weights.
BOOST_AUTO_TEST_CASE(hybrid_normalizes_q_k_and_v) {
  Random random(3);
  Block block(small(hybrid_norm), random);
  const Matrix before = output(block);
  block.attention.qkv.weight.value *= 50;
  const double eps_effect = 1e-3;  // eps in a mean square of v² ≈ 1, in two norms
  BOOST_TEST(arma::abs(output(block) - before).max() < eps_effect);
  BOOST_TEST(!block.around_attention.norm.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
