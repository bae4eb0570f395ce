// Every op has two bodies: the formula, which a debug build runs, and a kernel. They must agree,
// forward and backward. .ci/check_bodies asserts that no op is missing from the table.
#include <functional>
#include <map>

#include "evenkeel/core/kernels.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/attention.hpp"
#include "evenkeel/ops/conv.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/gather.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/pool.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/shape.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "evenkeel/transformer/rotary.hpp"
#include "support.hpp"

// Test files of a module are compiled as one unit: names like `run` need a scope of their own.
namespace evenkeel_test::bodies {

using In = std::span<const Var>;

// What the inputs look like.
enum class Kind { ordinary, large_mean, saturated, outlier, zero, nan, size };

struct Row {
  std::string name;  // of the op, on the tape
  std::function<Var(In)> record;
  std::function<std::vector<Shape>(Shape)> inputs;
  // How far the two may be apart, in units of eps times the largest entry of what is compared (of a
  // gradient: or of dy). About twice the most that 300 seeds of every kind and size gave.
  double units_y, units_gradient;
  bool positive = false;     // the last input
  bool takes_empty = false;  // also without rows, without columns
};

std::vector<Shape> one(Shape s) {
  return {s};
}
std::vector<Shape> two(Shape s) {
  return {s, s};
}

const ImageShape picture{2, 7, 6};
std::vector<Shape> images(Shape s) {
  return {{picture.rows(), s.cols}};
}
std::function<std::vector<Shape>(Shape)> with_weights(Index window) {
  return [=](Shape s) { return std::vector<Shape>{{picture.rows(), s.cols}, {5, 2 * window}}; };
}
// q, k and v of one sequence of s.cols tokens, with heads of 4 features
std::vector<Shape> heads(Shape s) {
  return std::vector<Shape>(3, {8, s.cols});
}

AttentionOptions attention_of(const Var& x, bool masked) {
  AttentionOptions o{.heads = 2, .sequence_length = x.cols(), .causal = masked};
  if (!masked) return o;
  o.key_mask.ones(x.cols(), 1);
  if (x.cols() > 2) o.key_mask[x.cols() - 1] = 0;
  o.dropout = 0.3;
  o.seed = 4;
  return o;
}

std::vector<Index> some_targets(const Var& x) {
  std::vector<Index> targets(x.cols());
  for (Index j = 0; j < targets.size(); ++j) targets[j] = (j * 3) % x.rows();
  return targets;
}

void add_activations(std::vector<Row>& t) {
  t.push_back({"relu", [](In x) { return relu(x[0]); }, one, 0, 0, false, true});
  t.push_back({"leaky_relu", [](In x) { return leaky_relu(x[0], 0.1); }, one, 0, 0, false, true});
  t.push_back({"gelu", [](In x) { return gelu(x[0]); }, one, 8, 8, false, true});
  t.push_back({"gelu_tanh", [](In x) { return gelu(x[0], Gelu::tanh); }, one, 8, 8, false, true});
  t.push_back({"silu", [](In x) { return silu(x[0]); }, one, 8, 8, false, true});
  t.push_back({"tanh", [](In x) { return tanh(x[0]); }, one, 8, 8, false, true});
  t.push_back({"sigmoid", [](In x) { return sigmoid(x[0]); }, one, 8, 8, false, true});
}

void add_elementwise(std::vector<Row>& t) {
  t.push_back({"exp", [](In x) { return exp(x[0]); }, one, 8, 8, false, true});
  t.push_back({"log", [](In x) { return log(x[0]); }, one, 8, 8, true, true});
  t.push_back({"sqrt", [](In x) { return sqrt(x[0]); }, one, 8, 8, true, true});
  t.push_back({"square", [](In x) { return square(x[0]); }, one, 8, 8, false, true});
  t.push_back({"abs", [](In x) { return abs(x[0]); }, one, 0, 0, false, true});
  for (const double p : {3.0, -2.0, 0.0}) {
    t.push_back({"pow", [p](In x) { return pow(x[0], p); }, one, 8, 8, false, true});
  }
  t.push_back({"pow", [](In x) { return pow(x[0], 1.7); }, one, 8, 8, true, true});
  t.push_back({"scale", [](In x) { return scale(x[0], 0.3); }, one, 8, 8, false, true});
  t.push_back({"shift", [](In x) { return shift(x[0], 0.3); }, one, 8, 8, false, true});
}

// Each with every kind of broadcasting.
void add_arithmetic(std::vector<Row>& t) {
  const std::vector<std::function<std::vector<Shape>(Shape)>> broadcasts = {
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
    t.push_back({"add", [](In x) { return x[0] + x[1]; }, shapes, 8, 8});
    t.push_back({"subtract", [](In x) { return x[0] - x[1]; }, shapes, 8, 8});
    t.push_back({"multiply", [](In x) { return x[0] % x[1]; }, shapes, 8, 8});
    t.push_back({"divide", [](In x) { return x[0] / x[1]; }, shapes, 8, 8, true});
  }
}

void add_products_and_sums(std::vector<Row>& t) {
  t.push_back({"matmul", [](In x) { return x[0] * x[1]; },
               [](Shape s) {
                 return std::vector<Shape>{s, {s.cols, 19}};
               },
               8, 8});
  const auto layer = [](Shape s) { return std::vector<Shape>{s, {11, s.rows}, {11, 1}}; };
  t.push_back({"linear", [](In x) { return linear(x[0], x[1]); },
               [=](Shape s) {
                 return std::vector<Shape>{layer(s)[0], layer(s)[1]};
               },
               8, 8});
  t.push_back({"linear", [](In x) { return linear(x[0], x[1], x[2]); }, layer, 8, 8});
  for (const Over over : {Over::all, Over::rows, Over::columns}) {
    t.push_back({"sum", [over](In x) { return sum(x[0], over); }, one, 8, 0, false, true});
    t.push_back({"mean", [over](In x) { return mean(x[0], over); }, one, 8, 8});
  }
}

void add_probabilities(std::vector<Row>& t) {
  t.push_back({"softmax", [](In x) { return softmax(x[0]); }, one, 8, 8, false, true});
  t.push_back({"log_softmax", [](In x) { return log_softmax(x[0]); }, one, 8, 8, false, true});
  t.push_back(
      {"cross_entropy", [](In x) { return cross_entropy(x[0], some_targets(x[0])); }, one, 8, 8});
  t.push_back({"mse", [](In x) { return mse(x[0], x[1]); }, two, 8, 8});
  t.push_back({"dropout", [](In x) { return dropout(x[0], 0.3, 5); }, one, 0, 0, false, true});
}

void add_images(std::vector<Row>& t) {
  t.push_back({"max_pool", [](In x) { return max_pool(x[0], picture, 2); }, images, 0, 0});
  t.push_back({"max_pool", [](In x) { return max_pool(x[0], picture, 3); }, images, 0, 0});
  t.push_back({"average_pool", [](In x) { return average_pool(x[0], picture, 2); }, images, 8, 8});
  t.push_back(
      {"average_pool", [](In x) { return global_average_pool(x[0], picture); }, images, 8, 8});
  for (const Window window :
       {Window{3, 3, 1, 1}, {3, 2, 1, 0}, {3, 3, 2, 1}, {1, 1, 2, 0}, {2, 2, 1, 3}}) {
    t.push_back({"conv2d", [=](In x) { return conv2d(x[0], x[1], picture, window); },
                 with_weights(window.height * window.width), 8, 8});
  }
  t.push_back({"channel_bias", [](In x) { return channel_bias(x[0], x[1]); },
               [](Shape s) {
                 return std::vector<Shape>{images(s)[0], {2, 1}};
               },
               8, 8});
}

void add_moves(std::vector<Row>& t) {
  t.push_back({"transpose", [](In x) { return transpose(x[0]); }, one, 0, 0});
  t.push_back({"slice_rows", [](In x) { return slice_rows(x[0], x[0].rows() / 2, 1); }, one, 0, 0});
  t.push_back({"slice_cols", [](In x) { return slice_cols(x[0], x[0].cols() / 2, 1); }, one, 0, 0});
  t.push_back({"concatenate_rows", [](In x) { return concatenate_rows({x[0], x[1]}); }, two, 0, 0});
  t.push_back({"concatenate_cols", [](In x) { return concatenate_cols({x[0], x[1]}); }, two, 0, 0});
  t.push_back({"reshape", [](In x) { return reshape(x[0], x[0].cols(), x[0].rows()); }, one, 0, 0,
               false, true});
  t.push_back({"gather", [](In x) { return gather(x[0], {0, x[0].cols() - 1, 0}); }, one, 0, 0});
}

void add_attention(std::vector<Row>& t) {
  for (const bool masked : {false, true}) {
    t.push_back({"attention",
                 [=](In x) { return attention(x[0], x[1], x[2], attention_of(x[0], masked)); },
                 heads, 8, 8});
    t.push_back({"packed_attention",
                 [=](In x) { return attention(x[0], attention_of(x[0], masked)); },
                 [](Shape s) {
                   return std::vector<Shape>{{24, s.cols}};
                 },
                 8, 8});
  }
  t.push_back({"rotary",
               [](In x) {
                 return rotary(x[0],
                               {.head_features = 6, .sequence_length = x[0].cols(), .rows = 12});
               },
               [](Shape s) {
                 return std::vector<Shape>{{15, s.cols}};
               },
               8, 8});
}

std::vector<Row> table() {
  std::vector<Row> t;
  add_activations(t);
  add_elementwise(t);
  add_arithmetic(t);
  add_products_and_sums(t);
  add_probabilities(t);
  add_images(t);
  add_moves(t);
  add_attention(t);
  return t;
}

Matrix draw(Shape shape, Kind kind, bool positive, Random& random) {
  Matrix x = random.normal(shape.rows, shape.cols);
  if (kind == Kind::saturated) x *= 30;
  if (kind == Kind::zero) x.zeros();
  if (kind == Kind::large_mean) x += 1000;
  if (kind == Kind::outlier && !x.is_empty()) x[0] = Scalar(1e4);
  if (kind == Kind::nan && !x.is_empty()) x[x.n_elem / 2] = arma::Datum<Scalar>::nan;
  if (positive) x = arma::abs(x) + Scalar(0.1);
  return x;
}

// y, then the inputs' gradients
std::vector<Matrix> run(const Row& row, const std::vector<Matrix>& inputs, Kernels which,
                        Random random) {
  const Kernels before = current_kernels();
  set_kernels(which);
  Tape tape;
  std::vector<Var> x;
  for (const Matrix& input : inputs) x.push_back(tape.variable(input));
  const Var y = row.record(x);
  BOOST_TEST(tape.node(y.index()).kind() == row.name);
  tape.backward(y, random.normal(y.rows(), y.cols()));
  std::vector<Matrix> results = {y.value()};
  for (const Var& input : x) results.push_back(input.gradient());
  set_kernels(before);
  return results;
}

Scalar largest_of(const Matrix& x) {
  Scalar largest = std::numeric_limits<Scalar>::min() / machine_epsilon;
  for (const Scalar entry : x) {
    if (std::isfinite(entry)) largest = std::max(largest, std::abs(entry));
  }
  return largest;
}

// The most that two entries differ, in units of eps · scale.
double units_between(const Matrix& a, const Matrix& b, Scalar scale) {
  BOOST_REQUIRE(shape_of(a) == shape_of(b));
  double most = 0;
  for (Index i = 0; i < a.n_elem; ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double apart = std::abs(double(a[i]) - double(b[i])) / (double(scale) * machine_epsilon);
    most = std::max(most, std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart);
  }
  return most;
}

// The most that the two bodies differ in y, and in the gradients.
std::pair<double, double> difference(const Row& row, Shape shape, Kind kind, std::uint64_t seed) {
  Random random(seed);
  std::vector<Matrix> inputs;
  const std::vector<Shape> shapes = row.inputs(shape);
  for (const Shape& input : shapes) {
    const bool last = inputs.size() + 1 == shapes.size();
    inputs.push_back(draw(input, kind, row.positive && last, random));
  }
  const std::vector<Matrix> plain = run(row, inputs, Kernels::plain, random);
  const std::vector<Matrix> fast = run(row, inputs, Kernels::fast, random);
  double in_gradients = 0;
  for (std::size_t i = 1; i < plain.size(); ++i) {
    const Scalar scale = std::max(Scalar(4), largest_of(plain[i]));  // 4: of dy
    in_gradients = std::max(in_gradients, units_between(plain[i], fast[i], scale));
  }
  return {units_between(plain[0], fast[0], largest_of(plain[0])), in_gradients};
}

constexpr Shape sizes[] = {{1, 1}, {1, 7}, {5, 1}, {3, 4}, {17, 9}, {16, 33}, {130, 70}};

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(two_bodies)

BOOST_AUTO_TEST_CASE(plain_and_fast_agree) {
  const int seeds = std::getenv("SEEDS") ? atoi(std::getenv("SEEDS")) : 3;
  std::map<std::string, std::map<int, std::pair<double, double>>> found;
  for (const Row& row : table()) {
    for (const Shape& shape : sizes) {
      for (int kind = 0; kind < int(Kind::size); ++kind) {
        for (int seed = 1; seed <= seeds; ++seed) {
          const auto [y, d] = difference(row, shape, Kind(kind), std::uint64_t(seed));
          auto& [most_y, most_d] = found[row.name][kind];
          most_y = std::max(most_y, y);
          most_d = std::max(most_d, d);
          BOOST_TEST(y <= row.units_y, row.name << ", y of " << to_string(shape) << ", kind "
                                                << kind << ", seed " << seed << ": " << y);
          BOOST_TEST(d <= row.units_gradient, row.name << ", gradient of " << to_string(shape)
                                                       << ", kind " << kind << ", seed " << seed
                                                       << ": " << d);
        }
      }
    }
  }
  if (std::getenv("SEEDS")) {
    for (auto& [name, kinds] : found) {
      printf("%-18s", name.c_str());
      for (auto& [k, v] : kinds) printf("  %d: %.2g %.2g", k, v.first, v.second);
      printf("\n");
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_at_all) {
  for (const Row& row : table()) {
    if (!row.takes_empty) continue;
    for (const Shape& shape : {Shape{0, 3}, {3, 0}, {0, 0}}) {
      BOOST_TEST_CONTEXT(row.name << " of " << to_string(shape)) {
        difference(row, shape, Kind::ordinary, 1);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()

}  // namespace evenkeel_test::bodies
