#pragma once
// Properties: what must hold for any matrix. RapidCheck draws matrices, and shrinks one that fails
// to the smallest that still does, and prints it. The draws are the same in every run;
// RC_PARAMS="max_success=100000 seed=7" in the environment makes many others.

#include <rapidcheck.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel_test {

inline constexpr bool wide = sizeof(evenkeel::Scalar) == 8;
inline constexpr int denormal = wide ? -1074 : -149;  ///< the exponent of the smallest number
inline constexpr double unit = evenkeel::machine_epsilon;

/// scale · (shift + units): entries of a few digits around a mean of up to 1e6 of them. Shrinks to
/// fewer rows and columns, to zeros and ones, to no shift and a scale of 1.
struct Drawn {
  evenkeel::Index rows = 1, cols = 1;
  std::vector<int> units;  // column by column
  int shift = 0;
  int exponent = 0;  // of the scale, a power of two: no digit is lost, but for denormals

  evenkeel::Matrix matrix() const {
    evenkeel::Matrix x(rows, cols);
    for (evenkeel::Index i = 0; i < x.n_elem; ++i) {
      x(i) = static_cast<evenkeel::Scalar>(std::ldexp(units[i] + shift, exponent));
    }
    return x;
  }
};

inline std::ostream& operator<<(std::ostream& out, const Drawn& drawn) {
  return out << drawn.rows << "×" << drawn.cols << ", shift " << drawn.shift << ", scale 2^"
             << drawn.exponent << ":\n"
             << drawn.matrix();
}

/// From `least` to `most`, which 0 lies between; shrinks to 0, where a range would to its least.
inline rc::Gen<int> around_zero(int least, int most) {
  const int shared = 2 * std::min(-least, most);  // 0, −1, 1, −2, 2, … until one side ends
  return rc::gen::map(rc::gen::inRange(0, most - least + 1), [=](int n) {
    if (n > shared) return -least > most ? shared / 2 - n : n - shared / 2;
    return n % 2 == 1 ? -(n + 1) / 2 : n / 2;
  });
}

/// As a size: mostly small, sometimes beyond the packs and blocks of the kernels.
inline rc::Gen<int> size_up_to(int most) {
  return rc::gen::weightedOneOf<int>(
      {{4, rc::gen::inRange(1, 9)}, {1, rc::gen::inRange(1, most + 1)}});
}

inline Drawn draw(evenkeel::Index rows, evenkeel::Index cols, int least_exponent,
                  int most_exponent) {
  Drawn drawn{rows, cols, {}, 0, 0};
  drawn.units = *rc::gen::container<std::vector<int>>(rows * cols, around_zero(-99, 99));
  drawn.shift = *rc::gen::element(0, 0, 1, -100, 10'000, 1'000'000);
  drawn.exponent = *rc::gen::oneOf(rc::gen::just(0), around_zero(least_exponent, most_exponent));
  return drawn;
}

/// Tries `property`, which throws by RC_ASSERT or `near`, with a few hundred draws.
template <class Property>
void holds(const std::string& what, Property property) {
  static const int fixed = setenv("RC_PARAMS", "seed=1 max_success=300", 0);
  BOOST_TEST(fixed == 0);
  BOOST_TEST(rc::check(what, property), what);
}

/// Says what was expected, and what came of which matrix.
inline void near(const std::string& what, double got, double expected, double tolerance,
                 const Drawn& of) {
  if (std::abs(got - expected) <= tolerance) return;
  std::ostringstream text;
  text << what << ": got " << got << ", expected " << expected << " ± " << tolerance << " for "
       << of;
  RC_FAIL(text.str());
}

}  // namespace evenkeel_test
