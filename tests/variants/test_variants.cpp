// The norms that are composed of ops, and those of weights: against PyTorch's values and gradients
// (tests/reference/variants.json), by the full Jacobian, and what each does not notice.

#include <cmath>
#include <memory>

#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "evenkeel/variants/evo_norm.hpp"
#include "evenkeel/variants/filter_response_norm.hpp"
#include "evenkeel/variants/global_response_norm.hpp"
#include "evenkeel/variants/pointwise_norm.hpp"
#include "evenkeel/variants/scale_norm.hpp"
#include "evenkeel/variants/spectral_norm.hpp"
#include "evenkeel/variants/tile_statistics.hpp"
#include "evenkeel/variants/weight_norm.hpp"
#include "evenkeel/variants/weight_standardization.hpp"
#include "norm/support.hpp"
#include "reference/reference.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

using MakeVariant = std::function<std::unique_ptr<Layer>(const reference::Case&)>;

template <class L>
MakeVariant by_channels() {
  return [](const reference::Case& c) { return std::make_unique<L>(c.inputs.at("gamma").n_rows); };
}

std::unique_ptr<Layer> make_rms_variant(const reference::Case& c) {
  RmsNormOptions options;
  options.part = c.args.value("part", 1.0);
  options.gain_from_one = c.name == "gain from one";
  return std::make_unique<RmsNorm>(8, options);
}

std::unique_ptr<Layer> make_scaled_standardization(const reference::Case& c) {
  return std::make_unique<WeightStandardization>(
      WeightStandardizationOptions{.eps = 1e-6, .scaled_outputs = c.inputs.at("g").n_rows});
}

std::unique_ptr<Layer> make_spectral_norm(const reference::Case& c) {
  Random random(1);
  return std::make_unique<SpectralNorm>(c.inputs.at("x"), random);
}

// With the parameters and buffers of the case, by their names.
reference::Run hold_layer(const MakeVariant& make) {
  return [make](const reference::Case& c) {
    const std::unique_ptr<Layer> layer = make(c);
    const std::vector<NamedParameter> parameters = layer->named_parameters();
    BOOST_TEST_REQUIRE(parameters.size() + 1 == c.gradients.size());  // all, and x
    for (const NamedParameter& p : parameters) p.parameter->value = c.inputs.at(p.parameter->name);
    for (const NamedBuffer& b : layer->named_buffers()) {
      if (c.has(b.name)) *b.buffer = c.inputs.at(b.name);
      if (b.name == "running_var" && c.has("running")) *b.buffer = c.inputs.at("running");
    }
    layer->train(c.args.value("training", true));
    Tape tape;
    const Var x = tape.variable(c.inputs.at("x"));
    const Var y = (*layer)(x);
    check(c, "output", y.value(), c.output);
    tape.backward(y, c.cotangent);
    check(c, "x", x.gradient(), c.gradients.at("x"));
    for (const NamedParameter& p : parameters) {
      const std::string& name = p.parameter->name;
      check(c, name, p.parameter->gradient, c.gradients.at(name));
    }
  };
}

// By x and every parameter, in both bodies. The parameters leave their special starts.
void check_gradients(Layer& layer, const Matrix& x) {
  std::uint64_t seed = 31;
  for (Parameter* p : layer.parameters()) {
    p->value += 0.3 * random_matrix(p->value.n_rows, p->value.n_cols, seed++);
  }
  for (Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    const GradientReport report =
        gradient_check([&](Tape&, std::span<const Var> in) { return layer(in[0]); }, {x});
    BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  }
}

template <class L>
void check_gradients(L&& layer, const Matrix& x) {
  check_gradients(static_cast<Layer&>(layer), x);
}

Matrix value(Layer& layer, const Matrix& x) {
  Tape tape;
  return layer(tape.constant(x)).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(variants)
BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(against_pytorch) {
  reference::hold(
      "variants.json",
      {{"dyt", hold_layer(by_channels<DyT>())},
       {"derf", hold_layer(by_channels<Derf>())},
       {"scale_norm", hold_layer([](const auto&) { return std::make_unique<ScaleNorm>(5); })},
       {"rms_norm", hold_layer(make_rms_variant)},
       {"frn", hold_layer(by_channels<FilterResponseNorm>())},
       {"grn", hold_layer(by_channels<GlobalResponseNorm>())},
       {"evo_norm_b0", hold_layer(by_channels<EvoNormB0>())},
       {"evo_norm_s0", hold_layer([](const auto&) { return std::make_unique<EvoNormS0>(2, 4); })},
       {"weight_norm", hold_layer([](const reference::Case& c) {
          return std::make_unique<WeightNorm>(c.inputs.at("x"));
        })},
       {"spectral_norm", hold_layer(make_spectral_norm)},
       {"weight_standardization", hold_layer(make_scaled_standardization)},
       {"masked_batch_norm", [](const reference::Case&) {}},   // test_masked_norm.cpp
       {"hyper_connection", [](const reference::Case&) {}}});  // tests/transformer
}

BOOST_AUTO_TEST_CASE(gradients_of_features) {
  const Matrix x = random_matrix(6, 4);
  check_gradients(DyT(6), x);
  check_gradients(Derf(6), x);
  check_gradients(ScaleNorm(6), x);
  check_gradients(RmsNorm(6, {.part = 0.4}), x);
  check_gradients(RmsNorm(6, {.gain_from_one = true}), x);
  check_gradients(WeightNorm(x), x);
  check_gradients(WeightStandardization({.eps = 1e-3, .scaled_outputs = 6}), x);
}

BOOST_AUTO_TEST_CASE(gradients_of_images) {
  // 2 channels × 4 positions; with this seed no entry is within 2h of where the max has its kink.
  const Matrix x = random_matrix(8, 3, 9);
  check_gradients(DyT(2), x);
  check_gradients(Derf(2), x);
  check_gradients(FilterResponseNorm(2), x);
  check_gradients(GlobalResponseNorm(2), x);
  check_gradients(EvoNormS0(1, 2), x);
  EvoNormB0 batch(2);
  check_gradients(batch, x);
  batch.eval();
  check_gradients(batch, x);
}

// u and v count as constants, so where they have not converged the gradient is that of uᵀ w v.
BOOST_AUTO_TEST_CASE(gradients_of_the_spectral_norm) {
  Random random(3);
  const Matrix w = random_matrix(4, 6);
  SpectralNorm early(w, random, 0);
  early.eval();
  check_gradients(early, w);
  SpectralNorm late(w, random, 500);
  late.eval();
  check_gradients(late, w);
}

BOOST_AUTO_TEST_CASE(gradients_of_tile_statistics) {
  for (Tile tile : {Tile{6, 1}, Tile{1, 4}, Tile{3, 4}, Tile{2, 2}}) {
    for (Centering centering : {Centering::subtract_mean, Centering::keep_mean}) {
      const GradientReport report = gradient_check(
          [&](Tape&, std::span<const Var> in) {
            return in[0] % tile_mean(in[0], tile) / tile_deviation(in[0], tile, centering, 0.5);
          },
          {random_matrix(6, 4)});
      BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
    }
  }
}

// Two kinds of tile statistics say the same: x less its mean over its deviation is Normalize.
BOOST_AUTO_TEST_CASE(tile_statistics_are_those_of_normalize) {
  Tape tape;
  const Var x = tape.constant(random_matrix(6, 4));
  for (Tile tile : {Tile{6, 1}, Tile{3, 2}}) {
    const Var y = (x - tile_mean(x, tile)) / tile_deviation(x, tile);
    BOOST_TEST(largest_difference(y.value(), normalize(x, tile).value()) <= 8 * machine_epsilon);
  }
}

BOOST_AUTO_TEST_CASE(starts) {
  const Matrix x = random_matrix(6, 4);
  RmsNorm plain(6), from_one(6, {.gain_from_one = true}), whole(6, {.part = 1});
  ScaleNorm scale(6);
  const double rounding = 8 * machine_epsilon;
  BOOST_TEST(largest_difference(value(from_one, x), value(plain, x)) == 0.0);
  BOOST_TEST(largest_difference(value(whole, x), value(plain, x)) == 0.0);
  BOOST_TEST(largest_difference(value(scale, x), value(plain, x)) <= rounding);
  Tape tape;
  const Var all = partial_rms_norm(tape.constant(x), 6);
  BOOST_TEST(largest_difference(all.value(), value(plain, x)) <= rounding);
  GlobalResponseNorm identity(3);
  BOOST_TEST(largest_difference(value(identity, x), x) == 0.0);
  WeightNorm weight(x);
  BOOST_TEST(largest_difference(value(weight, x), x) <= rounding);
}

BOOST_AUTO_TEST_CASE(what_they_do_not_notice) {
  const Matrix x = random_matrix(8, 4);
  const double rounding = 100 * machine_epsilon;
  const auto of = [](Layer& layer) { return Unary(std::ref(layer)); };
  DyT dyt(8);
  Derf derf(8);
  ScaleNorm scale(8, 0);
  FilterResponseNorm frn(4, 0);
  EvoNormS0 evo_s0(2, 4);
  EvoNormB0 evo_b0(4);
  for (Layer* layer : std::initializer_list<Layer*>{&dyt, &derf, &scale, &frn, &evo_s0}) {
    BOOST_TEST(shift_invariance(of(*layer), x) > 0.1);
    BOOST_TEST(sample_independence(of(*layer), x) == 0.0);
  }
  BOOST_TEST(sample_independence(of(evo_b0), x) > 0.1);
  evo_b0.eval();
  BOOST_TEST(sample_independence(of(evo_b0), x) == 0.0);
  BOOST_TEST(scale_invariance(of(scale), x) <= rounding);
  BOOST_TEST(scale_invariance(of(frn), x) <= rounding);
  BOOST_TEST(scale_invariance(of(dyt), x) > 0.1);
  BOOST_TEST(scale_invariance(of(derf), x) > 0.1);
}

// Of x ~ N(0, 1): the variance of erf(αx) is (2/π)·asin(2α²/(1 + 2α²)), and the mean square of its
// slope 4α²/(π√(1 + 4α²)). Measured on n values; within 4.5 standard errors.
BOOST_AUTO_TEST_CASE(derf_has_a_law) {
  const Index n = 1 << 18;
  for (double alpha : {0.3, 0.5, 2.0}) {
    Derf derf(1, alpha);
    Tape tape;
    const Var x = tape.variable(random_matrix(1, n));
    const Var y = derf(x);
    tape.backward(y, Matrix(1, n, arma::fill::ones));
    const arma::mat values = arma::conv_to<arma::mat>::from(y.value());
    const arma::mat slopes = arma::conv_to<arma::mat>::from(x.gradient());
    const double a2 = 2 * alpha * alpha, pi = arma::datum::pi;
    const double variance = 2 / pi * std::asin(a2 / (1 + a2));
    const double slope = 2 * a2 / (pi * std::sqrt(1 + 2 * a2));
    const auto off = [&](const arma::mat& squares, double law) {
      return std::abs(arma::mean(arma::vectorise(squares)) - law) /
             (arma::stddev(arma::vectorise(squares)) / std::sqrt(double(n)));
    };
    BOOST_TEST(off(arma::square(values), variance) < 4.5);
    BOOST_TEST(off(arma::square(slopes), slope) < 4.5);
  }
}

// In the limit of B0's running variance evaluation is training on the same batch.
BOOST_AUTO_TEST_CASE(evo_norm_b0_keeps_the_unbiased_variance) {
  const Matrix x = random_matrix(8, 5);  // 2 channels, 20 values each
  EvoNormB0 norm(2, 1e-5, 1);            // remembers the last batch alone
  value(norm, x);
  for (Index c = 0; c < 2; ++c) {
    const arma::vec values =
        arma::conv_to<arma::vec>::from(Matrix(arma::vectorise(x.rows(4 * c, 4 * c + 3))));
    const double kept = static_cast<double>((*norm.named_buffers()[1].buffer)[c]);
    BOOST_TEST(std::abs(kept - arma::var(values)) <= 16 * machine_epsilon * arma::var(values));
  }
}

// A longer v is the same w, so nothing of the gradient is along v.
BOOST_AUTO_TEST_CASE(weight_norm_has_a_gradient_orthogonal_to_v) {
  const Matrix v = random_matrix(4, 20);
  WeightNorm norm(v);
  Tape tape;
  const Var leaf = tape.variable(v);
  tape.backward(norm(leaf), random_matrix(4, 20, 2));
  BOOST_TEST(arma::abs(arma::sum(leaf.gradient() % v, 1)).max() <= 100 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(spectral_norm_finds_the_largest_singular_value) {
  Random random(3);
  const Matrix w = random_matrix(6, 9);
  SpectralNorm norm(w, random, 500);
  norm.eval();
  const Matrix y = value(norm, w);
  BOOST_TEST(std::abs(static_cast<double>(arma::norm(y, 2)) - 1) <= 32 * machine_epsilon);
  SpectralNorm step_by_step(w, random, 0);
  for (int step = 0; step < 500; ++step) value(step_by_step, w);  // training: a step each time
  BOOST_TEST(largest_difference(value(step_by_step, w), y) <= 32 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(errors) {
  check_error([] { RmsNorm(4, {.part = 0}); }, "[rms_norm] part must be above 0 and at most 1");
  check_error([] { EvoNormS0(3, 4); }, "[evo_norm] 4 channels cannot be cut into 3 groups");
  Tape tape;
  const Var x = tape.constant(random_matrix(6, 4));
  check_error([&] { partial_rms_norm(x, 7); }, "[slice_rows]");
  check_error([&] { tile_mean(x, {4, 1}); }, "does not divide x");
  check_error([&] { DyT(4)(x); }, "channels");
  check_error([&] { EvoNormB0(4)(x); }, "[evo_norm] 6 rows cannot be cut into 4 channels");
  check_error([&] { EvoNormS0(4, 4)(x); }, "[evo_norm] 6 rows cannot be cut into 4 groups");
  check_error([&] { FilterResponseNorm(4)(x); }, "[filter_response_norm] 6 rows");
  check_error([&] { GlobalResponseNorm(4)(x); }, "[global_response_norm] 6 rows");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
