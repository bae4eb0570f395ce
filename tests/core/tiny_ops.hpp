#pragma once
// The few ops that the tests of the tape need: the tape is tested without the ops module.

#include "evenkeel/core/tape.hpp"

namespace tiny {

using evenkeel::Input;
using evenkeel::Matrix;
using evenkeel::Scalar;
using evenkeel::Var;

// y = a + b
struct Plus final : evenkeel::BinaryOp {
  std::string_view name() const override { return "plus"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override {
    evenkeel::require_same_shape("plus", "a", a, "b", b);
    y = a + b;
  }
  void backward(const Matrix&, const Matrix&, const Matrix&, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (da) *da = dy;
    if (db) *db = dy;
  }
};

// y = a ⊙ b
struct Times final : evenkeel::BinaryOp {
  std::string_view name() const override { return "times"; }
  void forward(const Matrix& a, const Matrix& b, Matrix& y) override {
    evenkeel::require_same_shape("times", "a", a, "b", b);
    y = a % b;
  }
  void backward(const Matrix& a, const Matrix& b, const Matrix&, const Matrix& dy, Matrix* da,
                Matrix* db) override {
    if (da) *da = dy % b;
    if (db) *db = dy % a;
  }
};

// y = a ⊙ b ⊙ c
struct Times3 final : evenkeel::TernaryOp {
  std::string_view name() const override { return "times3"; }
  void forward(const Matrix& a, const Matrix& b, const Matrix& c, Matrix& y) override {
    y = a % b % c;
  }
  void backward(const Matrix& a, const Matrix& b, const Matrix& c, const Matrix&, const Matrix& dy,
                Matrix* da, Matrix* db, Matrix* dc) override {
    if (da) *da = dy % b % c;
    if (db) *db = dy % a % c;
    if (dc) *dc = dy % a % b;
  }
};

// y = 1 x₀ + 2 x₁ + 3 x₂ + …
struct WeightedSum final : evenkeel::ListOp {
  std::string_view name() const override { return "weighted_sum"; }
  void forward(std::span<const Matrix* const> x, Matrix& y) override {
    y = *x[0];
    for (std::size_t i = 1; i < x.size(); ++i) y += Scalar(i + 1) * *x[i];
  }
  void backward(std::span<const Matrix* const>, const Matrix&, const Matrix& dy,
                std::span<Matrix* const> dx) override {
    for (std::size_t i = 0; i < dx.size(); ++i) {
      if (dx[i]) *dx[i] = Scalar(i + 1) * dy;
    }
  }
};

// y = the sum of all entries, 1×1
struct Total final : evenkeel::UnaryOp {
  std::string_view name() const override { return "total"; }
  void forward(const Matrix& x, Matrix& y) override {
    y.set_size(1, 1);
    y(0, 0) = arma::accu(x);
  }
  void backward(const Matrix& x, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx.set_size(x.n_rows, x.n_cols);
    dx.fill(dy(0, 0));
  }
};

// y = √x: NaN below 0, and an infinite slope at 0
struct Root final : evenkeel::UnaryOp {
  std::string_view name() const override { return "root"; }
  void forward(const Matrix& x, Matrix& y) override { y = arma::sqrt(x); }
  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    dx = dy / (2 * y);
  }
};

// y = factor x
struct Scale final : evenkeel::UnaryOp {
  Scalar factor = 1;

  std::string_view name() const override { return "scale"; }
  void forward(const Matrix& x, Matrix& y) override { y = factor * x; }
  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = factor * dy;
  }
};

inline Var plus(Input a, Input b) {
  return evenkeel::record<Plus>({a, b});
}
inline Var times(Input a, Input b) {
  return evenkeel::record<Times>({a, b});
}
inline Var times(Input a, Input b, Input c) {
  return evenkeel::record<Times3>({a, b, c});
}
inline Var weighted_sum(std::initializer_list<Input> x) {
  return evenkeel::record<WeightedSum>(x);
}
inline Var weighted_sum(std::span<const Input> x) {
  return evenkeel::record<WeightedSum>(x);
}
inline Var total(Var x) {
  return evenkeel::record<Total>({x});
}
inline Var root(Var x) {
  return evenkeel::record<Root>({x});
}

// Values in these tests are small whole numbers, so results are exact.
inline bool same(const Matrix& a, const Matrix& b) {
  return arma::approx_equal(a, b, "absdiff", Scalar(0));
}

}  // namespace tiny
