#include "matrices.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <set>

#include "header.hpp"

namespace evenkeel::checkpoint {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view scalar_dtype = sizeof(Scalar) == 8 ? "F64" : "F32";

std::vector<std::uint64_t> dimensions(const fs::path& file, const std::string& name, Shape shape,
                                      const TensorForm& form) {
  std::vector<std::uint64_t> dims(form.shape.begin(), form.shape.end());
  if (dims.empty() && form.layout == TensorForm::by_columns) dims = {shape.cols, shape.rows};
  if (dims.empty() && form.layout == TensorForm::by_rows) {
    dims = {shape.rows, shape.cols};
    if (shape.cols == 1) dims.pop_back();
  }
  std::uint64_t size = 1;
  for (const std::uint64_t dimension : dims) size *= dimension;
  if (size != shape.size()) {
    reject(file, fmt::format("tensor {}: its form ({}) does not hold a {} matrix", in_quotes(name),
                             fmt::join(dims, ", "), to_string(shape)));
  }
  return dims;
}

// A matrix lies in memory column after column.
Matrix in_file_order(const Matrix& x, const TensorForm& form) {
  return form.layout == TensorForm::by_rows ? Matrix(x.st()) : x;
}

template <class Number>
Number number_at(const Tensor& tensor, Index i) {
  Number number;
  std::memcpy(&number, tensor.data.data() + i * sizeof(Number), sizeof(Number));
  return number;
}

float from_bfloat16(std::uint16_t bits) {  // the upper half of a float
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float number;
  std::memcpy(&number, &wide, sizeof(number));
  return number;
}

float from_half(std::uint16_t bits) {  // IEEE: sign, 5 bits of exponent, 10 of fraction
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  float size = std::ldexp(static_cast<float>(fraction), -24);
  if (exponent == 31) size = fraction ? NAN : INFINITY;
  if (exponent > 0 && exponent < 31) {
    size = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return std::copysign(size, (bits & 0x8000) ? -1.0F : 1.0F);
}

// The numbers in their order, as the entries of x.
void fill(const fs::path& file, const Tensor& t, const TensorForm& form, Matrix& x) {
  const bool counts = form.layout == TensorForm::count;
  for (Index i = 0; i < x.n_elem; ++i) {
    if (counts && t.dtype == "I64") {
      x[i] = static_cast<Scalar>(number_at<std::int64_t>(t, i));
    } else if (!counts && t.dtype == "F64") {
      x[i] = static_cast<Scalar>(number_at<double>(t, i));
    } else if (!counts && t.dtype == "F32") {
      x[i] = static_cast<Scalar>(number_at<float>(t, i));
    } else if (!counts && t.dtype == "F16") {
      x[i] = static_cast<Scalar>(from_half(number_at<std::uint16_t>(t, i)));
    } else if (!counts && t.dtype == "BF16") {
      x[i] = static_cast<Scalar>(from_bfloat16(number_at<std::uint16_t>(t, i)));
    } else {
      reject(file, fmt::format("tensor {}: its dtype is {}, expected {}", in_quotes(t.name),
                               t.dtype, counts ? "I64" : "F64, F32, F16 or BF16"));
    }
  }
}

std::string list(const std::set<std::string>& names) {
  constexpr std::size_t most = 6;
  std::string text;
  std::size_t shown = 0;
  for (const std::string& name : names) {
    if (shown == most) break;
    text += (shown++ ? ", " : "") + in_quotes(name);
  }
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

void require_same_names(const fs::path& file, const TensorsByName& tensors,
                        const std::vector<Place>& places) {
  std::set<std::string> missing, unexpected;
  for (const Place& place : places) missing.insert(place.name);
  for (const auto& [name, tensor] : tensors) {
    if (missing.erase(name) == 0) unexpected.insert(name);
  }
  if (missing.empty() && unexpected.empty()) return;
  std::string text;
  if (!missing.empty()) text += fmt::format("{} missing: {}", missing.size(), list(missing));
  if (!missing.empty() && !unexpected.empty()) text += "; ";
  if (!unexpected.empty()) {
    text += fmt::format("{} unexpected: {}", unexpected.size(), list(unexpected));
  }
  reject(file, "it has not the tensors of this model; " + text);
}

bool same_bits(const Matrix& a, const Matrix& b) {
  return arma::size(a) == arma::size(b) &&
         std::memcmp(a.memptr(), b.memptr(), a.n_elem * sizeof(Scalar)) == 0;
}

}  // namespace

Tensor tensor_of(const fs::path& file, std::string name, const Matrix& x, const TensorForm& form) {
  const std::vector<std::uint64_t> dims = dimensions(file, name, shape_of(x), form);
  Tensor tensor{std::move(name), std::string(scalar_dtype), dims, {}};
  if (form.layout == TensorForm::count) {
    const auto number = static_cast<std::int64_t>(x[0]);
    tensor.dtype = "I64";
    tensor.data.resize(sizeof(number));
    std::memcpy(tensor.data.data(), &number, sizeof(number));
    return tensor;
  }
  const Matrix ordered = in_file_order(x, form);
  tensor.data.resize(ordered.n_elem * sizeof(Scalar));
  if (!tensor.data.empty()) {
    std::memcpy(tensor.data.data(), ordered.memptr(), tensor.data.size());
  }
  return tensor;
}

Matrix matrix_of(const fs::path& file, const Tensor& tensor, Shape shape, const TensorForm& form) {
  const std::vector<std::uint64_t> dims = dimensions(file, tensor.name, shape, form);
  if (tensor.shape != dims) {
    reject(file, fmt::format("tensor {}: its shape is ({}), expected ({})", in_quotes(tensor.name),
                             fmt::join(tensor.shape, ", "), fmt::join(dims, ", ")));
  }
  const bool by_rows = form.layout == TensorForm::by_rows;
  Matrix ordered(by_rows ? shape.cols : shape.rows, by_rows ? shape.rows : shape.cols,
                 arma::fill::none);
  fill(file, tensor, form, ordered);
  return in_file_order(ordered, form);
}

std::vector<Place> places_of(Module& module) {
  std::vector<Place> places;
  for (const NamedParameter& p : module.named_parameters()) {
    places.push_back({p.name, &p.parameter->value, p.form});
  }
  for (const NamedBuffer& b : module.named_buffers()) places.push_back({b.name, b.buffer, b.form});
  return places;
}

std::vector<Matrix> matrices_of(const fs::path& file, const TensorsByName& tensors,
                                const std::vector<Place>& places) {
  require_same_names(file, tensors, places);
  std::vector<Matrix> matrices;
  std::map<const Matrix*, std::size_t> seen;  // where a shared matrix came first
  for (const Place& place : places) {
    const Tensor& tensor = *tensors.at(place.name);
    matrices.push_back(matrix_of(file, tensor, shape_of(*place.matrix), place.form));
    const std::size_t first = seen.emplace(place.matrix, matrices.size() - 1).first->second;
    if (!same_bits(matrices[first], matrices.back())) {
      reject(file, fmt::format("tensor {}: the model shares it with {}, but the file's two differ",
                               in_quotes(place.name), in_quotes(places[first].name)));
    }
  }
  return matrices;
}

void assign(const std::vector<Place>& places, std::vector<Matrix>& matrices) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Matrix& from = matrices[i];
    std::copy(from.begin(), from.end(), places[i].matrix->begin());  // of one shape: checked
  }
}

}  // namespace evenkeel::checkpoint
