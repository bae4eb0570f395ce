// The sheet of formulas: one entry for each op that has no options to speak of. The norms' lines
// depend on their options and on what inputs they have: explain.cpp.

#include "evenkeel/trace/formula.hpp"

#include <fmt/format.h>

#include <map>

namespace evenkeel {

namespace {

using Lines = std::vector<FormulaLine>;

Formula of_x(std::string y, std::string words, std::string dx, std::string dx_words) {
  return {
      {{"y", std::move(y), std::move(words)}}, {{"dx", std::move(dx), std::move(dx_words)}}, {"x"}};
}

Formula of_a_and_b(std::string y, std::string words, std::string da, std::string db,
                   std::string backward_words) {
  return {{{"y", std::move(y), std::move(words)}},
          {{"da", std::move(da), backward_words}, {"db", std::move(db), backward_words}},
          {"a", "b"}};
}

const std::string copies = "where an input was repeated, its gradient is summed over the copies";

std::map<std::string, Formula, std::less<>> activations() {
  return {
      {"relu", of_x("max(x, 0)", "negative entries become 0", "dy ⊙ [x > 0]",
                    "the gradient passes where x was positive, and stops elsewhere")},
      {"leaky_relu", of_x("x where x > 0, slope·x elsewhere", "", "dy ⊙ (1 or slope)", "")},
      {"gelu", of_x("x ⊙ Φ(x)", "Φ: the normal distribution's cumulative probability",
                    "(Φ(x) + x ⊙ φ(x)) ⊙ dy", "φ: its density, Φ'")},
      {"gelu_tanh", of_x("x ⊙ s, s = (1 + tanh u)/2", "u = √(2/π)·(x + 0.044715 x³): near x ⊙ Φ(x)",
                         "(s + x ⊙ s ⊙ (1 − s) ⊙ 2u') ⊙ dy", "product rule")},
      {"silu", of_x("x ⊙ s, s = 1/(1 + exp(−x))", "", "s ⊙ (1 + x ⊙ (1 − s)) ⊙ dy",
                    "product rule, with s' = s(1 − s)")},
      {"tanh", of_x("tanh(x)", "", "(1 − y²) ⊙ dy", "from y alone: x is not needed")},
      {"sigmoid", of_x("1/(1 + exp(−x))", "", "y ⊙ (1 − y) ⊙ dy", "from y alone")},
      {"dropout", of_x("mask ⊙ x", "mask: 0 with probability p, else 1/(1 − p)", "mask ⊙ dy",
                       "the same mask")},
  };
}

std::map<std::string, Formula, std::less<>> element_by_element() {
  return {
      {"exp", of_x("exp(x)", "", "y ⊙ dy", "exp is its own derivative")},
      {"log", of_x("log(x)", "", "dy / x", "")},
      {"sqrt", of_x("√x", "", "dy / (2y)", "")},
      {"square", of_x("x²", "", "2x ⊙ dy", "")},
      {"pow", of_x("x to the power p", "", "p·x^(p − 1) ⊙ dy", "")},
      {"erf", of_x("erf(x)", "between −1 and 1", "2/√π exp(−x²) ⊙ dy", "the slope at x")},
      {"abs", of_x("|x|", "", "sign(x) ⊙ dy", "0 where x is 0")},
      {"scale", of_x("c·x", "", "c·dy", "")},
      {"shift", of_x("x + c", "", "dy", "a constant has no gradient")},
      {"add", of_a_and_b("a + b", "", "dy", "dy", copies)},
      {"subtract", of_a_and_b("a − b", "", "dy", "−dy", copies)},
      {"multiply", of_a_and_b("a ⊙ b", "entry by entry", "dy ⊙ b", "dy ⊙ a", copies)},
      {"divide", of_a_and_b("a / b", "entry by entry", "dy / b", "−dy ⊙ y / b", copies)},
  };
}

std::map<std::string, Formula, std::less<>> shapes_and_sums() {
  return {
      {"sum", of_x("Σ x", "", "dy, repeated", "every summand gets the whole gradient")},
      {"mean", of_x("Σ x / n", "", "dy / n, repeated", "each of the n entries gets its share")},
      {"tile_mean", of_x("the mean of each tile", "in every entry of the tile", "the mean of dy",
                         "of each tile: the mean is symmetric")},
      {"transpose", of_x("xᵀ", "", "dyᵀ", "")},
      {"reshape", of_x("x in another shape", "column after column", "dy in x's shape", "")},
      {"slice_rows", of_x("some rows of x", "", "dy in these rows, 0 elsewhere", "")},
      {"concatenate_rows", {{{"y", "the inputs below each other", ""}}, {}, {}}},
      {"gather", of_x("columns of x, by number", "an embedding's lookup", "dy added up by number",
                      "a column looked up twice gets both gradients")},
  };
}

std::map<std::string, Formula, std::less<>> products() {
  const std::string of_samples = "summed over the samples";
  return {
      {"matmul", of_a_and_b("a b", "the matrix product", "dy bᵀ", "aᵀ dy", "")},
      {"linear/2",
       {{{"y", "W x", "each column of x is a sample"}},
        {{"dx", "Wᵀ dy", "each input gets what it gave, weighted as it gave it"},
         {"dW", "dy xᵀ", of_samples}},
        {"x", "W"}}},
      {"linear",
       {{{"y", "W x + b", "each column of x is a sample; b is added to each"}},
        {{"dx", "Wᵀ dy", "each input gets what it gave, weighted as it gave it"},
         {"dW", "dy xᵀ", of_samples},
         {"db", "Σ dy", of_samples}},
        {"x", "W", "b"}}},
      {"conv2d",
       {{{"y", "W · patches(x)", "one product for all places where the window stands"}},
        {{"dx", "Wᵀ dy, added up where windows overlap", ""},
         {"dW", "dy patches(x)ᵀ", "summed over places and samples"}},
        {"x", "W"}}},
      {"channel_bias",
       {{{"y", "x + b of its channel", ""}},
        {{"dx", "dy", ""}, {"db", "Σ dy", "over positions and samples"}},
        {"x", "b"}}},
      {"max_pool", of_x("the largest of each window", "", "dy at the place of the largest",
                        "the others get 0; added up where windows overlap")},
      {"average_pool", of_x("the mean of each window", "", "dy / entries of the window",
                            "added up where windows overlap")},
      {"rotary", of_x("R(t) x", "turns pairs of features by an angle that grows with position t",
                      "R(−t) dy", "rotated back: R is orthogonal")},
      {"attention",
       {{{"y", "v softmax(kᵀ q / √d)",
          "of each head: values weighted by how well keys fit; no later keys where causal"}},
        {},
        {"q", "k", "v"}}},
  };
}

std::map<std::string, Formula, std::less<>> losses() {
  return {
      {"softmax",
       {{{"largest", "max of each column", "subtracted, so that exp cannot overflow"},
         {"e", "exp(x − largest)", ""},
         {"y", "e / Σ e", "each column sums to 1"}},
        {{"mean_dy", "Σ y ⊙ dy", "of each column, weighted by y"},
         {"dx", "y ⊙ (dy − mean_dy)", "each column of dx sums to 0"}},
        {"x"}}},
      {"log_softmax", of_x("x − log Σ exp(x)", "of each column", "dy − exp(y) Σ dy",
                           "each column of dx sums to 0")},
      {"cross_entropy",
       of_x("−mean(log softmax(x) at the target)",
            "over the samples; without label smoothing, weights or ignored targets",
            "(softmax(x) − one-hot target) / n · dy", "what was predicted less what was true")},
      {"mse",
       {{{"y", "mean((x − target)²)", ""}},
        {{"dx", "2 (x − target) / n · dy", ""}, {"dtarget", "2 (target − x) / n · dy", ""}},
        {"x", "target"}}},
  };
}

std::map<std::string, Formula, std::less<>>& sheet() {
  static std::map<std::string, Formula, std::less<>> all = [] {
    auto formulas = activations();
    formulas.merge(element_by_element());
    formulas.merge(shapes_and_sums());
    formulas.merge(products());
    formulas.merge(losses());
    return formulas;
  }();
  return all;
}

}  // namespace

const Formula& formula_of(std::string_view op, std::size_t inputs) {
  static const Formula none;
  auto found = sheet().find(fmt::format("{}/{}", op, inputs));
  if (found == sheet().end()) found = sheet().find(op);
  return found == sheet().end() ? none : found->second;
}

void add_formula(std::string op, Formula formula) {
  sheet().insert_or_assign(std::move(op), std::move(formula));
}

}  // namespace evenkeel
