// The verdict in words.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mistakes.hpp"
#include "verdict.hpp"

namespace evenkeel::audit {

namespace {

// "dimensions 0, 2 and 3 of (N, C, …) = (8, 4, 5, 5)"
std::string over(const Explanation& explanation, const Shape& x) {
  const std::vector<std::size_t>& axes = explanation.variant.cut.axes;
  std::string text = axes.size() == 1 ? "dimension " : "dimensions ";
  for (std::size_t i = 0; i < axes.size(); ++i) {
    text += i == 0 ? "" : i + 1 == axes.size() ? " and " : ", ";
    text += std::to_string(axes[i]);
  }
  text += " of x " + to_string(x);
  const std::size_t groups = explanation.variant.cut.groups;
  if (groups > 0)
    text += fmt::format(", in {} group{} of channels", groups, groups == 1 ? "" : "s");
  return text;
}

std::string name_of(Norm norm) {
  const char* names[] = {"no norm",   "LayerNorm",    "RMSNorm",
                         "BatchNorm", "InstanceNorm", "GroupNorm"};
  return names[static_cast<int>(norm)];
}

std::string what_it_is(const Evidence& evidence, const Verdict& verdict) {
  const Explanation& found = *verdict.found;
  std::string text =
      fmt::format("{} over {}", name_of(found.variant.norm), over(found, evidence.x().shape));
  if (found.source != Source::batch) text += ", by running statistics";
  text += fmt::format("; {} numbers share a mean{}", found.tiles->largest_n(),
                      found.variant.norm == Norm::rms_norm ? " square" : " and a variance");
  return text + fmt::format("; eps {:g}{}\n", found.formula.eps, evidence.eps ? "" : " (found)");
}

// What the file has where it is furthest from the right formula.
std::string in_numbers(const Evidence& evidence, const std::string& quantity, const Fit& fit) {
  if (fit.worst == 0) return "";
  const Array& array = *evidence.find(quantity);
  return fmt::format(
      "    the file has {} = {:.7g}, the right formula gives {:.7g} (rounding explains {:.2g})\n",
      place(quantity, fit.at, array.shape), array.values[fit.at], fit.expected, fit.tolerance);
}

// The means in dx make its sum over each tile vanish.
std::string sum_of_dx(const Evidence& evidence, const Verdict& verdict) {
  const Tiles& tiles = *verdict.right->tiles;
  std::vector<double> sums(tiles.tiles.size());
  const std::vector<double>& dx = evidence.find("dx")->values;
  for (std::size_t i = 0; i < dx.size(); ++i) sums[tiles.of[i]] += dx[i];
  const auto largest = std::ranges::max_element(sums, {}, [](double s) { return std::abs(s); });
  return fmt::format(
      "    the dx of numbers that share a mean should sum to 0; in tile {} they sum "
      "to {:.4g}\n",
      largest - sums.begin(), *largest);
}

bool is_about(const Check& check, const Mistake& mistake) {
  const bool named = std::ranges::find(check.mistakes, mistake.id) != check.mistakes.end();
  return named || (mistake.id == "unexplained" && check.reason.empty() && !check.explained);
}

std::string about(const Evidence& evidence, const Verdict& verdict, const Mistake& mistake) {
  std::string text = fmt::format("\n  {}: {}\n", mistake.id, mistake.says);
  if (mistake.id != "unexplained") {
    text += fmt::format("    right: {}\n    here:  {}\n", mistake.right, mistake.wrong);
  }
  if (mistake.id == "wrong_axis" && verdict.right) {
    text += fmt::format("    meant: over {}\n", over(*verdict.right, evidence.x().shape));
  }
  const std::vector<std::string> none, &in_y = verdict.found ? verdict.found->mistakes : none;
  const bool of_y = !verdict.found || std::ranges::find(in_y, mistake.id) != in_y.end();
  if (of_y && verdict.right) text += in_numbers(evidence, "y", verdict.against_right);
  for (const Check& check : verdict.checks) {
    if (is_about(check, mistake)) text += in_numbers(evidence, check.quantity, check.right);
  }
  if (mistake.id == "dx_without_mean_term") text += sum_of_dx(evidence, verdict);
  if (!mistake.source.empty()) text += fmt::format("    public case: {}\n", mistake.source);
  return text;
}

std::string what_was_checked(const Verdict& verdict) {
  std::string checked = "y", left_out;
  for (const Check& check : verdict.checks) {
    if (check.reason.empty()) checked += ", " + check.quantity;
    if (!check.reason.empty()) {
      left_out += fmt::format("  not checked: {}, for {}\n", check.quantity, check.reason);
    }
    if (check.reason.empty() && !check.explained) {
      left_out +=
          fmt::format("  {} fits neither the formula nor a known mistake\n", check.quantity);
    }
  }
  return fmt::format("  checked: {}\n{}", checked, left_out);
}

}  // namespace

std::string to_text(const Evidence& evidence, const Verdict& verdict) {
  std::string text;
  if (verdict.found) {
    text = what_it_is(evidence, verdict);
  } else {
    text = fmt::format("This is no norm that is known here, right or wrong: x {}\n",
                       to_string(evidence.x().shape));
  }
  text += verdict.is_right() ? "Right.\n" : verdict.found ? "Wrong:\n" : "";
  for (const std::string& id : verdict.mistakes) text += about(evidence, verdict, mistake(id));
  return text + (verdict.is_right() ? "" : "\n") + what_was_checked(verdict);
}

}  // namespace evenkeel::audit
