#pragma once
// How an exercise is graded: parts with points, each a test that is drawn anew by a seed and says
// in words what is wrong. A part runs in a process of its own (isolate.hpp), so that what crashes,
// loops or eats memory costs this part alone.

#include <fmt/format.h>

#include "exercise.hpp"

namespace exercises {

struct Part {
  int points;
  std::string title;
  /// "" when it is right; else what is wrong. Draws its shapes and numbers itself; called a few
  /// times, up to the first time that something is wrong.
  std::function<std::string(Random&)> test;
  int times = 4;
};

/// Makes an exercise known; its folder is lessons/exercises/NAME.
bool add_exercise(const std::string& name, std::vector<Part> parts);

/// The student's function of this name. Throws when the file has none.
void* find_function(const char* name);
template <class Function>
Function& written(const char* name) {
  return *reinterpret_cast<Function*>(find_function(name));
}

/// A result that a known mistake leads to, and what to say then.
struct Mistake {
  Matrix result;
  std::string effect;
};

/// "" when `got` is `right`, up to `tolerance` of its largest entry. Else what is wrong with it:
/// shape, NaN, a known mistake, zeros, an input, a factor, a shift; at last the worst entry. `what`
/// names it: "dx". `inputs` are what it must not simply be.
std::string judge(std::string_view what, const Matrix& got, const Matrix& right,
                  const std::vector<Mistake>& mistakes = {},
                  const std::vector<std::pair<std::string, Matrix>>& inputs = {},
                  double tolerance = 1e-8);
std::string judge(std::string_view what, double got, double right,
                  const std::vector<std::pair<double, std::string>>& mistakes = {});

/// "Σdx = 0.83 in column 2": the largest sum of a column, or of a row, of `m`.
std::string column_sum(std::string_view what, const Matrix& m);
std::string row_sum(std::string_view what, const Matrix& m);

/// A number as a student reads it: three digits.
std::string number(double value);
std::string shape(const Matrix& m);

/// A whole number from low to high.
Index between(Random& random, Index low, Index high);
/// rows × cols, each row with a mean and a spread of its own.
Matrix draw(Random& random, Index rows, Index cols);

/// What a student's right answer is held against: each tile_rows × tile_cols of x made to mean 0
/// and variance 1, by plain loops; kept_mean: to mean square 1.
Matrix normalized(const Matrix& x, Index tile_rows, Index tile_cols, double eps,
                  bool keep_mean = false, Index fewer = 0);
/// dx of it for dxhat; the two terms can be left out.
struct Terms {
  bool mean = true;
  bool variance = true;
};
Matrix normalized_dx(const Matrix& x, const Matrix& dxhat, Index tile_rows, Index tile_cols,
                     double eps, bool keep_mean = false, Terms terms = {});

}  // namespace exercises
