#include "evenkeel/ops/softmax.hpp"

#include "evenkeel/kernels/kernels.hpp"
#include "kernels/ops.hpp"

namespace evenkeel {

struct Softmax final : UnaryOp {
  std::string_view name() const override { return "softmax"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (x.is_empty()) return void(y = x);  // no largest entry
    if (fast_kernels()) return kernels::softmax(x, y);
    const Matrix largest = arma::max(x, 0);
    const Matrix e = arma::exp(x.each_row() - largest);
    const Matrix sum = arma::sum(e, 0);
    y = e.each_row() / sum;
  }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::softmax_backward(y, dy, dx);
    const Matrix mean_dy = arma::sum(y % dy, 0);  // of each column, weighted by y
    dx = y % (dy.each_row() - mean_dy);
  }
};

struct LogSoftmax final : UnaryOp {
  std::string_view name() const override { return "log_softmax"; }

  void forward(const Matrix& x, Matrix& y) override {
    if (x.is_empty()) return void(y = x);  // no largest entry
    if (fast_kernels()) return kernels::log_softmax(x, y);
    const Matrix largest = arma::max(x, 0);
    const Matrix shifted = x.each_row() - largest;
    const Matrix log_sum = arma::log(arma::sum(arma::exp(shifted), 0));
    y = shifted.each_row() - log_sum;
  }

  void backward(const Matrix&, const Matrix& y, const Matrix& dy, Matrix& dx) override {
    if (fast_kernels()) return kernels::log_softmax_backward(y, dy, dx);
    const Matrix sum_dy = arma::sum(dy, 0);
    dx = dy - arma::exp(y) % arma::repmat(sum_dy, y.n_rows, 1);
  }
};

Var softmax(Var x) {
  return record<Softmax>({x});
}
Var log_softmax(Var x) {
  return record<LogSoftmax>({x});
}

}  // namespace evenkeel
