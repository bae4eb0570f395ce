#pragma once
// One NaN in an input, or in the upstream gradient, reaches what depends on that entry and nothing
// else, forward and backward. What depends is found by changing the entry to other numbers and
// looking at what moves.

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bodies.hpp"

namespace evenkeel_test {

struct NanTravels {
  std::string name;
  Function f;
  std::vector<evenkeel::Matrix> inputs;
  /// Backward looks at x to choose, as relu's does: a NaN in x need not be in dx.
  bool only_chooses = false;
  /// Something is multiplied by 0 that a NaN makes NaN: a mask, a padding.
  bool times_zero = false;
  bool last_is_positive = false;  // of the inputs

  /// Forward, and backward from dy: y, then the gradient of each input (empty where f ignores it).
  std::vector<evenkeel::Matrix> run(const std::vector<evenkeel::Matrix>& in,
                                    const evenkeel::Matrix& dy) const {
    evenkeel::Tape tape;
    std::vector<evenkeel::Var> x;
    for (const evenkeel::Matrix& input : in) x.push_back(tape.variable(input));
    const evenkeel::Var y = f(x);
    tape.backward(y, dy);
    std::vector<evenkeel::Matrix> results = {y.value()};
    for (const evenkeel::Var& input : x) {
      results.push_back(input.has_gradient() ? input.gradient() : evenkeel::Matrix());
    }
    return results;
  }

  /// In the body that is set (scopes.hpp): the first, the middle and the last entry of each input
  /// and of dy.
  void check() const {
    evenkeel::Tape tape;
    std::vector<evenkeel::Var> x;
    for (const evenkeel::Matrix& input : inputs) x.push_back(tape.constant(input));
    const evenkeel::Var y = f(x);
    const evenkeel::Matrix dy = evenkeel::Random(4).normal(y.rows(), y.cols());
    for (std::size_t k = 0; k <= inputs.size(); ++k) {
      const evenkeel::Index n = k < inputs.size() ? inputs[k].n_elem : dy.n_elem;
      for (const evenkeel::Index e : {evenkeel::Index{0}, n / 2, n - 1}) check(dy, k, e);
    }
  }

 private:
  void check(evenkeel::Matrix dy, std::size_t k, evenkeel::Index e) const {
    std::vector<evenkeel::Matrix> in = inputs;
    const bool in_dy = k == in.size();
    evenkeel::Scalar& entry = in_dy ? dy[e] : in[k][e];
    const std::vector<evenkeel::Matrix> before = run(in, dy);
    std::vector<arma::umat> moved;
    for (const evenkeel::Matrix& r : before) moved.emplace_back(size(r), arma::fill::zeros);
    const double low = last_is_positive && k + 1 == in.size() ? 0.3 : -7;
    for (const double value : {9.0, low, 0.7}) {
      entry = static_cast<evenkeel::Scalar>(value);
      const std::vector<evenkeel::Matrix> after = run(in, dy);
      for (std::size_t i = 0; i < after.size(); ++i) moved[i] += after[i] != before[i];
    }
    entry = arma::Datum<evenkeel::Scalar>::nan;
    const std::vector<evenkeel::Matrix> with_nan = run(in, dy);
    for (std::size_t i = 0; i < with_nan.size(); ++i) {
      const bool may_choose = i > 0 && !in_dy && only_chooses;
      for (evenkeel::Index j = 0; j < moved[i].n_elem; ++j) {
        BOOST_TEST_INFO_SCOPE(name << ", NaN in input " << k << " at " << e << ", result " << i
                                   << " at " << j);
        const bool is_nan = std::isnan(with_nan[i][j]);
        if (moved[i][j] && !may_choose) BOOST_TEST(is_nan);
        if (!moved[i][j] && !times_zero) BOOST_TEST(!is_nan);
      }
    }
  }
};

}  // namespace evenkeel_test
