#include "grade.hpp"

#include <algorithm>

namespace exercises {
namespace {

double largest(const Matrix& m) {
  return m.is_empty() ? 0.0 : arma::abs(m).max();
}

bool near(const Matrix& a, const Matrix& b, double tolerance) {
  if (arma::size(a) != arma::size(b)) return false;
  return !a.has_nonfinite() && largest(a - b) <= tolerance * std::max(largest(b), 1e-12);
}

std::string shape_mistake(std::string_view what, const Matrix& got, const Matrix& right) {
  if (arma::size(got) == arma::size(right)) return "";
  const std::string turned = got.n_rows == right.n_cols && got.n_cols == right.n_rows
                                 ? ": rows and columns are exchanged"
                                 : "";
  return fmt::format("your {} is {}, it should be {}{}", what, shape(got), shape(right), turned);
}

// One number that explains all entries: a factor or a shift.
std::string systematic(std::string_view what, const Matrix& got, const Matrix& right) {
  const double length = arma::dot(right, right);
  const double factor = length > 0 ? arma::dot(got, right) / length : 0;
  if (near(got, factor * right, 1e-8) && right.n_elem > 1) {
    if (std::abs(factor + 1) < 1e-8)
      return fmt::format("your {} has the wrong sign everywhere", what);
    return fmt::format("every entry of your {} is {} times what it should be", what,
                       number(factor));
  }
  const Matrix difference = got - right;
  const double shift = difference(0);
  if (right.n_elem > 1 && largest(difference - shift) <= 1e-8 * std::abs(shift)) {
    return fmt::format("every entry of your {} is off by the same {}", what, number(shift));
  }
  return "";
}

std::string worst_entry(std::string_view what, const Matrix& got, const Matrix& right) {
  const Matrix difference = arma::abs(got - right);
  const Index at = difference.index_max();
  const Index wrong = arma::accu(difference > 1e-8 * largest(right));
  return fmt::format(
      "{} of {} entries of your {} are wrong, most of all ({}, {}): {}, it should be {}", wrong,
      got.n_elem, what, at % got.n_rows, at / got.n_rows, number(got(at)), number(right(at)));
}

std::string sum_text(std::string_view what, const Matrix& sums, const char* where) {
  const Index at = arma::index_max(arma::vectorise(arma::abs(sums)));
  return fmt::format("Σ{} = {} in {} {}", what, number(sums(at)), where, at);
}

}  // namespace

std::string judge(std::string_view what, const Matrix& got, const Matrix& right,
                  const std::vector<Mistake>& mistakes,
                  const std::vector<std::pair<std::string, Matrix>>& inputs, double tolerance) {
  if (near(got, right, tolerance)) return "";
  if (got.is_empty())
    return fmt::format("your {} is empty: nothing is written there yet. It should be {}", what,
                       shape(right));
  for (const Mistake& mistake : mistakes) {
    if (near(got, mistake.result, tolerance)) return mistake.effect;
  }
  for (const auto& [name, input] : inputs) {
    if (near(got, input, tolerance)) return fmt::format("your {} is a copy of {}", what, name);
  }
  if (std::string text = shape_mistake(what, got, right); !text.empty()) return text;
  if (got.has_nonfinite()) {
    const arma::uvec bad = arma::find_nonfinite(got);
    return fmt::format("your {} is {} at ({}, {}), and in {} of {} entries no number", what,
                       got(bad(0)), bad(0) % got.n_rows, bad(0) / got.n_rows, bad.n_elem,
                       got.n_elem);
  }
  if (largest(got) == 0) {
    return fmt::format("your {} is 0 everywhere; its largest entry should be {}", what,
                       number(largest(right)));
  }
  std::string text = systematic(what, got, right);
  return text.empty() ? worst_entry(what, got, right) : text;
}

std::string judge(std::string_view what, double got, double right,
                  const std::vector<std::pair<double, std::string>>& mistakes) {
  const auto is = [&](double value) {
    return std::abs(got - value) <= 1e-9 * std::abs(value) + 1e-300;
  };
  if (is(right)) return "";
  for (const auto& [value, effect] : mistakes) {
    if (is(value)) {
      return fmt::format("your {} is {}, it should be {}: {}", what, number(got), number(right),
                         effect);
    }
  }
  if (is(-right)) return fmt::format("your {} is {}: the sign is wrong", what, number(got));
  return fmt::format("your {} is {}, it should be {}", what, number(got), number(right));
}

std::string column_sum(std::string_view what, const Matrix& m) {
  return sum_text(what, arma::sum(m, 0), "column");
}
std::string row_sum(std::string_view what, const Matrix& m) {
  return sum_text(what, arma::sum(m, 1), "row");
}

std::string number(double value) {
  return fmt::format("{:.3g}", value);
}
std::string shape(const Matrix& m) {
  return fmt::format("{}×{}", m.n_rows, m.n_cols);
}

Index between(Random& random, Index low, Index high) {
  return low + random.below(high - low + 1);
}

Matrix draw(Random& random, Index rows, Index cols) {
  const Matrix mean = random.normal(rows, 1);
  const Matrix spread = random.uniform(rows, 1, 0.5, 2);
  Matrix x = random.normal(rows, cols);
  x.each_col() %= spread;
  x.each_col() += mean;
  return x;
}

Matrix normalized(const Matrix& x, Index tile_rows, Index tile_cols, double eps, bool keep_mean,
                  Index fewer) {
  Matrix y(arma::size(x));
  for (Index col = 0; col < x.n_cols; col += tile_cols) {
    for (Index row = 0; row < x.n_rows; row += tile_rows) {
      const arma::span rows(row, row + tile_rows - 1);
      const arma::span cols(col, col + tile_cols - 1);
      const Matrix tile = x(rows, cols);
      const double mean = keep_mean ? 0 : arma::accu(tile) / static_cast<double>(tile.n_elem);
      const Matrix centered = tile - mean;
      const double variance =
          arma::accu(arma::square(centered)) / static_cast<double>(tile.n_elem - fewer);
      y(rows, cols) = centered / std::sqrt(variance + eps);
    }
  }
  return y;
}

Matrix normalized_dx(const Matrix& x, const Matrix& dxhat, Index tile_rows, Index tile_cols,
                     double eps, bool keep_mean, Terms terms) {
  const Matrix xhat = normalized(x, tile_rows, tile_cols, eps, keep_mean);
  Matrix dx(arma::size(x));
  for (Index col = 0; col < x.n_cols; col += tile_cols) {
    for (Index row = 0; row < x.n_rows; row += tile_rows) {
      const arma::span rows(row, row + tile_rows - 1);
      const arma::span cols(col, col + tile_cols - 1);
      const Matrix tile = x(rows, cols);
      const Matrix d = dxhat(rows, cols);
      const Matrix hat = xhat(rows, cols);
      const auto n = static_cast<double>(tile.n_elem);
      const double mean = keep_mean ? 0 : arma::accu(tile) / n;
      const double rstd = 1 / std::sqrt(arma::accu(arma::square(tile - mean)) / n + eps);
      const double mean_term = terms.mean && !keep_mean ? arma::accu(d) / n : 0;
      const double variance_term = terms.variance ? arma::accu(d % hat) / n : 0;
      dx(rows, cols) = rstd * (d - mean_term - hat * variance_term);
    }
  }
  return dx;
}

}  // namespace exercises
