#include "evenkeel/transformer/block.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <string>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/residual_scale.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "reference/reference.hpp"
#include "says.hpp"

using namespace evenkeel;
using namespace evenkeel::reference;

namespace {

// Our names of a block's parameters → those of torch.nn.TransformerEncoderLayer.
const std::map<std::string, std::string> torch_names = {
    {"attention.qkv.weight", "self_attn.in_proj_weight"},
    {"attention.qkv.bias", "self_attn.in_proj_bias"},
    {"attention.out.weight", "self_attn.out_proj.weight"},
    {"attention.out.bias", "self_attn.out_proj.bias"},
    {"attention_residual.norm.weight", "norm1.weight"},
    {"attention_residual.norm.bias", "norm1.bias"},
    {"feed_forward.up.weight", "linear1.weight"},
    {"feed_forward.up.bias", "linear1.bias"},
    {"feed_forward.down.weight", "linear2.weight"},
    {"feed_forward.down.bias", "linear2.bias"},
    {"feed_forward_residual.norm.weight", "norm2.weight"},
    {"feed_forward_residual.norm.bias", "norm2.bias"}};

void hold_encoder_layer(const Case& c) {
  Random random(1);
  BlockOptions options;
  options.features = c.inputs.at("x").n_rows;
  options.heads = c.index("heads");
  options.hidden = c.inputs.at("linear1.weight").n_rows;
  options.placement = c.args.at("norm_first").get<bool>() ? pre_norm : post_norm;
  options.nonlinearity = c.text("activation") == "relu" ? Nonlinearity::relu : Nonlinearity::gelu;
  options.causal = c.args.at("causal").get<bool>();
  Block block(options, random);
  const std::vector<NamedParameter> parameters = block.named_parameters();
  BOOST_TEST_REQUIRE(parameters.size() == torch_names.size());
  for (const NamedParameter& p : parameters) {
    const Matrix& given = c.inputs.at(torch_names.at(p.name));
    BOOST_TEST_REQUIRE((arma::size(given) == arma::size(p.parameter->value)));
    p.parameter->value = given;
  }
  Sequences sequences{c.index("length")};
  if (c.has("seen")) sequences.key_mask = c.inputs.at("seen");
  Tape tape;
  const Var x = tape.variable(c.inputs.at("x"));
  const Var y = block(x, sequences);
  tape.backward(y, c.cotangent);
  check(c, "output", y.value(), c.output);
  check(c, "x", x.gradient(), c.gradients.at("x"));
  for (const NamedParameter& p : parameters) {
    const std::string& name = torch_names.at(p.name);
    check(c, name, p.parameter->gradient, c.gradients.at(name));
  }
}

void hold_llama_block(const Case& c) {
  Random random(1);
  BlockOptions options;
  options.features = c.inputs.at("x").n_rows;
  options.heads = c.index("heads");
  options.hidden = c.inputs.at("feed_forward.up.weight").n_rows;
  options.norm = [](Index n) { return RmsNorm(n); };
  options.nonlinearity = Nonlinearity::swiglu;
  options.causal = true;
  options.bias = false;
  options.rotary = true;
  options.qk_norm = c.args.at("qk_norm").get<bool>();
  Block block(options, random);
  const std::vector<NamedParameter> parameters = block.named_parameters();
  BOOST_TEST_REQUIRE(parameters.size() + 1 == c.inputs.size());  // all weights, and x
  for (const NamedParameter& p : parameters) {
    BOOST_TEST_REQUIRE((arma::size(c.inputs.at(p.name)) == arma::size(p.parameter->value)));
    p.parameter->value = c.inputs.at(p.name);
  }
  Tape tape;
  const Var x = tape.variable(c.inputs.at("x"));
  const Var y = block(x, {.length = c.index("length")});
  tape.backward(y, c.cotangent);
  check(c, "output", y.value(), c.output);
  check(c, "x", x.gradient(), c.gradients.at("x"));
  for (const NamedParameter& p : parameters) {
    check(c, p.name, p.parameter->gradient, c.gradients.at(p.name));
  }
}

BlockOptions small(Placement placement, MakeNorm norm = {}) {
  BlockOptions options;
  options.features = 8;
  options.heads = 2;
  options.hidden = 16;
  options.blocks = 2;
  options.placement = placement;
  options.norm = std::move(norm);
  return options;
}

Matrix output(Block block) {
  Tape tape;
  return block(tape.constant(Random(5).normal(8, 12)), {.length = 4}).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(block)

BOOST_AUTO_TEST_CASE(equals_pytorchs_blocks) {
  hold("transformer.json",
       {{"encoder_layer", hold_encoder_layer}, {"llama_block", hold_llama_block}});
}

// Each placement by its formula, from the block's own parts.
BOOST_AUTO_TEST_CASE(placements_are_what_they_say) {
  for (const Placement& placement : all_placements) {
    for (Index number : {0, 1}) {
      Random random(3);
      BlockOptions options = small(placement);
      options.blocks = 4;  // the first quarter of them, number 0, is post-norm under mix
      options.block = number;
      Block b(options, random);
      for (Parameter* p : b.parameters()) {  // no two norms are the same
        if (p->value.n_cols == 1) p->value += random.normal(p->value.n_rows, 1, 0.1);
      }
      Tape tape;
      const Sequences sequences{.length = 4};
      const auto n = [&](Residual& r, Var v) { return (*r.norm)(v); };
      const Matrix start = Random(5).normal(8, 12);
      Var x = tape.constant(start);
      for (Residual* r : {&b.around_attention, &b.around_feed_forward}) {
        const auto f = [&](Var v) {
          return r == &b.around_attention ? b.attention(v, sequences) : b.feed_forward(v);
        };
        if (placement.name == "none") x = x + f(x);
        if (placement.name == "post") x = n(*r, x + f(x));
        if (placement.name == "pre") x = x + f(n(*r, x));
        if (placement.name == "peri") x = x + (*r->branch_norm)(f(n(*r, x)));
        if (placement.name == "deep") x = n(*r, std::pow(8, 0.25) * x + f(x));
        if (placement.name == "olmo2") x = x + (*r->branch_norm)(f(x));
        if (placement.name == "lns") x = x + f(n(*r, x) * (number == 0 ? 1 : std::sqrt(0.5)));
        if (placement.name == "mix") x = number == 0 ? n(*r, x + f(x)) : x + f(n(*r, x));
        if (placement.name == "hybrid") {
          if (r == &b.around_feed_forward) x = n(*r, x);
          x = x + f(x);
        }
        if (placement.name == "keel") x = (*r->sum_norm)(8 * x + f(n(*r, x)));
      }
      BOOST_TEST(arma::abs(x.value() - start).max() > 0.1);  // there was a formula for it
      const double off = static_cast<double>(arma::abs(output(b) - x.value()).max());
      BOOST_TEST_CONTEXT(placement.name) {
        BOOST_TEST(off <= 8 * machine_epsilon);
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

BOOST_AUTO_TEST_CASE(any_norm_a_student_writes) {
  struct Halve final : Layer {
    Var operator()(Var x) override { return 0.5 * x; }
    void members(Members&) override {}
  };
  Random one(3), two(3), three(3);
  const Matrix halved = output(Block(small(pre_norm, [](Index) { return Halve{}; }), one));
  const Matrix rms = output(Block(small(pre_norm, [](Index n) { return RmsNorm(n); }), two));
  const Matrix layer = output(Block(small(pre_norm), three));
  BOOST_TEST(arma::abs(halved - rms).max() > 0.01);
  BOOST_TEST(arma::abs(layer - rms).max() > 0.01);
}

BOOST_AUTO_TEST_CASE(a_copy_is_a_block_of_its_own) {
  Random random(3);
  Block first(small(peri_norm), random);
  Block copy = first;
  const Matrix before = output(copy);
  for (Parameter* p : first.parameters()) p->value.fill(7);
  BOOST_TEST((arma::approx_equal(output(copy), before, "absdiff", 0)));
}

// One group is RMSNorm of all of q, heads groups is that of each head: by hand, from the parts.
BOOST_AUTO_TEST_CASE(groups_of_q_and_k) {
  Tape tape;
  const Var q = tape.constant(Random(5).normal(8, 12));
  BOOST_TEST((arma::approx_equal(HeadNorm(8, 1)(q).value(), rms_norm(q).value(), "absdiff", 0)));
  const Matrix halves = HeadNorm(8, 2)(q).value();
  const Matrix lower = rms_norm(slice_rows(q, 4, 4)).value();
  BOOST_TEST((arma::approx_equal(halves.tail_rows(4), lower, "absdiff", 8 * machine_epsilon)));
  BlockOptions options = small(pre_norm);
  options.qk_norm = true;
  const auto made = [&](Index groups) {
    Random random(3);
    options.qk_groups = groups;
    return output(Block(options, random));
  };
  options.qk_groups = 1;
  Random random(3);
  Block whole(options, random);
  for (HeadNorm* norm : {&*whole.attention.q_norm, &*whole.attention.k_norm}) {
    BOOST_TEST((arma::approx_equal((*norm)(q).value(), rms_norm(q).value(), "absdiff", 0)));
  }
  BOOST_TEST(arma::abs(made(0) - made(2)).max() == 0);  // 2 heads
  BOOST_TEST(arma::abs(made(0) - made(1)).max() > 1e-3);
  BOOST_TEST(arma::abs(made(0) - made(4)).max() > 1e-3);
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

// With a scale of 0 each block is the identity, and the scale is what learns first.
BOOST_AUTO_TEST_CASE(branch_scale) {
  BlockOptions options = small(no_norm);
  options.branch_scale = [](Index) { return re_zero(); };
  Random random(3);
  Block block(options, random);
  BOOST_TEST(arma::abs(output(block) - Random(5).normal(8, 12)).max() == 0);
  Tape tape;
  tape.backward(block(tape.constant(Random(5).normal(8, 12)), {.length = 4}),
                Random(6).normal(8, 12));
  const std::vector<Parameter*> scale = block.around_attention.parameters();
  BOOST_TEST_REQUIRE(scale.size() == 1u);
  BOOST_TEST(scale.front()->gradient.at(0) != 0);
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(3);
  BlockOptions options = small(pre_norm);
  options.heads = 3;
  BOOST_CHECK_EXCEPTION(Block(options, random), Error,
                        says("8 features cannot be cut into 3 heads"));
  options = small(pre_norm);
  options.qk_norm = true;
  options.qk_groups = 3;
  BOOST_CHECK_EXCEPTION(Block(options, random), Error,
                        says("[qk_norm] 8 features cannot be cut into 3 groups"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
