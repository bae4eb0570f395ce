#pragma once
// A question of the page and its answer, both JSON. What a question holds is not trusted: each
// number is read with its limits, and what does not fit is an Error that names it.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evenkeel/core/var.hpp"

namespace evenkeel::microscope {

using Json = nlohmann::json;

/// A whole number from `least` to `most`.
Index count(const Json& request, const char* name, Index least, Index most);
/// A finite number from `least` to `most`.
double number(const Json& request, const char* name, double least, double most);
std::string text(const Json& request, const char* name);
/// rows × cols finite numbers, column after column.
Matrix matrix(const Json& request, const char* name, Index rows, Index cols);

/// Numbers for the page, column after column. JSON has no NaN: it and the infinities are texts, as
/// in a trace (docs/trace.md).
Json numbers(const Matrix& x);
Json numbers(const std::vector<double>& x);

/// relu, leaky_relu, gelu, silu, tanh, sigmoid, or none.
Var activation(const std::string& name, Var x);

}  // namespace evenkeel::microscope
