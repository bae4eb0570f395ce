// The verdict in words.

#include <fmt/format.h>

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

std::string in_numbers(const Evidence& evidence, const Verdict& verdict) {
  const Fit& fit = verdict.against_right;
  const double has = evidence.y().values[fit.at];
  return fmt::format(
      "    the file has {} = {:.7g}, the right formula gives {:.7g} (rounding "
      "explains {:.2g})\n",
      place("y", fit.at, evidence.y().shape), has, has - fit.difference, fit.tolerance);
}

std::string about(const Evidence& evidence, const Verdict& verdict, const Mistake& mistake) {
  std::string text = fmt::format("\n  {}: {}\n    right: {}\n    here:  {}\n", mistake.id,
                                 mistake.says, mistake.right, mistake.wrong);
  if (mistake.id == "wrong_axis" && verdict.right) {
    text += fmt::format("    meant: over {}\n", over(*verdict.right, evidence.x().shape));
  }
  if (mistake.seen == Seen::in_y && verdict.right) text += in_numbers(evidence, verdict);
  for (const Check& check : verdict.checks) {
    const bool here = std::ranges::find(check.mistakes, mistake.id) != check.mistakes.end();
    if (!here || check.right.worst == 0) continue;
    const Array& array = *evidence.find(check.quantity);
    const double has = array.values[check.right.at];
    text += fmt::format(
        "    the file has {} = {:.7g}, the right formula gives {:.7g} (rounding "
        "explains {:.2g})\n",
        place(check.quantity, check.right.at, array.shape), has, has - check.right.difference,
        check.right.tolerance);
  }
  if (!mistake.source.empty()) text += fmt::format("    seen in {}\n", mistake.source);
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
