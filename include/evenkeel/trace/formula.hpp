#pragma once
// What each op computes, line by line, in symbols and in words: the formulas that the step view, a
// trace and docs/trace.md show.
//
//   relu      y  = max(x, 0)            negative entries become 0
//             dx = dy ⊙ [x > 0]         the gradient passes where x was positive
//
// An op of your own joins with one call, before its first trace:
//
//   add_formula("dyt", {{{"y", "tanh(alpha ⊙ x)", "squashes"}},
//                       {{"dx", "alpha ⊙ (1 − y²) ⊙ dy", ""}}, {"x", "alpha"}});

#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

/// "mean_dxhat = mean(dxhat)"
struct FormulaLine {
  std::string symbol;      ///< "mean_dxhat"
  std::string expression;  ///< "mean(dxhat)"
  std::string words;       ///< what it means, or why it is there
  std::string term = {};   ///< how the formula of the pass writes it, if that has one
};

/// An op's two passes. The last line of `forward` is the op's output, y. Lines of `backward` named
/// d + an input's name are that input's gradient; what else stands there leads to them.
struct Formula {
  std::vector<FormulaLine> forward, backward;
  std::vector<std::string> inputs;  ///< "x", "gamma"; without names: x, or x1, x2, … for several
  std::string whole_forward = {};   ///< the pass in one line, where the lines are its parts
  std::string whole_backward = {};
};

/// Of the op with this name (Op::name), called with so many inputs; no lines where none is known.
const Formula& formula_of(std::string_view op, std::size_t inputs);

/// Adds the formula of an op, or replaces it. "dyt/2" is for calls with two inputs alone.
void add_formula(std::string op, Formula formula);

}  // namespace evenkeel
