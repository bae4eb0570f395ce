#include "request.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "evenkeel/ops/activation.hpp"

namespace evenkeel::microscope {

namespace {

const Json& at(const Json& request, const char* name) {
  require(request.is_object() && request.contains(name), "microscope", "'{}' is missing", name);
  return request.at(name);
}

Json one(double x) {
  if (std::isfinite(x)) return x;
  return std::isnan(x) ? "NaN" : x > 0 ? "Infinity" : "-Infinity";
}

}  // namespace

double number(const Json& request, const char* name, double least, double most) {
  const Json& value = at(request, name);
  const double got = value.is_number() ? value.get<double>() : NAN;
  require(got >= least && got <= most, "microscope", "{} must be a number from {} to {}, got {}",
          name, least, most, value.dump().substr(0, 40));
  return got;
}

Index count(const Json& request, const char* name, Index least, Index most) {
  const double got = number(request, name, static_cast<double>(least), static_cast<double>(most));
  require(got == std::floor(got), "microscope", "{} must be a whole number, got {}", name, got);
  return static_cast<Index>(got);
}

std::string text(const Json& request, const char* name) {
  const Json& value = at(request, name);
  require(value.is_string(), "microscope", "{} must be a text", name);
  return value.get<std::string>();
}

Matrix matrix(const Json& request, const char* name, Index rows, Index cols) {
  const Json& value = at(request, name);
  require(value.is_array() && value.size() == rows * cols, "microscope",
          "{} must be {} numbers, {}×{}, got {}", name, rows * cols, rows, cols, value.size());
  Matrix x(rows, cols);
  for (Index i = 0; i < x.n_elem; ++i) {
    const double entry = value[i].is_number() ? value[i].get<double>() : NAN;
    require(std::isfinite(entry), "microscope", "{} must hold numbers, got {}", name,
            value[i].dump().substr(0, 40));
    x[i] = entry;
  }
  return x;
}

Json numbers(const Matrix& x) {
  Json list = Json::array();
  for (const double entry : x) list.push_back(one(entry));
  return list;
}

Json numbers(const std::vector<double>& x) {
  Json list = Json::array();
  for (const double entry : x) list.push_back(one(entry));
  return list;
}

Var activation(const std::string& name, Var x) {
  if (name == "none") return x;
  if (name == "relu") return relu(x);
  if (name == "leaky_relu") return leaky_relu(x);
  if (name == "gelu") return gelu(x);
  if (name == "silu") return silu(x);
  if (name == "tanh") return tanh(x);
  if (name == "sigmoid") return sigmoid(x);
  fail("microscope", "there is no activation '{}'", name.substr(0, 40));
}

}  // namespace evenkeel::microscope
