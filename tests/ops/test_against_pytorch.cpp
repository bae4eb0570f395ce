// Every op against the values and gradients that PyTorch computed, in tests/reference/ops.json.

#include <boost/test/unit_test.hpp>

#include "evenkeel/attention/attention.hpp"
#include "evenkeel/images/conv.hpp"
#include "evenkeel/images/pool.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "reference/reference.hpp"

using namespace evenkeel;
using namespace evenkeel::reference;

namespace {

Run unary(Var (*f)(Var)) {
  return through_tape([f](const Case&, const Inputs& in) { return f(in.at("x")); });
}

Run binary(Var (*f)(Input, Input)) {
  return through_tape([f](const Case&, const Inputs& in) { return f(in.at("a"), in.at("b")); });
}

Var run_cross_entropy(const Case& c, const Inputs& in) {
  CrossEntropyOptions options;
  options.label_smoothing = c.args.value("label_smoothing", 0.0);
  if (c.args.contains("ignore_index")) {
    options.ignore_index = c.args.at("ignore_index").get<Index>();
  }
  if (c.args.contains("class_weights")) {
    options.class_weights =
        arma::conv_to<Matrix>::from(c.args.at("class_weights").get<std::vector<double>>());
  }
  return cross_entropy(in.at("x"), c.indices("targets"), options);
}

Var run_linear(const Case& c, const Inputs& in) {
  if (!c.has("bias")) return linear(in.at("x"), in.at("weight"));
  return linear(in.at("x"), in.at("weight"), in.at("bias"));
}

ImageShape image(const Case& c) {
  return {c.index("channels"), c.index("height"), c.index("width")};
}

Var run_conv(const Case& c, const Inputs& in) {
  const Window window{c.index("kernel_height"), c.index("kernel_width"), c.index("stride"),
                      c.index("padding")};
  return channel_bias(conv2d(in.at("x"), in.at("weight"), image(c), window), in.at("bias"));
}

Var run_attention(const Case& c, const Inputs& in) {
  AttentionOptions options{c.index("heads"), c.index("length"), c.args.at("causal").get<bool>()};
  if (c.has("seen")) options.key_mask = c.inputs.at("seen");
  return attention(in.at("q"), in.at("k"), in.at("v"), options);
}

Var run_slice(const Case& c, const Inputs& in) {
  return slice_rows(in.at("x"), c.index("first"), c.index("count"));
}

Var run_concatenate(const Case&, const Inputs& in) {
  std::vector<Var> parts;  // in the order of their names: a, b, c
  for (const auto& [name, part] : in) parts.push_back(part);
  return concatenate_rows(std::span<const Var>(parts));
}

Over over(const Case& c) {
  const std::string text = c.text("over");
  if (text == "all") return Over::all;
  return text == "rows" ? Over::rows : Over::columns;
}

Gelu form(const Case& c) {
  return c.text("form") == "exact" ? Gelu::exact : Gelu::tanh;
}

// Forward draws a mask of its own, so what it did with that mask is held to the formula, and
// backward to PyTorch with the mask of the case.
void run_dropout(const Case& c) {
  const Matrix& x = c.inputs.at("x");
  const Matrix& kept = c.inputs.at("mask");
  Dropout dropout;
  dropout.p = c.number("p");
  dropout.seed = 7;
  Matrix y, dx;
  dropout.forward(x, y);
  const Scalar factor = Scalar(1 / (1 - c.number("p")));
  for (Index i = 0; i < x.n_elem; ++i) {
    const Scalar expected = dropout.mask(i) == 0 ? 0 : factor * x(i);
    BOOST_TEST(std::abs(y(i) - expected) <= machine_epsilon * std::abs(expected));
  }
  dropout.mask = kept * factor;
  dropout.backward(x, y, c.cotangent, dx);
  check(c, "x", dx, c.gradients.at("x"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(against_pytorch)

BOOST_AUTO_TEST_CASE(values_and_gradients) {
  hold(
      "ops.json",
      {
          {"add", binary([](Input a, Input b) { return a + b; })},
          {"sub", binary([](Input a, Input b) { return a - b; })},
          {"mul", binary([](Input a, Input b) { return a % b; })},
          {"div", binary([](Input a, Input b) { return a / b; })},
          {"matmul", binary(matmul)},
          {"linear", through_tape(run_linear)},
          {"transpose", unary(transpose)},
          {"slice", through_tape(run_slice)},
          {"concatenate", through_tape(run_concatenate)},
          {"reshape", through_tape([](const Case& c, const Inputs& in) {
             return reshape(in.at("x"), c.index("rows"), c.index("cols"));
           })},
          {"gather", through_tape([](const Case& c, const Inputs& in) {
             return gather(in.at("x"), c.indices("columns"));
           })},
          {"sum",
           through_tape([](const Case& c, const Inputs& in) { return sum(in.at("x"), over(c)); })},
          {"mean",
           through_tape([](const Case& c, const Inputs& in) { return mean(in.at("x"), over(c)); })},
          {"attention", through_tape(run_attention)},
          {"conv2d", through_tape(run_conv)},
          {"max_pool", through_tape([](const Case& c, const Inputs& in) {
             return max_pool(in.at("x"), image(c), c.index("size"));
           })},
          {"average_pool", through_tape([](const Case& c, const Inputs& in) {
             return average_pool(in.at("x"), image(c), c.index("size"));
           })},
          {"global_average_pool", through_tape([](const Case& c, const Inputs& in) {
             return global_average_pool(in.at("x"), image(c));
           })},
          {"exp", unary(exp)},
          {"log", unary(log)},
          {"sqrt", unary(sqrt)},
          {"square", unary(square)},
          {"power", through_tape([](const Case& c, const Inputs& in) {
             return pow(in.at("x"), c.number("exponent"));
           })},
          {"abs", unary(abs)},
          {"erf", unary(erf)},
          {"relu", unary(relu)},
          {"leaky_relu", through_tape([](const Case& c, const Inputs& in) {
             return leaky_relu(in.at("x"), c.number("slope"));
           })},
          {"gelu",
           through_tape([](const Case& c, const Inputs& in) { return gelu(in.at("x"), form(c)); })},
          {"silu", unary(silu)},
          {"tanh", unary(tanh)},
          {"sigmoid", unary(sigmoid)},
          {"softmax", unary(softmax)},
          {"log_softmax", unary(log_softmax)},
          {"cross_entropy", through_tape(run_cross_entropy)},
          {"mse", through_tape([](const Case&, const Inputs& in) {
             return mse(in.at("x"), in.at("target"));
           })},
          {"dropout", run_dropout},
      });
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
