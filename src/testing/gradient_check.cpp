#include "evenkeel/testing/gradient_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/fail.hpp"
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
    fail("gradient_check", "{} is {} in entry {}", what, x[i], entry(x, i));
  }
}

class Checker {
 public:
  Checker(const CheckedFunction& f, const std::vector<Matrix>& inputs,
          const GradientCheckOptions& options)
      : f_(f), inputs_(inputs), options_(options) {
    report_.tolerance = options.tolerance;
  }
  ~Checker() {  // parameters are as before, also when a check throws
    for (auto& [parameter, before] : saved_) *parameter = before;
  }

  GradientReport run() {
    y0_ = forward().value();
    require_finite(y0_, "f(x)");
    find_targets();
    require_deterministic();
    for (const Target& target : targets_) check(target);
    if (options_.norm_tile) sum_over_tiles(*options_.norm_tile);
    require(report_.compared > 0, "gradient_check",
            "there is nothing to compare: no entries in, or none out");
    return report_;
  }

 private:
  Var forward() {
    tape_.rewind();
    vars_.clear();
    for (const Matrix& x : inputs_) vars_.push_back(tape_.variable(x));
    return f_(tape_, vars_);
  }

  void find_targets() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const std::string_view label = vars_[i].label();
      const std::string name = label.empty() ? "" : fmt::format(" '{}'", label);
      targets_.push_back({fmt::format("input {}{}", i, name), &inputs_[i], nullptr, i});
    }
    for (Index i = 0; i < tape_.size(); ++i) {
      Parameter* parameter = tape_.node(i).parameter;
      if (!parameter || !parameter->requires_grad) continue;
      if (std::ranges::find(targets_, parameter, &Target::parameter) != targets_.end()) continue;
      saved_.emplace_back(parameter, *parameter);
      const std::string name = fmt::format("parameter '{}'", parameter->name);
      targets_.push_back({name, &parameter->value, parameter, 0});
    }
  }

  void require_deterministic() {
    const Matrix again = forward().value();
    require_same_shape("gradient_check", "f(x)", y0_, "f(x) again", again);
    for (Index i = 0; i < y0_.n_elem; ++i) {
      if (y0_[i] == again[i]) continue;
      fail("gradient_check",
           "f is not deterministic: entry {} of f(x) was {}, then {}; fix the seed of "
           "what is random in it, and freeze what it updates",
           entry(y0_, i), y0_[i], again[i]);
    }
  }

  static double step_for(const Matrix& x) {
    const arma::vec entries = column(x);
    double unit = arma::stddev(entries, 1);
    if (unit == 0) unit = arma::max(arma::abs(entries));
    if (unit == 0) unit = 1;
    const int digits = sizeof(Scalar) == sizeof(double) ? 13 : 7;
    return std::exp2(std::round(std::log2(unit)) - digits);
  }

  // y where entry i of the target is moved a little
  arma::vec moved(const Target& target, Index i, double by) {
    const Scalar before = (*target.value)[i];
    (*target.value)[i] = static_cast<Scalar>(before + by);
    const Matrix y = forward().value();
    (*target.value)[i] = before;
    require_same_shape("gradient_check", "f(x)", y0_, "f(x + h)", y);
    require_finite(y, fmt::format("f with entry {} of {} moved by {:.3g}", entry(*target.value, i),
                                  target.name, by));
    return column(y);
  }

  Jacobian numeric(const Target& target, double h) {
    Jacobian jacobian(target.value->n_elem, y0_.n_elem);
    for (Index i = 0; i < target.value->n_elem; ++i) {
      const arma::vec near = moved(target, i, h) - moved(target, i, -h);
      const arma::vec far = moved(target, i, 2 * h) - moved(target, i, -2 * h);
      jacobian.row(i) = ((8 * near - far) / (12 * h)).t();
    }
    return jacobian;
  }

  // What backward says of the target, from the forward pass at hand; zeros where it did not come
  Matrix gradient(const Target& target, const Matrix& dy) {
    const Shape shape = shape_of(*target.value);
    const Matrix none(shape.rows, shape.cols, arma::fill::zeros);
    if (!y_.requires_grad()) return none;
    for (const auto& [parameter, before] : saved_) parameter->zero_gradient();
    tape_.backward(y_, dy);
    const Parameter* parameter = target.parameter;
    const Var x = parameter ? Var() : vars_[target.place];
    if (!(parameter ? parameter->has_gradient : x.has_gradient())) return none;
    const Matrix dx = parameter ? parameter->gradient : x.gradient();
    const std::string what = "the gradient of " + target.name;
    require_shape("gradient_check", what, dx, shape, "to match its value");
    require_finite(dx, what);
    return dx;
  }

  // One unit upstream gradient for each entry of y, then a random one
  void check(const Target& target) {
    if (target.value->empty()) return;
    const double h = step_for(*target.value);
    const Jacobian jacobian = numeric(target, h);
    y_ = forward();
    Matrix dy(y0_.n_rows, y0_.n_cols, arma::fill::zeros);
    for (Index j = 0; j < y0_.n_elem; ++j) {
      dy[j] = 1;
      compare(target, jacobian, dy, j, h);
      dy[j] = 0;
    }
    if (report_.relative_error <= report_.tolerance) {  // a unit one tells more
      dy = Random(options_.seed).uniform(y0_.n_rows, y0_.n_cols, -1, 1);
      compare(target, jacobian, dy, {}, h);
    }
    report_.compared += jacobian.n_elem;
  }

  // Holds backward's dx against J·dy. Its entries are sums whose terms may cancel, so the scale is
  // that of the terms. j: the entry of y where dy is 1; none where dy is random.
  void compare(const Target& target, const Jacobian& jacobian, const Matrix& dy,
               std::optional<Index> j, double h) {
    const arma::vec r = column(dy), a = column(gradient(target, dy));
    const arma::vec n = j ? arma::vec(jacobian.col(*j)) : arma::vec(jacobian * r);
    const arma::vec terms =
        j ? arma::vec(arma::abs(n)) : arma::vec(arma::abs(jacobian) * arma::abs(r));
    const double weight = arma::accu(arma::abs(r));
    const double largest = arma::abs(jacobian).max();
    const double y_max = arma::abs(y0_).max(), x_max = arma::abs(*target.value).max();
    const double noise = 4 * machine_epsilon * (y_max + largest * x_max) / h;
    const double rounded_h = machine_epsilon * x_max / h;  // also where all differences are 0
    const double hidden = largest > 0 ? std::max(noise / largest, rounded_h) : rounded_h;
    if (hidden > report_.hidden) {
      report_.hidden = hidden;
      report_.hidden_in = target.name;
    }
    for (Index i = 0; i < a.n_elem; ++i) {
      const double scale = std::max({std::abs(a[i]), terms[i], weight * largest / 1000});
      const double error = std::max(0.0, std::abs(a[i] - n[i]) - noise * weight);
      const double relative = error > 0 ? error / scale : 0;
      if (!report_.where.empty() && relative <= report_.relative_error) continue;
      report_.relative_error = relative;
      report_.where =
          fmt::format("∂{} by {} at {}", j ? fmt::format("y{}", entry(y0_, *j)) : "⟨random, y⟩",
                      target.name, entry(*target.value, i));
      report_.analytic = a[i];
      report_.numeric = n[i];
      report_.step = h;
    }
  }

  // What a norm's gradient cannot contain, tile by tile: a shift and a scaling of the tile.
  void sum_over_tiles(Shape tile) {
    const Matrix& x = inputs_.front();
    require(
        tile.rows > 0 && tile.cols > 0 && x.n_rows % tile.rows == 0 && x.n_cols % tile.cols == 0,
        "gradient_check", "tiles of {} do not cover input 0 ({})", to_string(tile),
        to_string(shape_of(x)));
    y_ = forward();
    const Matrix dy = Random(options_.seed).uniform(y0_.n_rows, y0_.n_cols, -1, 1);
    const Matrix dx = gradient(targets_.front(), dy);
    for (Index col = 0; col < x.n_cols; col += tile.cols) {
      for (Index row = 0; row < x.n_rows; row += tile.rows) {
        const arma::span rows(row, row + tile.rows - 1), cols(col, col + tile.cols - 1);
        const arma::vec entries = column(x(rows, cols)), gradients = column(dx(rows, cols));
        const arma::vec xhat = (entries - arma::mean(entries)) / arma::stddev(entries, 1);
        report_.tiles.push_back({row, col, arma::accu(gradients), arma::dot(gradients, xhat)});
      }
    }
  }

  const CheckedFunction& f_;
  std::vector<Matrix> inputs_;
  GradientCheckOptions options_;
  Tape tape_;
  std::vector<Var> vars_;
  Var y_;
  Matrix y0_;
  std::vector<Target> targets_;
  std::vector<std::pair<Parameter*, Parameter>> saved_;
  GradientReport report_;
};

}  // namespace

GradientReport gradient_check(const CheckedFunction& f, const std::vector<Matrix>& inputs,
                              const GradientCheckOptions& options) {
  return Checker(f, inputs, options).run();
}

std::string to_string(const GradientReport& report) {
  if (!report.saw_enough()) {
    return fmt::format(
        "gradient check saw too little: rounding hides errors up to {:.2g} of the largest "
        "derivative by {}; bring its entries nearer to 0 or spread them wider, or check in double",
        report.hidden, report.hidden_in);
  }
  std::string text = fmt::format(
      "gradient check {}: worst relative error {:.3g} (at most {:.3g}) in {}: backward {:.10g}, "
      "differences {:.10g} with h = {:.3g}; {} entries compared",
      report.passed() ? "passed" : "failed", report.relative_error, report.tolerance, report.where,
      report.analytic, report.numeric, report.step, report.compared);
  for (const auto& [row, col, dx, dx_xhat] : report.tiles) {
    text +=
        fmt::format("\n  tile at ({}, {}): Σdx {:.3g}, Σdx ⊙ xhat {:.3g}", row, col, dx, dx_xhat);
  }
  return text;
}

Matrix away_from(Matrix x, double point, double distance) {
  for (Scalar& value : x) {
    if (std::abs(value - point) >= distance) continue;
    value = static_cast<Scalar>(value < point ? point - distance : point + distance);
  }
  return x;
}

}  // namespace evenkeel
