// Every op has two bodies: the formula, which a debug build runs, and a kernel. They must agree,
// forward and backward.
#include "body_table.hpp"

// Test files of a module are compiled as one unit: names like `run` need a scope of their own.
namespace evenkeel_test::bodies {

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
