#include "evenkeel/optim/muon.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

Muon::Muon(const ParameterGroups& groups, MuonOptions options)
    : Optimizer(groups, options.learning_rate, options.weight_decay), options_(options) {
  require(options.momentum >= 0 && options.momentum < 1, "muon",
          "momentum must be in [0, 1), got {}", options.momentum);
  for (const Parameter* p : parameters()) {
    if (std::min(p->value.n_rows, p->value.n_cols) > 1) continue;
    fail("muon", "parameter '{}' is {}: give what is no matrix to AdamW", p->name,
         to_string(shape_of(p->value)));
  }
}

void Muon::update(Matrix& value, const Matrix& gradient, State& state, double weight_decay) {
  const Scalar momentum = static_cast<Scalar>(options_.momentum);
  Matrix& m = state.first;
  m = momentum * m + (1 - momentum) * gradient;
  Matrix d = m;
  if (options_.nesterov) d = momentum * m + (1 - momentum) * gradient;
  const double tall = static_cast<double>(value.n_rows) / static_cast<double>(value.n_cols);
  const double rate = learning_rate() * std::sqrt(std::max(1.0, tall));
  const Matrix step = orthogonalized(d);
  value = static_cast<Scalar>(1 - learning_rate() * weight_decay) * value -
          static_cast<Scalar>(rate) * step;
}

Matrix orthogonalized(const Matrix& d) {
  if (d.n_rows > d.n_cols) return orthogonalized(Matrix(d.t())).t();
  const Scalar a = Scalar(3.4445), b = Scalar(-4.775), c = Scalar(2.0315);
  Matrix x = d / (arma::norm(d, "fro") + Scalar(1e-7));
  for (int step = 0; step < 5; ++step) {
    const Matrix gram = x * x.t();  // A
    const Matrix even = b * gram + c * gram * gram;
    x = a * x + even * x;
  }
  return x;
}

}  // namespace evenkeel
