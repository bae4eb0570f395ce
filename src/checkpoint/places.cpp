#include "checkpoint/places.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "base/text.hpp"

namespace evenkeel::checkpoint {

using text::in_quotes;
namespace fs = std::filesystem;

namespace {

using Dimensions = std::vector<std::uint64_t>;

Dimensions dimensions_of(const fs::path& path, const NamedBuffer& place) {
  const auto [rows, cols] = shape_of(*place.buffer);
  const auto& [layout, shape] = place.form;
  Dimensions dimensions(shape.begin(), shape.end());
  if (shape.empty() && layout == TensorForm::by_columns) dimensions = {cols, rows};
  if (shape.empty() && layout == TensorForm::by_rows) dimensions = {rows, cols};
  if (shape.empty() && layout == TensorForm::by_rows && cols == 1) dimensions = {rows};
  std::uint64_t size = 1;
  for (const std::uint64_t dimension : dimensions) size *= dimension;
  if (size == rows * cols) return dimensions;
  reject(path, "tensor {}: its form ({}) does not hold a {} matrix", in_quotes(place.name),
         fmt::join(dimensions, ", "), to_string(shape_of(*place.buffer)));
}

Tensor tensor_of(const fs::path& path, const NamedBuffer& place) {
  const bool counts = place.form.layout == TensorForm::count;
  Tensor tensor{place.name, counts ? "I64" : scalar_dtype, dimensions_of(path, place), {}};
  const auto keep = [&](const auto& numbers) {
    const char* first = reinterpret_cast<const char*>(numbers.memptr());
    tensor.data.assign(first, first + numbers.n_elem * sizeof(numbers[0]));
  };
  if (counts) {
    keep(arma::conv_to<arma::Mat<std::int64_t>>::from(*place.buffer));
  } else {
    keep(place.form.layout == TensorForm::by_rows ? Matrix(place.buffer->st()) : *place.buffer);
  }
  return tensor;
}

Scalar from_bfloat16(std::uint16_t bits) {  // the upper half of a float
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// IEEE half: sign, 5 bits of exponent, 10 of fraction; a float's exponent counts from 127, not 15.
Scalar from_half(std::uint16_t bits) {
  float size = std::bit_cast<float>((bits & 0x7FFFu) << 13) * 0x1p112F;
  if (size >= 0x1p16F) size = bits & 1023 ? NAN : INFINITY;
  return std::copysign(size, bits & 0x8000 ? -1.0F : 1.0F);
}

// The tensor's numbers, stored as `Stored`, in the order of the file.
template <class Stored>
Matrix stored_numbers(
    const Tensor& tensor,
    Scalar (*number)(Stored) = [](Stored stored) { return static_cast<Scalar>(stored); }) {
  const arma::Col<Stored> stored(reinterpret_cast<const Stored*>(tensor.data.data()),
                                 tensor.data.size() / sizeof(Stored));
  Matrix x(stored.n_elem, 1);
  std::transform(stored.begin(), stored.end(), x.begin(), number);
  return x;
}

// In the order of the file, n × 1, rounded to Scalar.
Matrix numbers_in(const fs::path& path, const Tensor& tensor, bool counts) {
  if (counts && tensor.dtype == "I64") return stored_numbers<std::int64_t>(tensor);
  if (counts && tensor.dtype == "I32") return stored_numbers<std::int32_t>(tensor);
  if (!counts && tensor.dtype == "F64") return stored_numbers<double>(tensor);
  if (!counts && tensor.dtype == "F32") return stored_numbers<float>(tensor);
  if (!counts && tensor.dtype == "F16") return stored_numbers(tensor, from_half);
  if (!counts && tensor.dtype == "BF16") return stored_numbers(tensor, from_bfloat16);
  reject(path, "tensor {}: its dtype is {}, expected {}", in_quotes(tensor.name), tensor.dtype,
         counts ? "I64 or I32" : "F64, F32, F16 or BF16");
}

Matrix matrix_of(const fs::path& path, const Tensor& tensor, const NamedBuffer& place) {
  const Dimensions expected = dimensions_of(path, place);
  if (tensor.shape != expected) {
    reject(path, "tensor {}: its shape is ({}), expected ({})", in_quotes(tensor.name),
           fmt::join(tensor.shape, ", "), fmt::join(expected, ", "));
  }
  const Shape shape = shape_of(*place.buffer);
  Matrix x = numbers_in(path, tensor, place.form.layout == TensorForm::count);
  if (place.form.layout != TensorForm::by_rows) return arma::reshape(x, shape.rows, shape.cols);
  x.reshape(shape.cols, shape.rows);
  return x.st();
}

// "; 7 missing: "a", "b", "c", "d", "e", "f" and 1 more"
std::string listed(std::vector<std::string> names, std::string_view what) {
  if (names.empty()) return "";
  const std::size_t count = names.size(), shown = std::min<std::size_t>(count, 6);
  names.resize(shown);
  for (std::string& name : names) name = in_quotes(name);
  return fmt::format("; {} {}: {}{}", count, what, fmt::join(names, ", "),
                     count > shown ? fmt::format(" and {} more", count - shown) : "");
}

using Pairs = std::vector<std::pair<const NamedBuffer*, const Tensor*>>;

// Each place and its tensor, by name. What is shared between places needs a tensor for one of them.
LoadReport match(const fs::path& path, const std::vector<Tensor>& tensors, const Places& places,
                 Fit fit, Pairs& pairs) {
  std::map<std::string_view, const Tensor*> left;
  for (const Tensor& tensor : tensors) left[tensor.name] = &tensor;
  std::set<const Matrix*> filled;
  LoadReport report;
  for (const NamedBuffer& place : places) {
    const auto found = left.find(place.name);
    if (found == left.end()) continue;
    const Tensor* tensor = found->second;
    if (fit == Fit::in_part && tensor->shape != dimensions_of(path, place)) continue;
    pairs.emplace_back(&place, tensor);
    filled.insert(place.buffer);
    report.taken.push_back(place.name);
    left.erase(found);
  }
  std::vector<std::string> needed;
  for (const auto& [name, matrix, form] : places) {
    if (filled.contains(matrix)) continue;
    report.missing.push_back(name);
    if (fit == Fit::exact || form.layout != TensorForm::count) needed.push_back(name);
  }
  for (const Tensor& tensor : tensors) {
    if (left.contains(tensor.name)) report.left.push_back(tensor.name);
  }
  const std::string wrong = listed(needed, "missing") + listed(report.left, "unexpected");
  if (fit == Fit::in_part ? pairs.empty() : !wrong.empty()) {
    reject(path, "its tensors are not this model's{}", wrong);
  }
  return report;
}

}  // namespace

Places places_of(Module& module) {
  Places places;
  for (const NamedParameter& p : module.named_parameters()) {
    places.push_back({p.name, &p.parameter->value, p.form});
  }
  for (const NamedBuffer& buffer : module.named_buffers()) places.push_back(buffer);
  return places;
}

Places once(Places places) {
  std::set<const Matrix*> seen;
  std::erase_if(places, [&](const NamedBuffer& p) { return !seen.insert(p.buffer).second; });
  return places;
}

void write_places(const fs::path& path, const Places& places, Metadata metadata) {
  TensorFile file{{}, std::move(metadata)};
  for (const NamedBuffer& place : once(places)) file.tensors.push_back(tensor_of(path, place));
  write_tensors(path, std::move(file));
}

LoadReport assign(const fs::path& path, const std::vector<Tensor>& tensors, const Places& places,
                  Fit fit) {
  Pairs pairs;
  const LoadReport report = match(path, tensors, places, fit, pairs);
  std::vector<Matrix> matrices;
  std::map<const Matrix*, const Tensor*> first;  // of those that share a matrix
  for (const auto& [place, tensor] : pairs) {
    matrices.push_back(matrix_of(path, *tensor, *place));
    const Tensor& same = *first.emplace(place->buffer, tensor).first->second;
    if (tensor->data == same.data) continue;
    reject(path, "tensor {}: the model shares it with {}, but the file's two differ",
           in_quotes(tensor->name), in_quotes(same.name));
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) *pairs[i].first->buffer = matrices[i];
  return report;
}

}  // namespace evenkeel::checkpoint

std::string evenkeel::to_string(const LoadReport& report) {
  return fmt::format("{} taken{}{}", report.taken.size(),
                     checkpoint::listed(report.left, "left in the file"),
                     checkpoint::listed(report.missing, "missing"));
}
