#pragma once
// Every op of ops, images and attention, with what it is given and how far its two bodies may be
// apart: test_bodies.cpp runs them, .ci/check_bodies asserts that no op is missing here.
#include <functional>

#include "evenkeel/attention/attention.hpp"
#include "evenkeel/images/conv.hpp"
#include "evenkeel/images/pool.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "support.hpp"

namespace evenkeel_test::bodies {

using In = std::span<const Var>;

// What the inputs look like.
enum class Kind { ordinary, large_mean, saturated, outlier, zero, nan };
constexpr Kind kinds[] = {Kind::ordinary, Kind::large_mean, Kind::saturated,
                          Kind::outlier,  Kind::zero,       Kind::nan};
constexpr const char* name_of[] = {"ordinary", "large mean", "saturated", "outlier", "zero", "NaN"};

// What rounding is compared with: of y the largest entry, of a gradient its largest entry or dy's;
// or, for sums, whose terms may cancel, each entry's Σ|terms|, which the op gives of |inputs|.
enum class Scale { largest, terms, attention };

struct Row {
  std::string name;  // of the op, on the tape
  std::function<Var(In)> record;
  std::function<std::vector<Shape>(Shape)> inputs;
  double units;  // how far the two may be apart: so many eps times that scale
  Scale scale = Scale::largest;
  bool positive = false;     // the last input
  bool takes_empty = false;  // no rows or no columns
};

inline std::vector<Shape> one(Shape s) {
  return {s};
}
inline std::vector<Shape> two(Shape s) {
  return {s, s};
}

inline const ImageShape picture{2, 7, 6};
inline std::vector<Shape> images(Shape s) {
  return {{picture.rows(), s.cols}};
}
inline std::function<std::vector<Shape>(Shape)> with_weights(Index window) {
  return [=](Shape s) { return std::vector<Shape>{{picture.rows(), s.cols}, {5, 2 * window}}; };
}
inline AttentionOptions attention_of(const Var& x, bool masked) {
  AttentionOptions o{.heads = 2, .sequence_length = x.cols(), .causal = masked};
  if (!masked) return o;
  o.key_mask.ones(x.cols(), 1);
  if (x.cols() > 2) o.key_mask[x.cols() - 1] = 0;
  o.dropout = 0.3;
  o.seed = 4;
  return o;
}

inline std::vector<Index> some_targets(const Var& x) {
  std::vector<Index> targets(x.cols());
  for (Index j = 0; j < targets.size(); ++j) targets[j] = (j * 3) % x.rows();
  return targets;
}

// Of one matrix, of any shape. A sigmoid of u is as good as u's own rounding, times u: hence 140.
inline void add_unary(std::vector<Row>& t) {
  const auto unary = [&](const char* name, Var (*f)(Var), double units, bool positive = false) {
    t.push_back({name, [f](In x) { return f(x[0]); }, one, units, Scale::largest, positive, true});
  };
  unary("relu", relu, 0);
  unary(
      "leaky_relu", [](Var x) { return leaky_relu(x, 0.1); }, 0);
  unary(
      "gelu", [](Var x) { return gelu(x); }, 4);
  unary(
      "gelu_tanh", [](Var x) { return gelu(x, Gelu::tanh); }, 140);
  unary("silu", silu, 8);
  unary("tanh", tanh, 4);
  unary("sigmoid", sigmoid, 4);
  unary("exp", exp, 0);
  unary("log", log, 0, true);
  unary("sqrt", sqrt, 0, true);
  unary("square", square, 0);
  unary("abs", abs, 0);
  unary("erf", erf, 0);
  unary(
      "pow", [](Var x) { return pow(x, 3); }, 0);
  unary(
      "pow", [](Var x) { return pow(x, -2); }, 0);
  unary(
      "pow", [](Var x) { return pow(x, 0); }, 0);
  unary(
      "pow", [](Var x) { return pow(x, 1.7); }, 0, true);
  unary(
      "scale", [](Var x) { return 0.3 * x; }, 0);
  unary(
      "shift", [](Var x) { return x + 0.3; }, 0);
  unary(
      "dropout", [](Var x) { return dropout(x, 0.3, 5); }, 0);
  unary(
      "reshape", [](Var x) { return reshape(x, x.cols(), x.rows()); }, 0);
  unary("softmax", softmax, 6);
  unary("log_softmax", log_softmax, 20);
}

// Each with every kind of broadcasting.
inline void add_arithmetic(std::vector<Row>& t) {
  const std::function<std::vector<Shape>(Shape)> broadcasts[] = {
      two,
      [](Shape s) {
        return std::vector<Shape>{s, {1, s.cols}};
      },
      [](Shape s) {
        return std::vector<Shape>{{s.rows, 1}, s};
      },
      [](Shape s) {
        return std::vector<Shape>{s, {s.rows, 1}};
      },
      [](Shape s) {
        return std::vector<Shape>{{1, 1}, s};
      },
      [](Shape s) {
        return std::vector<Shape>{{s.rows, 1}, {1, s.cols}};
      }};
  for (const auto& shapes : broadcasts) {
    const auto binary = [&](const char* name, Var (*f)(Input, Input), bool positive = false) {
      t.push_back({name, [f](In x) { return f(x[0], x[1]); }, shapes, 20, Scale::terms, positive});
    };
    binary("add", add);
    binary("subtract", subtract);
    binary("multiply", multiply);
    binary("divide", divide, true);
  }
}

inline void add_products_and_sums(std::vector<Row>& t) {
  const auto product = [](Shape s) { return std::vector<Shape>{s, {s.cols, 19}}; };
  const auto layer = [](Shape s) { return std::vector<Shape>{s, {11, s.rows}}; };
  const auto bias = [](Shape s) { return std::vector<Shape>{s, {11, s.rows}, {11, 1}}; };
  t.push_back({"matmul", [](In x) { return x[0] * x[1]; }, product, 6, Scale::terms});
  t.push_back({"linear", [](In x) { return linear(x[0], x[1]); }, layer, 6, Scale::terms});
  t.push_back({"linear", [](In x) { return linear(x[0], x[1], x[2]); }, bias, 6, Scale::terms});
  for (const Over over : {Over::all, Over::rows, Over::columns}) {
    t.push_back({"sum", [over](In x) { return sum(x[0], over); }, one, 16, Scale::terms});
    t.back().takes_empty = true;
    t.push_back({"mean", [over](In x) { return mean(x[0], over); }, one, 16, Scale::terms});
  }
  const auto classes = [](In x) { return cross_entropy(x[0], some_targets(x[0])); };
  t.push_back({"cross_entropy", classes, one, 12});
  const auto smoothed = [](In x) {
    return cross_entropy(x[0], some_targets(x[0]), {.ignore_index = 1, .label_smoothing = 0.1});
  };
  t.push_back({"cross_entropy", smoothed, one, 0});
  t.push_back({"mse", [](In x) { return mse(x[0], x[1]); }, two, 8});
}

inline void add_images(std::vector<Row>& t) {
  for (const Index size : {2, 3}) {
    t.push_back({"max_pool", [=](In x) { return max_pool(x[0], picture, size); }, images, 0});
    t.push_back({"average_pool", [=](In x) { return average_pool(x[0], picture, size); }, images, 8,
                 Scale::terms});
  }
  t.push_back({"average_pool", [](In x) { return global_average_pool(x[0], picture); }, images, 8,
               Scale::terms});
  const Window windows[] = {{3, 3, 1, 1}, {3, 2, 1, 0}, {3, 3, 2, 1}, {1, 1, 2, 0}, {2, 2, 1, 3}};
  for (const Window& window : windows) {
    t.push_back({"conv2d", [=](In x) { return conv2d(x[0], x[1], picture, window); },
                 with_weights(window.height * window.width), 26, Scale::terms});
  }
  const auto bias = [](Shape s) { return std::vector<Shape>{images(s)[0], {2, 1}}; };
  t.push_back(
      {"channel_bias", [](In x) { return channel_bias(x[0], x[1]); }, bias, 4, Scale::terms});
}

inline void add_moves(std::vector<Row>& t) {
  t.push_back({"transpose", [](In x) { return transpose(x[0]); }, one, 0});
  t.push_back({"slice_rows", [](In x) { return slice_rows(x[0], x[0].rows() / 2, 1); }, one, 0});
  t.push_back({"concatenate_rows", [](In x) { return concatenate_rows({x[0], x[1]}); }, two, 0});
  t.push_back({"gather", [](In x) { return gather(x[0], {0, x[0].cols() - 1, 0}); }, one, 0});
}

// q, k and v of one sequence of s.cols tokens, with two heads of 4 features.
inline void add_attention(std::vector<Row>& t) {
  const auto separate = [](Shape s) { return std::vector<Shape>(3, {8, s.cols}); };
  const auto packed = [](Shape s) { return std::vector<Shape>{{24, s.cols}}; };
  for (const bool masked : {false, true}) {
    t.push_back({"attention",
                 [=](In x) { return attention(x[0], x[1], x[2], attention_of(x[0], masked)); },
                 separate, 0.5, Scale::attention});
    t.push_back({"attention", [=](In x) { return attention(x[0], attention_of(x[0], masked)); },
                 packed, 0.5, Scale::attention});
  }
}

inline std::vector<Row> table() {
  std::vector<Row> t;
  add_unary(t);
  add_arithmetic(t);
  add_products_and_sums(t);
  add_images(t);
  add_moves(t);
  add_attention(t);
  return t;
}

}  // namespace evenkeel_test::bodies
