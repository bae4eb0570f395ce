#include "evenkeel/testing/gradient_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "evenkeel/core/random.hpp"

namespace evenkeel {

namespace {

using Jacobian = arma::mat;  // entries of x × entries of y, both counted down the columns

// Something y is differentiated by: an input matrix or a parameter's value.
struct Target {
  std::string name;
  Matrix* value;
  Parameter* parameter;  // null for an input
  std::size_t place;     // of an input
};

// Puts parameters back as they were, also when a check throws.
class Restore {
 public:
  ~Restore() {
    for (auto& [parameter, before] : saved_) *parameter = before;
  }
  void save(Parameter& parameter) { saved_.emplace_back(&parameter, parameter); }

 private:
  std::vector<std::pair<Parameter*, Parameter>> saved_;
};

// All entries, down the columns, in double
arma::vec column(const Matrix& x) {
  return arma::conv_to<arma::vec>::from(arma::vectorise(x));
}

std::string entry(const Matrix& x, Index i) {
  return fmt::format("({}, {})", i % x.n_rows, i / x.n_rows);
}

void require_finite(const Matrix& x, std::string_view what) {
  for (Index i = 0; i < x.n_elem; ++i) {
    if (std::isfinite(x[i])) continue;
    fail("gradient_check", fmt::format("{} is {} in entry {}", what, x[i], entry(x, i)));
  }
}

class Checker {
 public:
  Checker(const CheckedFunction& f, const std::vector<Matrix>& inputs,
          const GradientCheckOptions& options)
      : f_(f), inputs_(inputs), options_(options) {}

  GradientReport run();

 private:
  Var forward();
  void find_targets();
  double step_for(const Matrix& x) const;
  Matrix moved(const Target& target, Index i, double by);
  Jacobian numeric(const Target& target, double step);
  Matrix gradient(const Target& target, const Matrix& dy);
  Jacobian analytic(const Target& target);
  void compare(const Target& target);
  void compare_random(const Target& target, const Jacobian& jacobian, double noise, double h);
  /// j: the entry of y; none for the random upstream gradient
  void keep_worst(const Target& target, Index i, std::optional<Index> j, double analytic,
                  double numeric, double error, double h);

  const CheckedFunction& f_;
  std::vector<Matrix> inputs_;
  GradientCheckOptions options_;
  Tape tape_;
  std::vector<Var> vars_;
  Var y_;
  Matrix y0_;
  std::vector<Target> targets_;
  Restore restore_;
  GradientReport report_;
};

Var Checker::forward() {
  tape_.rewind();
  vars_.clear();
  for (const Matrix& x : inputs_) vars_.push_back(tape_.variable(x));
  return f_(tape_, vars_);
}

void Checker::find_targets() {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    targets_.push_back({fmt::format("input {}", i), &inputs_[i], nullptr, i});
  }
  for (Index i = 0; i < tape_.size(); ++i) {
    Parameter* parameter = tape_.node(i).parameter;
    if (!parameter || !parameter->requires_grad) continue;
    const bool known = std::any_of(targets_.begin(), targets_.end(), [&](const Target& target) {
      return target.parameter == parameter;
    });
    if (known) continue;
    restore_.save(*parameter);
    const std::string name = fmt::format("parameter '{}'", parameter->name);
    targets_.push_back({name, &parameter->value, parameter, 0});
  }
}

double Checker::step_for(const Matrix& x) const {
  if (options_.step > 0) return options_.step;
  const arma::vec entries = column(x);
  double unit = arma::stddev(entries, 1);
  if (unit == 0) unit = arma::max(arma::abs(entries));
  if (unit == 0) unit = 1;
  const int digits = sizeof(Scalar) == sizeof(double) ? 13 : 7;
  return std::exp2(std::round(std::log2(unit)) - digits);
}

// y where entry i of the target is moved a little
Matrix Checker::moved(const Target& target, Index i, double by) {
  const Scalar before = (*target.value)[i];
  (*target.value)[i] = static_cast<Scalar>(before + by);
  const Matrix y = forward().value();
  (*target.value)[i] = before;
  require_same_shape("gradient_check", "f(x)", y0_, "f(x + h)", y);
  require_finite(y, fmt::format("f with entry {} of {} moved by {:.3g}", entry(*target.value, i),
                                target.name, by));
  return y;
}

Jacobian Checker::numeric(const Target& target, double h) {
  Jacobian jacobian(target.value->n_elem, y0_.n_elem);
  const auto difference = [&](Index i, double by) {
    const Matrix up = moved(target, i, by);
    const Matrix down = moved(target, i, -by);
    const arma::vec change = column(up) - column(down);
    return change;
  };
  for (Index i = 0; i < target.value->n_elem; ++i) {
    const arma::vec near = difference(i, h);
    const arma::vec far = difference(i, 2 * h);
    jacobian.row(i) = ((8 * near - far) / (12 * h)).t();
  }
  return jacobian;
}

// What backward says of the target, from the forward pass at hand
Matrix Checker::gradient(const Target& target, const Matrix& dy) {
  const Shape shape = shape_of(*target.value);
  if (!y_.requires_grad()) return Matrix(shape.rows, shape.cols, arma::fill::zeros);
  for (const Target& other : targets_) {
    if (other.parameter) other.parameter->zero_gradient();
  }
  tape_.backward(y_, dy);
  const bool reached =
      target.parameter ? target.parameter->has_gradient : vars_[target.place].has_gradient();
  if (!reached) return Matrix(shape.rows, shape.cols, arma::fill::zeros);
  const Matrix dx = target.parameter ? target.parameter->gradient : vars_[target.place].gradient();
  require_shape("gradient_check", "the gradient of " + target.name, dx, shape,
                "to match its value");
  require_finite(dx, "the gradient of " + target.name);
  return dx;
}

// Column by column, one unit upstream gradient for each entry of y
Jacobian Checker::analytic(const Target& target) {
  Jacobian jacobian(target.value->n_elem, y0_.n_elem);
  Matrix dy(y0_.n_rows, y0_.n_cols, arma::fill::zeros);
  for (Index j = 0; j < y0_.n_elem; ++j) {
    dy[j] = 1;
    jacobian.col(j) = column(gradient(target, dy));
    dy[j] = 0;
  }
  return jacobian;
}

void Checker::compare(const Target& target) {
  const Matrix& x = *target.value;
  if (x.empty()) return;
  const double h = step_for(x);
  const Jacobian n = numeric(target, h);
  y_ = forward();
  const Jacobian a = analytic(target);

  const double largest = std::max(arma::abs(a).max(), arma::abs(n).max());
  const double y_max = arma::abs(y0_).max();
  const double x_max = arma::abs(x).max();
  const double noise = 4 * machine_epsilon * (y_max + largest * x_max) / h;
  for (Index j = 0; j < y0_.n_elem; ++j) {
    for (Index i = 0; i < x.n_elem; ++i) {
      const double scale = std::max({std::abs(a(i, j)), std::abs(n(i, j)), largest / 1000});
      const double error = std::max(0.0, std::abs(a(i, j) - n(i, j)) - noise);
      keep_worst(target, i, j, a(i, j), n(i, j), error > 0 ? error / scale : 0, h);
    }
  }
  report_.compared += n.n_elem;
  compare_random(target, n, noise, h);
}

// The same for Jᵀr. Its entries are sums whose terms may cancel, so the scale is that of the terms.
void Checker::compare_random(const Target& target, const Jacobian& jacobian, double noise,
                             double h) {
  const Matrix dy = Random(options_.seed).uniform(y0_.n_rows, y0_.n_cols, -1, 1);
  const arma::vec r = column(dy);
  const arma::vec a = column(gradient(target, dy));
  const arma::vec n = jacobian * r;
  const double weight = arma::accu(arma::abs(r));
  const double largest = weight * arma::abs(jacobian).max();
  const arma::vec terms = arma::abs(jacobian) * arma::abs(r);
  for (Index i = 0; i < a.n_elem; ++i) {
    const double scale = std::max({std::abs(a[i]), terms[i], largest / 1000});
    const double error = std::max(0.0, std::abs(a[i] - n[i]) - noise * weight);
    keep_worst(target, i, {}, a[i], n[i], error > 0 ? error / scale : 0, h);
  }
}

void Checker::keep_worst(const Target& target, Index i, std::optional<Index> j, double analytic,
                         double numeric, double error, double h) {
  if (!report_.input.empty() && error <= report_.relative_error) return;
  report_.relative_error = error;
  report_.input = target.name;
  report_.row = i % target.value->n_rows;
  report_.col = i / target.value->n_rows;
  report_.random_upstream = !j;
  report_.output_row = j.value_or(0) % y0_.n_rows;
  report_.output_col = j.value_or(0) / y0_.n_rows;
  report_.analytic = analytic;
  report_.numeric = numeric;
  report_.step = h;
}

GradientReport Checker::run() {
  report_.tolerance = options_.tolerance;
  y0_ = forward().value();
  require_finite(y0_, "f(x)");
  find_targets();
  const Matrix again = forward().value();
  require_same_shape("gradient_check", "f(x)", y0_, "f(x) again", again);
  for (Index i = 0; i < y0_.n_elem; ++i) {
    if (y0_[i] == again[i]) continue;
    fail("gradient_check",
         fmt::format("f is not deterministic: entry {} of f(x) was {}, then {}; fix the seed of "
                     "what is random in it, and freeze what it updates",
                     entry(y0_, i), y0_[i], again[i]));
  }
  for (const Target& target : targets_) compare(target);
  if (report_.compared == 0) {
    fail("gradient_check", "there is nothing to compare: no entries in, or none out");
  }
  return report_;
}

}  // namespace

GradientReport gradient_check(const CheckedFunction& f, const std::vector<Matrix>& inputs,
                              const GradientCheckOptions& options) {
  return Checker(f, inputs, options).run();
}

std::string to_string(const GradientReport& report) {
  const std::string of = fmt::format("{} at ({}, {})", report.input, report.row, report.col);
  const std::string which =
      report.random_upstream
          ? fmt::format("∂⟨random, y⟩ by {}", of)
          : fmt::format("∂y({}, {}) by {}", report.output_row, report.output_col, of);
  return fmt::format(
      "gradient check {}: worst relative error {:.3g} (at most {:.3g}) in {}: backward {:.10g}, "
      "differences {:.10g} with h = {:.3g}; {} entries compared",
      report.passed() ? "passed" : "failed", report.relative_error, report.tolerance, which,
      report.analytic, report.numeric, report.step, report.compared);
}

Matrix away_from(Matrix x, double point, double distance) {
  for (Scalar& value : x) {
    if (std::abs(value - point) >= distance) continue;
    value = static_cast<Scalar>(value < point ? point - distance : point + distance);
  }
  return x;
}

}  // namespace evenkeel
