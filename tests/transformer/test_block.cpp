#include "evenkeel/transformer/block.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <string>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/variants/residual_scale.hpp"
#include "reference/reference.hpp"
#include "says.hpp"
#include "transformer/small_block.hpp"

using namespace evenkeel;
using namespace evenkeel::reference;
using namespace evenkeel_test;

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

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(block)

BOOST_AUTO_TEST_CASE(equals_pytorchs_blocks) {
  hold("transformer.json",
       {{"encoder_layer", hold_encoder_layer}, {"llama_block", hold_llama_block}});
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
  const GroupNormOptions rms{.bias = false, .centering = Centering::keep_mean};
  BOOST_TEST(
      (arma::approx_equal(GroupNorm(1, 8, rms)(q).value(), rms_norm(q).value(), "absdiff", 0)));
  const Matrix halves = GroupNorm(2, 8, rms)(q).value();
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
  for (GroupNorm* norm : {&*whole.attention.q_norm, &*whole.attention.k_norm}) {
    BOOST_TEST((arma::approx_equal((*norm)(q).value(), rms_norm(q).value(), "absdiff", 0)));
  }
  BOOST_TEST(arma::abs(made(0) - made(2)).max() == 0);  // 2 heads
  BOOST_TEST(arma::abs(made(0) - made(1)).max() > 1e-3);
  BOOST_TEST(arma::abs(made(0) - made(4)).max() > 1e-3);
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
