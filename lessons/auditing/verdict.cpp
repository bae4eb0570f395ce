#include "verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "mistakes.hpp"

namespace evenkeel::audit {

using Json = nlohmann::ordered_json;

namespace {

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

bool is_finite(const Array& array) {
  return std::ranges::all_of(array.values, [](double v) { return std::isfinite(v); });
}

// y against the right formula, to the end: for the place where it is furthest off.
Fit against(const Evidence& evidence, const Explanation& right) {
  const Inputs inputs = right.inputs(evidence);
  const double unit = std::max(evidence.x().unit, evidence.y().unit);
  Fit fit = compare(evidence.y(), evidence.valid, unit, INFINITY,
                    [&](std::size_t i) { return predict(right.formula, inputs, i); });
  const double limit = rounding_limit(right.tiles->largest_n(), unit);
  fit.tolerance = limit * (unit * predict(right.formula, inputs, fit.at).rounding);
  return fit;
}

void add_checks(const Evidence& evidence, Verdict& verdict) {
  const Explanation &found = *verdict.found, &right = *verdict.right;
  verdict.checks = check_running(evidence, found, right);
  if (std::optional<Check> dx = check_dx(evidence, found, right)) verdict.checks.push_back(*dx);
  for (Check& check : check_sums(evidence, found, right)) verdict.checks.push_back(check);
  if (found.variant.cut.groups > 0 && found.tiles->largest_n() == 1 && !evidence.num_groups) {
    Check groups;
    groups.quantity = "groups";
    groups.reason =
        "there is no num_groups, and where each number is a group y is beta, whatever x is";
    verdict.checks.push_back(groups);
  }
  for (const Check& check : verdict.checks) {
    // With a wrong y, who knows how the rest was computed.
    const bool blame = check.reason.empty() && !check.explained && found.mistakes.empty();
    if (blame) verdict.mistakes.push_back("unexplained");
    verdict.mistakes.insert(verdict.mistakes.end(), check.mistakes.begin(), check.mistakes.end());
  }
}

// What a file without an explanation was to be: the declared norm, or the first that fits.
std::optional<Explanation> declared(const Evidence& evidence) {
  if (evidence.norm == Norm::unknown) return {};
  for (const Variant& variant : variants_of(evidence)) {
    if (variant.norm != evidence.norm || !variant.mistakes.empty()) continue;
    Explanation right = starts_of(evidence, variant).front();
    right.formula = right_formula(evidence, variant.norm, evidence.eps.value_or(1e-5));
    return right;
  }
  return {};
}

}  // namespace

Verdict audit(const Evidence& evidence) {
  Verdict verdict;
  // Where several explain y, the rest of the file tells which of them it is.
  for (const Explanation& found : explain_y(evidence)) {
    Verdict next;
    next.found = found;
    next.mistakes = found.mistakes;
    next.right = right_for(evidence, found);
    add_checks(evidence, next);
    if (!verdict.found || next.mistakes.size() < verdict.mistakes.size()) verdict = std::move(next);
  }
  if (!verdict.found) {
    verdict.right = declared(evidence);
    verdict.mistakes.push_back(is_finite(evidence.y()) ? "unexplained" : "not_finite");
  }
  if (verdict.right) verdict.against_right = against(evidence, *verdict.right);
  std::vector<std::string> in_order;
  for (const Mistake& mistake : mistakes()) {
    if (has(verdict.mistakes, std::string(mistake.id))) in_order.emplace_back(mistake.id);
  }
  verdict.mistakes = in_order;
  return verdict;
}

std::string place(const std::string& name, std::size_t at, const Shape& shape) {
  std::vector<std::size_t> index(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; at /= shape[d]) index[d] = at % shape[d];
  return fmt::format("{}[{}]", name, fmt::join(index, ", "));
}

// --- JSON ----------------------------------------------------------------------------------------

namespace {

// JSON has no NaN.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

const char* precision_name(double unit) {
  return unit < 1e-12 ? "float64" : unit < 1e-6 ? "float32" : unit < 1e-3 ? "float16" : "bfloat16";
}

Json y_figures(const Evidence& evidence, const Verdict& verdict) {
  Json y;
  if (verdict.found) {
    y["residual"] = number(std::abs(verdict.found->fit.difference));
    y["tolerance"] = number(verdict.found->fit.tolerance);
  }
  if (verdict.right) {
    y["residual_of_right_formula"] = number(std::abs(verdict.against_right.difference));
    y["tolerance_of_right_formula"] = number(verdict.against_right.tolerance);
    y["at"] = place("y", verdict.against_right.at, evidence.y().shape);
  }
  return y;
}

Json check_figures(const Check& check) {
  if (!check.reason.empty()) return {{"checked", false}, {"why", check.reason}};
  return {{"checked", true},
          {"explained", check.explained},
          {"mistakes", check.mistakes},
          {"residual", number(std::abs(check.fit.difference))},
          {"tolerance", number(check.fit.tolerance)}};
}

Json figures(const Evidence& evidence, const Verdict& verdict) {
  Json result;
  if (verdict.found) {
    const Explanation& found = *verdict.found;
    result["eps"] = found.formula.eps;
    result["eps_source"] = evidence.eps == found.formula.eps ? "metadata" : "found";
    result["n"] = found.tiles->largest_n();
    result["tiles"] = found.tiles->tiles.size();
    result["precision"] = precision_name(found.unit);
    result["statistics"] = found.source == Source::batch ? "batch" : "running";
    if (found.variant.cut.groups > 0) result["num_groups"] = found.variant.cut.groups;
  }
  if (verdict.right && verdict.right->tiles) {
    result["axes_meant"] = verdict.right->variant.cut.axes;
  }
  result["y"] = y_figures(evidence, verdict);
  std::vector<std::string> checked = {"y"}, not_checked;
  for (const Check& check : verdict.checks) {
    result[check.quantity] = check_figures(check);
    (check.reason.empty() ? checked : not_checked).push_back(check.quantity);
  }
  result["checked"] = checked;
  result["not_checked"] = not_checked;
  result["ignored"] = evidence.ignored;
  if (!evidence.valid.empty()) {
    result["padding"] = evidence.padding_is_told ? "by the mask" : "zeros at the ends";
  }
  return result;
}

}  // namespace

Json to_json(const Evidence& evidence, const Verdict& verdict) {
  const Explanation* known = verdict.found   ? &*verdict.found
                             : verdict.right ? &*verdict.right
                                             : nullptr;
  Json json;
  json["norm"] = known ? Json(to_string(known->variant.norm)) : Json(nullptr);
  json["axes"] = known ? Json(known->variant.cut.axes) : Json::array();
  json["right"] = verdict.is_right();
  json["mistakes"] = verdict.mistakes;
  json["figures"] = figures(evidence, verdict);
  return json;
}

}  // namespace evenkeel::audit
