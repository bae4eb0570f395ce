#include "trace/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/variants/batch_renorm.hpp"

namespace evenkeel {

namespace {

const Matrix& input(const Tape& tape, const Node& node, std::size_t k) {
  return tape.node(node.inputs[k]).value();
}

// The lines of a norm as it was called: with or without centering, gamma, beta, own statistics.
Formula formula_of_norm(const Normalize& op, bool gamma, bool beta) {
  const bool centred = op.given || op.centering == Centering::subtract_mean;
  const std::string deviation = centred ? "(x − mean)" : "x";
  Formula f;
  f.inputs = {"x"};
  if (gamma) f.inputs.push_back("gamma");
  if (beta) f.inputs.push_back("beta");
  if (!op.given && centred) f.forward.push_back({"mean", "mean(x)", "of each tile", "mean"});
  if (op.given) {
    f.forward = {{"mean", "running_mean", "given, not measured here", "mean"},
                 {"rstd", "1/√(running_var + eps)", "given as well", "rstd"}};
  } else {
    const std::string square = centred ? "variance" : "mean_square";
    f.forward.push_back({square, fmt::format("mean({}²)", deviation), "of each tile"});
    f.forward.push_back(
        {"rstd", fmt::format("1/√({} + eps)", square), "eps inside the root", "rstd"});
  }
  f.forward.push_back({"xhat", deviation + " ⊙ rstd",
                       op.given ? "with given statistics" : "mean 0 and variance 1 in each tile",
                       deviation + " ⊙ rstd"});
  if (!centred) f.forward.back().words = "mean square 1 in each tile";
  const std::string y = std::string(gamma ? "gamma ⊙ " : "") + "xhat" + (beta ? " + beta" : "");
  f.forward.push_back({"y", y, gamma ? "a scale of each channel" : ""});
  if (beta) f.forward.back().words += ", and a shift";
  f.whole_forward = fmt::format("xhat = {} ⊙ rstd", deviation);

  if (beta) f.backward.push_back({"dbeta", "Σ dy", "over all that beta was added to"});
  if (gamma) f.backward.push_back({"dgamma", "Σ dy ⊙ xhat", "over all that gamma scaled"});
  f.backward.push_back({"dxhat", gamma ? "gamma ⊙ dy" : "dy", "back through the scale", "dxhat"});
  if (op.given) {
    f.backward.push_back({"dx", "rstd ⊙ dxhat", "the statistics do not depend on x"});
    return f;
  }
  if (centred) {
    f.backward.push_back(
        {"mean_dxhat", "mean(dxhat)",
         "what moving x does by way of the mean: taking it away makes dx sum to 0 in each tile",
         "mean(dxhat)"});
  }
  f.backward.push_back(
      {"mean_dxhat_xhat", "mean(dxhat ⊙ xhat)",
       centred ? "by way of the variance: taking it away makes dx orthogonal to xhat in each tile"
               : "what moving x does by way of the root mean square: taking it away makes dx "
                 "orthogonal to xhat in each tile",
       "mean(dxhat ⊙ xhat)"});
  const std::string dx =
      fmt::format("rstd ⊙ (dxhat{} − xhat ⊙ mean_dxhat_xhat)", centred ? " − mean_dxhat" : "");
  f.backward.push_back({"dx", dx,
                        centred
                            ? "rstd: the wider a tile is spread, the less a step of x moves xhat"
                            : "rstd: the larger x is, the less a step of it moves xhat"});
  if (centred) f.backward.push_back({"sum_dx", "Σ dx of each tile", "0, but for rounding"});
  f.backward.push_back({"sum_dx_xhat", "Σ dx ⊙ xhat of each tile", "0, but for eps"});
  f.whole_backward = fmt::format("dx = rstd ⊙ (dxhat{} − xhat ⊙ mean(dxhat ⊙ xhat))",
                                 centred ? " − mean(dxhat)" : "");
  return f;
}

// Its own three lines in place of the norm's last, and r where the norm has gamma.
Formula formula_of_batch_renorm(const Normalize& batch) {
  Formula f = formula_of_norm(batch, false, false);
  f.forward.back() = {"sigma", "√(running_var + eps)", "before this batch"};
  f.forward.push_back({"r", "1/(rstd ⊙ sigma)", "clipped to [1/r_max, r_max]"});
  f.forward.push_back({"d", "(mean − running_mean) / sigma", "clipped to [−d_max, d_max]"});
  f.forward.push_back({"y", "r ⊙ xhat + d", "unclipped: (x − running_mean) / sigma"});
  f.backward.front() = {"dxhat", "r ⊙ dy", "r and d count as constants", "dxhat"};
  return f;
}

Explanation explain_norm(const Tape& tape, const Node& node, const Normalize& op,
                         const Matrix* gamma, Formula formula) {
  const Matrix& x = input(tape, node, 0);
  Explanation e{std::move(formula), {}, {}};
  const Matrix xhat = (x - broadcast(op.mean, op.tile)) % broadcast(op.rstd, op.tile);
  e.forward = {{"mean", op.mean},
               {"variance", op.variance},
               {"mean_square", op.variance},
               {"rstd", op.rstd},
               {"xhat", xhat}};
  if (!node.has_gradient) return e;

  Matrix dxhat = node.gradient();
  if (gamma) dxhat %= broadcast(*gamma, {x.n_rows / gamma->n_rows, x.n_cols});
  e.backward["dxhat"] = dxhat;
  e.backward["mean_dxhat"] = tile_mean(dxhat, op.tile);
  e.backward["mean_dxhat_xhat"] = tile_mean(dxhat % xhat, op.tile);
  Matrix dx = dxhat;
  if (!op.given) {
    if (op.centering == Centering::subtract_mean) {
      dx -= broadcast(e.backward["mean_dxhat"], op.tile);
    }
    dx -= xhat % broadcast(e.backward["mean_dxhat_xhat"], op.tile);
  }
  dx %= broadcast(op.rstd, op.tile);
  e.backward["dx"] = dx;
  e.backward["sum_dx"] = tile_sum(dx, op.tile);
  e.backward["sum_dx_xhat"] = tile_sum(dx % xhat, op.tile);
  return e;
}

Explanation explain_softmax(const Tape& tape, const Node& node) {
  const Matrix& x = input(tape, node, 0);
  Explanation e{formula_of("softmax", 1), {}, {}};
  if (x.is_empty()) return e;
  const Matrix largest = arma::max(x, 0);
  e.forward = {{"largest", largest}, {"e", arma::exp(x.each_row() - largest)}};
  if (node.has_gradient) {
    e.backward["mean_dy"] = arma::sum(node.value() % node.gradient(), 0);
  }
  return e;
}

// What the formula calls the inputs: as many names as there are inputs.
std::vector<std::string> names_of_inputs(const Formula& formula, std::size_t count) {
  const std::vector<std::string>& known = formula.inputs;
  if (count == 1 && known.size() > 1) {  // stacked: q, k and v in one
    return {fmt::format("{}", fmt::join(known, ""))};
  }
  std::vector<std::string> names(known.begin(), known.begin() + std::min(count, known.size()));
  for (std::size_t k = names.size(); k < count; ++k) {
    names.push_back(count == 1 ? "x" : fmt::format("x{}", k + 1));
  }
  return names;
}

// Keeps the lines of gradients of inputs that are there and want one, and adds those that miss.
void fit_backward(const Tape& tape, const Node& node, const std::vector<std::string>& all_inputs,
                  Formula& f) {
  std::vector<std::string> gradients, wanted;
  for (const std::string& name : all_inputs) gradients.push_back("d" + name);
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (tape.node(node.inputs[k]).has_gradient) wanted.push_back("d" + f.inputs[k]);
  }
  std::erase_if(f.backward, [&](const FormulaLine& line) {
    return std::ranges::count(gradients, line.symbol) > 0 &&
           std::ranges::count(wanted, line.symbol) == 0;
  });
  for (const std::string& symbol : wanted) {
    if (std::ranges::count(f.backward, symbol, &FormulaLine::symbol) > 0) continue;
    f.backward.push_back({symbol, "", ""});
  }
}

}  // namespace

Explanation explain(const Tape& tape, Index index) {
  const Node& node = tape.node(index);
  Explanation e;
  if (const auto* norm = dynamic_cast<const Normalize*>(node.op.get())) {
    const Matrix* gamma = node.inputs.size() > 1 ? &input(tape, node, 1) : nullptr;
    e = explain_norm(tape, node, *norm, gamma,
                     formula_of_norm(*norm, gamma, node.inputs.size() > 2));
  } else if (const auto* renorm = dynamic_cast<const BatchRenormalize*>(node.op.get())) {
    e = explain_norm(tape, node, renorm->batch, &renorm->r, formula_of_batch_renorm(renorm->batch));
    e.forward.insert({{"sigma", renorm->sigma}, {"r", renorm->r}, {"d", renorm->d}});
  } else if (node.kind() == "softmax") {
    e = explain_softmax(tape, node);
  } else {
    e.formula = formula_of(node.kind(), node.inputs.size());
  }
  if (e.formula.forward.empty()) e.formula.forward = {{"y", "", ""}};
  const std::vector<std::string> all_inputs = e.formula.inputs;
  e.formula.inputs = names_of_inputs(e.formula, node.inputs.size());
  fit_backward(tape, node, all_inputs, e.formula);
  return e;
}

}  // namespace evenkeel
