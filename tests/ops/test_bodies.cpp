// Every op has two bodies: the formula, which a debug build runs, and a kernel. They must agree,
// forward and backward. .ci/check_bodies asserts that no op is missing from the table.
#include <functional>

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
#include "support.hpp"

// Test files of a module are compiled as one unit: names like `run` need a scope of their own.
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

// Of one matrix, of any shape. A sigmoid of u is as good as u's own rounding, times u: hence 140.
void add_unary(std::vector<Row>& t) {
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
  unary("exp", exp, 4);
  unary("log", log, 0, true);
  unary("sqrt", sqrt, 0, true);
  unary("square", square, 0);
  unary("abs", abs, 0);
  unary(
      "pow", [](Var x) { return pow(x, 3); }, 0);
  unary(
      "pow", [](Var x) { return pow(x, -2); }, 0);
  unary(
      "pow", [](Var x) { return pow(x, 0); }, 0);
  unary(
      "pow", [](Var x) { return pow(x, 1.7); }, 0, true);
  unary(
      "scale", [](Var x) { return scale(x, 0.3); }, 0);
  unary(
      "shift", [](Var x) { return shift(x, 0.3); }, 0);
  unary(
      "dropout", [](Var x) { return dropout(x, 0.3, 5); }, 0);
  unary(
      "reshape", [](Var x) { return reshape(x, x.cols(), x.rows()); }, 0);
  unary("softmax", softmax, 6);
  unary("log_softmax", log_softmax, 20);
}

// Each with every kind of broadcasting.
void add_arithmetic(std::vector<Row>& t) {
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

void add_products_and_sums(std::vector<Row>& t) {
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
  t.push_back({"mse", [](In x) { return mse(x[0], x[1]); }, two, 8});
}

void add_images(std::vector<Row>& t) {
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

void add_moves(std::vector<Row>& t) {
  t.push_back({"transpose", [](In x) { return transpose(x[0]); }, one, 0});
  t.push_back({"slice_rows", [](In x) { return slice_rows(x[0], x[0].rows() / 2, 1); }, one, 0});
  t.push_back({"slice_cols", [](In x) { return slice_cols(x[0], x[0].cols() / 2, 1); }, one, 0});
  t.push_back({"concatenate_rows", [](In x) { return concatenate_rows({x[0], x[1]}); }, two, 0});
  t.push_back({"concatenate_cols", [](In x) { return concatenate_cols({x[0], x[1]}); }, two, 0});
  t.push_back({"gather", [](In x) { return gather(x[0], {0, x[0].cols() - 1, 0}); }, one, 0});
}

// q, k and v of one sequence of s.cols tokens, with two heads of 4 features.
void add_attention(std::vector<Row>& t) {
  const auto separate = [](Shape s) { return std::vector<Shape>(3, {8, s.cols}); };
  const auto packed = [](Shape s) { return std::vector<Shape>{{24, s.cols}}; };
  for (const bool masked : {false, true}) {
    t.push_back({"attention",
                 [=](In x) { return attention(x[0], x[1], x[2], attention_of(x[0], masked)); },
                 separate, 0.5, Scale::attention});
    t.push_back({"packed_attention",
                 [=](In x) { return attention(x[0], attention_of(x[0], masked)); }, packed, 0.5,
                 Scale::attention});
  }
}

std::vector<Row> table() {
  std::vector<Row> t;
  add_unary(t);
  add_arithmetic(t);
  add_products_and_sums(t);
  add_images(t);
  add_moves(t);
  add_attention(t);
  return t;
}

Matrix draw(Shape shape, Kind kind, bool positive, Random& random) {
  Matrix x = random.normal(shape.rows, shape.cols);
  if (kind == Kind::saturated) x = arma::clamp(30 * x, -85, 85);  // exp is finite in float
  if (kind == Kind::zero) x.zeros();
  if (kind == Kind::large_mean) x += 1000;
  if (kind == Kind::outlier && !x.is_empty()) x[0] = Scalar(1e4);
  if (kind == Kind::nan && !x.is_empty()) {
    x[x.n_elem / 3] = x[(x.n_elem / 2 + 1) % x.n_elem] = arma::Datum<Scalar>::nan;
  }
  if (positive) x = arma::abs(x) + Scalar(0.1);
  return x;
}

// y, then the inputs' gradients
std::vector<Matrix> run(const Row& row, const std::vector<Matrix>& inputs, Kernels which,
                        const Matrix& dy) {
  const WithKernels scope(which);
  Tape tape;
  std::vector<Var> x;
  for (const Matrix& input : inputs) x.push_back(tape.variable(input));
  const Var y = row.record(x);
  BOOST_TEST(tape.node(y.index()).kind() == row.name);
  tape.backward(y, dy.is_empty() ? Random(8).normal(y.rows(), y.cols()) : dy);
  std::vector<Matrix> results = {y.value()};
  for (const Var& input : x) results.push_back(input.gradient());
  return results;
}

Scalar largest_of(const Matrix& x) {
  Scalar largest = 0;
  for (const Scalar entry : x) {
    if (std::isfinite(entry)) largest = std::max(largest, std::abs(entry));
  }
  return largest;
}

// For each result and entry, what rounding is compared with.
std::vector<Matrix> scales(const Row& row, const std::vector<Matrix>& inputs,
                           const std::vector<Matrix>& plain, const Matrix& dy) {
  std::vector<Matrix> result = plain;
  if (row.scale == Scale::terms) {
    std::vector<Matrix> sizes = inputs;
    for (Matrix& size : sizes) size = arma::abs(size);
    result = run(row, sizes, Kernels::plain, arma::abs(dy));
    for (Matrix& terms : result) terms = arma::abs(terms);
    return result;
  }
  Scalar input = 1;
  for (const Matrix& x : inputs) input = std::max(input, largest_of(x));
  const Scalar score = 1 + 2 * input * input;  // d/√d times |q||k|: its rounding moves p
  for (std::size_t i = 0; i < result.size(); ++i) {
    Scalar scale = std::max(largest_of(plain[i]), i > 0 ? largest_of(dy) : 0);
    if (row.scale == Scale::attention) scale = score * input * (i == 0 ? 1 : 4 * input * 4);
    result[i].fill(scale);
  }
  return result;
}

// The most that two entries differ, in units of eps times the scale.
double units_between(const Matrix& a, const Matrix& b, const Matrix& scale, bool exact_nan) {
  BOOST_TEST_REQUIRE((shape_of(a) == shape_of(b)));
  BOOST_TEST(a.has_nan() == b.has_nan());
  double most = 0;
  for (Index i = 0; i < a.n_elem; ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (!exact_nan && (std::isnan(a[i]) || std::isnan(b[i]))) continue;
    const double size = double(scale[i]) + double(std::numeric_limits<Scalar>::min());
    const double apart = std::abs(double(a[i]) - double(b[i])) / size / machine_epsilon;
    most = std::max(most, std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart);
  }
  return most;
}

// The most units that the two bodies differ in y or in a gradient.
double difference(const Row& row, Shape shape, Kind kind, std::uint64_t seed) {
  Random random(seed);
  std::vector<Matrix> inputs;
  const std::vector<Shape> shapes = row.inputs(shape);
  for (const Shape& input : shapes) {
    const bool last = inputs.size() + 1 == shapes.size();
    inputs.push_back(draw(input, kind, row.positive && last, random));
  }
  const Shape of_y = shape_of(run(row, inputs, Kernels::plain, {})[0]);
  const Matrix dy = random.normal(of_y.rows, of_y.cols);
  const std::vector<Matrix> plain = run(row, inputs, Kernels::plain, dy);
  const std::vector<Matrix> fast = run(row, inputs, Kernels::fast, dy);
  const std::vector<Matrix> scale = scales(row, inputs, plain, dy);
  // Where a kernel goes over padding, or leaves out masked blocks, 0 · NaN is there or not: then a
  // gradient must have a NaN in both, but not in the same entries.
  const bool blocks = row.name == "conv2d" || row.scale == Scale::attention;
  double most = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    most = std::max(most, units_between(plain[i], fast[i], scale[i], i == 0 || !blocks));
  }
  return most;
}

constexpr Shape sizes[] = {{1, 1}, {1, 7}, {5, 1}, {3, 4}, {17, 9}, {16, 33}, {130, 70}};

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(two_bodies)

// The units of the table are about twice the most that 100 seeds of each kind and size gave in
// float, 40 in double. 0: the same bits.
BOOST_AUTO_TEST_CASE(plain_and_fast_agree) {
  for (const Row& row : table()) {
    double worst = 0;
    for (const Kind kind : kinds) {
      for (const Shape& shape : sizes) {
        for (int seed = 1; seed <= 3; ++seed) {
          BOOST_TEST_CONTEXT(row.name << " of " << to_string(shape) << ", " << name_of[int(kind)]
                                      << ", seed " << seed) {
            const double apart = difference(row, shape, kind, std::uint64_t(seed));
            BOOST_TEST(apart <= row.units);
            worst = std::max(worst, apart);
          }
        }
      }
    }
    BOOST_TEST_MESSAGE(row.name << ": " << worst << " units of " << row.units);
  }
}

// Comparisons with NaN are false: an op that chooses by one could lose it.
BOOST_AUTO_TEST_CASE(a_nan_stays) {
  for (const Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    for (const Index row : {0, 1, 7}) {  // all in the first window
      Matrix input(picture.rows(), 3, arma::fill::ones);
      input[row] = arma::Datum<Scalar>::nan;
      Tape tape;
      const Var x = tape.variable(input);
      for (const Var y : {relu(x), leaky_relu(x), abs(x)}) BOOST_TEST(std::isnan(y.value()[row]));
      const Var y = max_pool(x, picture, 2);
      BOOST_TEST(std::isnan(y.value()[0]));
      tape.backward(y, 3 * arma::ones<Matrix>(y.rows(), y.cols()));
      BOOST_TEST(x.gradient()[row] == 3);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_at_all) {
  for (const Row& row : table()) {
    if (!row.takes_empty) continue;
    for (const Shape& shape : {Shape{0, 3}, {3, 0}, {0, 0}}) {
      BOOST_TEST_CONTEXT(row.name << " of " << to_string(shape)) {
        BOOST_TEST(difference(row, shape, Kind::ordinary, 1) == 0);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()

}  // namespace evenkeel_test::bodies
