#pragma once
// One NaN or Inf in an input, or in the upstream gradient, reaches what depends on that entry and
// nothing else, forward and backward. What depends is found by changing the entry to other numbers
// and looking at what moves.

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "bodies.hpp"

namespace evenkeel_test {

struct NotFinite {
  std::string name;
  Function f;
  std::vector<evenkeel::Matrix> inputs;
  /// Backward looks at x to choose, as relu's does: a NaN in x need not be in dx.
  bool only_chooses = false;
  /// Something is multiplied by 0 that a NaN or Inf makes NaN: a mask, a padding. Of such zeros the
  /// kernels have more, around an image, or fewer: they leave out keys that no query looks at.
  bool times_zero = false;
  bool last_is_positive = false;  // of the inputs
  /// The kernel adds infinities in another order, or takes a factor out of a sum of them: where one
  /// body has Inf, the other may have NaN. Inf in dy, or in gamma.
  bool inf_may_be_nan = false;

  /// The first, the middle and the last entry of each input and of dy: NaN, in both bodies.
  void check_nan() const {
    each_entry([this](const Place& place) {
      for (const evenkeel::Kernels which : bodies) {
        const WithKernels scope(which);
        check_nan(place);
      }
    });
  }

  /// Likewise ±Inf; and both bodies make the same numbers, infinities and NaNs of it.
  void check_inf() const {
    each_entry([this](const Place& place) {
      check_inf(place, 1);
      if (!is_positive(place)) check_inf(place, -1);
    });
  }

 private:
  using Matrices = std::vector<evenkeel::Matrix>;
  static constexpr evenkeel::Kernels bodies[] = {evenkeel::Kernels::plain, evenkeel::Kernels::fast};

  // Entry e of input k; or of dy, which comes after the inputs.
  struct Place {
    evenkeel::Matrix dy;
    std::size_t k;
    evenkeel::Index e;
  };

  template <class Check>
  void each_entry(Check check) const {
    evenkeel::Tape tape;
    std::vector<evenkeel::Var> x;
    for (const evenkeel::Matrix& input : inputs) x.push_back(tape.constant(input));
    const evenkeel::Var y = f(x);
    const evenkeel::Matrix dy = evenkeel::Random(4).normal(y.rows(), y.cols());
    for (std::size_t k = 0; k <= inputs.size(); ++k) {
      const evenkeel::Index n = k < inputs.size() ? inputs[k].n_elem : dy.n_elem;
      for (const evenkeel::Index e : {evenkeel::Index{0}, n / 2, n - 1}) check(Place{dy, k, e});
    }
  }

  /// y, then the gradient of each input (empty where f ignores it), with that entry.
  Matrices run(const Place& place, double entry) const {
    Matrices in = inputs;
    in.push_back(place.dy);
    in[place.k][place.e] = static_cast<evenkeel::Scalar>(entry);
    evenkeel::Tape tape;
    std::vector<evenkeel::Var> x;
    for (std::size_t i = 0; i < inputs.size(); ++i) x.push_back(tape.variable(in[i]));
    const evenkeel::Var y = f(x);
    tape.backward(y, in.back());
    Matrices results = {y.value()};
    for (const evenkeel::Var& input : x) {
      results.push_back(input.has_gradient() ? input.gradient() : evenkeel::Matrix());
    }
    return results;
  }

  Matrices run_as_it_is(const Place& place) const {
    const evenkeel::Matrix& held = place.k < inputs.size() ? inputs[place.k] : place.dy;
    return run(place, static_cast<double>(held[place.e]));
  }

  bool is_positive(const Place& place) const {
    return last_is_positive && place.k + 1 == inputs.size();
  }

  std::vector<arma::umat> moved_by(const Place& place) const {
    const Matrices before = run_as_it_is(place);
    std::vector<arma::umat> moved;
    for (const evenkeel::Matrix& r : before) moved.emplace_back(size(r), arma::fill::zeros);
    for (const double value : {9.0, is_positive(place) ? 0.3 : -7, 0.7}) {
      const Matrices after = run(place, value);
      for (std::size_t i = 0; i < after.size(); ++i) moved[i] += after[i] != before[i];
    }
    return moved;
  }

  void check_nan(const Place& place) const {
    const std::vector<arma::umat> moved = moved_by(place);
    const Matrices with_nan = run(place, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < with_nan.size(); ++i) {
      const bool may_choose = i > 0 && place.k < inputs.size() && only_chooses;
      for (evenkeel::Index j = 0; j < moved[i].n_elem; ++j) {
        BOOST_TEST_INFO_SCOPE(name << ", NaN in input " << place.k << " at " << place.e
                                   << ", result " << i << " at " << j);
        const bool is_nan = std::isnan(with_nan[i][j]);
        if (moved[i][j] && !may_choose) BOOST_TEST(is_nan);
        if (!moved[i][j] && !times_zero) BOOST_TEST(!is_nan);
      }
    }
  }

  // What Inf makes finite is near what a large number makes; what it makes infinite, a large number
  // makes larger, of the same sign.
  void check_inf(const Place& place, double sign) const {
    std::vector<arma::umat> moved;
    Matrices of_body[2];
    for (const evenkeel::Kernels which : bodies) {
      const WithKernels scope(which);
      moved = moved_by(place);
      const Matrices before = run_as_it_is(place), large = run(place, sign * 1e12);
      Matrices& results = of_body[which == evenkeel::Kernels::fast];
      results = run(place, sign * std::numeric_limits<double>::infinity());
      for (std::size_t i = 0; i < results.size(); ++i) {
        for (evenkeel::Index j = 0; j < moved[i].n_elem; ++j) {
          const double is = double(results[i][j]), was = double(before[i][j]);
          const double limit = double(large[i][j]);
          if (!moved[i][j] && is == was) continue;
          BOOST_TEST_INFO_SCOPE(name << ", " << sign << " Inf in input " << place.k << " at "
                                     << place.e << ", result " << i << " at " << j << ": " << was
                                     << ", " << limit << " of a large number, now " << is);
          if (!moved[i][j] && !times_zero) BOOST_TEST(is == was);
          if (std::isfinite(is)) BOOST_TEST(std::abs(is - limit) < 1e-3 * (1 + std::abs(is)));
          if (std::isinf(is)) BOOST_TEST((is > 0 ? limit > was : limit < was));
        }
      }
    }
    for (std::size_t i = 0; i < of_body[0].size(); ++i) {
      for (evenkeel::Index j = 0; j < of_body[0][i].n_elem; ++j) {
        const double plain = double(of_body[0][i][j]), fast = double(of_body[1][i][j]);
        if (plain == fast) continue;
        BOOST_TEST_INFO_SCOPE(name << ", " << sign << " Inf in input " << place.k << " at "
                                   << place.e << ", result " << i << " at " << j << ": " << plain
                                   << " in the plain body, " << fast << " in the fast one");
        const bool one_is_nan = std::isnan(plain) || std::isnan(fast);
        if (times_zero && !moved[i][j] && one_is_nan) continue;
        BOOST_TEST(std::isfinite(plain) == std::isfinite(fast));
        if (inf_may_be_nan && one_is_nan) continue;
        BOOST_TEST(std::isnan(plain) == std::isnan(fast));
        if (std::isinf(plain)) BOOST_TEST(plain == fast);
      }
    }
  }
};

}  // namespace evenkeel_test
