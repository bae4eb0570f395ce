#include "evenkeel/transformer/block.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "evenkeel/attention/attention.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/transformer/rotary.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

constexpr Index features = 8, heads = 2, length = 5;

Matrix tokens(std::uint64_t seed) {
  return Random(seed).normal(features, 2 * length);
}

// q and k of all tokens grow by this factor.
void grow(SelfAttention& attention, double factor) {
  attention.qkv.weight.value.head_rows(2 * features) *= static_cast<Scalar>(factor);
}

Matrix output(SelfAttention attention, const Matrix& x) {
  Tape tape;
  return attention(tape.constant(x), {.length = length}).value();
}

double difference(const Matrix& a, const Matrix& b) {
  return static_cast<double>(arma::abs(a - b).max());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)
BOOST_AUTO_TEST_SUITE(self_attention)

// Each head by its own root mean square, by hand: (3, 4) has √12.5, (1, 7) has 5.
BOOST_AUTO_TEST_CASE(head_norm_takes_each_head_alone) {
  GroupNorm norm(2, 4, {.bias = false, .centering = Centering::keep_mean});
  norm.parameters()[0]->value = Matrix("1; 1; 2; 1");
  Tape tape;
  const Matrix y = norm(tape.constant(Matrix("3; 4; 1; 7"))).value();
  const double r = std::sqrt(12.5 + 1e-5), s = std::sqrt(25 + 1e-5);
  const double expected[] = {3 / r, 4 / r, 2 * 1 / s, 7 / s};
  for (Index i = 0; i < 4; ++i) {
    BOOST_TEST(std::abs(static_cast<double>(y[i]) - expected[i]) <= 4 * machine_epsilon);
  }
}

BOOST_AUTO_TEST_CASE(the_tape_calls_each_of_its_norms_by_its_own_name) {
  Random random(3);
  BlockOptions options;
  options.features = features;
  options.heads = heads;
  options.placement = hybrid_norm;
  SelfAttention attention(options, random);
  Tape tape;
  attention(tape.constant(tokens(1)), {.length = length});
  std::vector<std::string> norms;
  for (Index i = 0; i < tape.size(); ++i) {
    const std::string kind(tape.node(i).kind());
    if (kind.ends_with("_norm")) norms.push_back(kind);
  }
  BOOST_TEST(norms == std::vector<std::string>({"q_norm", "k_norm", "v_norm"}),
             boost::test_tools::per_element());
}

// From the layer's own parts, in each combination of norm and rotation.
BOOST_AUTO_TEST_CASE(is_what_it_says) {
  for (const bool qk_norm : {false, true}) {
    for (const bool turned : {false, true}) {
      Random random(1);
      SelfAttention layer({.features = features,
                           .heads = heads,
                           .causal = true,
                           .qk_norm = qk_norm,
                           .rotary = turned},
                          random);
      Tape tape;
      const Var x = tape.constant(tokens(2));
      const Var packed = layer.qkv(x);
      Var q = slice_rows(packed, 0, features), k = slice_rows(packed, features, features);
      if (qk_norm) {
        q = (*layer.q_norm)(q);
        k = (*layer.k_norm)(k);
      }
      const RotaryOptions turn{features / heads, length};
      if (turned) {
        q = rotary(q, turn);
        k = rotary(k, turn);
      }
      const Var v = slice_rows(packed, 2 * features, features);
      const Var expected = layer.out(attention(q, k, v, {heads, length, true}));
      // two orders of summation; outputs are of size 1
      BOOST_TEST(difference(layer(x, {.length = length}).value(), expected.value()) <=
                 16 * machine_epsilon);
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients) {
  for (const bool qk_norm : {false, true}) {
    Random random(3);
    SelfAttention layer(
        {.features = features, .heads = heads, .causal = true, .qk_norm = qk_norm, .rotary = true},
        random);
    for (Parameter* p : layer.parameters()) {
      if (p->value.n_cols == 1) p->value += random.normal(p->value.n_rows, 1, 0.5);
    }
    const GradientReport report =
        gradient_check([&](Tape&, std::span<const Var> in) { return layer(in[0], {.length = 3}); },
                       {random.normal(features, 6)});
    BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  }
}

// |q| and |k| are √d at most, so |⟨q, k⟩|/√d is √d at most (Cauchy and Schwarz), with any weights.
BOOST_AUTO_TEST_CASE(normalized_logits_are_bounded) {
  const double d = double(features) / double(heads), bound = std::sqrt(d);
  for (const double factor : {1.0, 4.0, 16.0, 1000.0}) {
    Random random(4);
    SelfAttention layer({.features = features, .heads = heads, .qk_norm = true}, random);
    grow(layer, factor);
    Tape tape;
    const Var packed = layer.qkv(tape.constant(tokens(5)));
    const Matrix q = (*layer.q_norm)(slice_rows(packed, 0, features)).value();
    const Matrix k = (*layer.k_norm)(slice_rows(packed, features, features)).value();
    for (Index head = 0; head < heads; ++head) {
      const arma::span rows(head * features / heads, (head + 1) * features / heads - 1);
      const Matrix logits = k.rows(rows.a, rows.b).t() * q.rows(rows.a, rows.b) / std::sqrt(d);
      const double largest = static_cast<double>(arma::abs(logits).max());
      BOOST_TEST(largest <= bound * (1 + 8 * machine_epsilon));
      BOOST_TEST(largest > 0.8 * bound);  // of 100 products some are almost parallel
    }
  }
}

// What the bound is for: weights of q and k may grow, and the attention stays as
// it was. Sixteen times as large moves the root of mean(q²) + eps by a share of
// eps/2 mean(q²), and mean(q²) is near 1: 1e-5.
BOOST_AUTO_TEST_CASE(normalized_attention_does_not_notice_how_large_q_and_k_are) {
  const Matrix x = tokens(7);
  for (const bool qk_norm : {false, true}) {
    Random random(6);
    SelfAttention layer({.features = features, .heads = heads, .qk_norm = qk_norm}, random);
    const Matrix before = output(layer, x);
    grow(layer, 16);
    const double moved = difference(output(layer, x), before);
    BOOST_TEST((qk_norm ? moved <= 1e-4 : moved > 0.1));
  }
}

BOOST_AUTO_TEST_CASE(names) {
  Random random(8);
  SelfAttention layer({.features = features, .heads = heads, .bias = false, .qk_norm = true},
                      random);
  const auto named = layer.named_parameters();
  BOOST_TEST_REQUIRE(named.size() == 4u);
  BOOST_TEST(named[0].name == "qkv.weight");
  BOOST_TEST(named[2].name == "q_norm.weight");
  BOOST_TEST(named[3].name == "k_norm.weight");
}

BOOST_AUTO_TEST_CASE(errors) {
  Random random(9);
  BOOST_CHECK_EXCEPTION(SelfAttention({.features = 8, .heads = 3}, random), Error,
                        says("8 features cannot be cut into 3 heads"));
  BOOST_CHECK_EXCEPTION(SelfAttention({.features = 8, .heads = 2, .dropout = {1.0}}, random), Error,
                        says("dropout must be at least 0 and below 1, got 1"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
