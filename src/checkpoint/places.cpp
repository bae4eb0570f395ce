#include "checkpoint/places.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "checkpoint/tensor.hpp"

namespace evenkeel::checkpoint {

using text::in_quotes;
namespace fs = std::filesystem;

namespace {

using Dimensions = std::vector<std::uint64_t>;

Dimensions dimensions_of(const fs::path& path, const Place& place) {
  const auto [rows, cols] = shape_of(*place.matrix);
  const auto& [layout, shape] = place.form;
  Dimensions dimensions(shape.begin(), shape.end());
  if (shape.empty() && layout == TensorForm::by_columns) dimensions = {cols, rows};
  if (shape.empty() && layout == TensorForm::by_rows) dimensions = {rows, cols};
  if (shape.empty() && layout == TensorForm::by_rows && cols == 1) dimensions = {rows};
  std::uint64_t size = 1;
  for (const std::uint64_t dimension : dimensions) size *= dimension;
  if (size == rows * cols) return dimensions;
  reject(path, "tensor {}: its form ({}) does not hold a {} matrix", in_quotes(place.name),
         fmt::join(dimensions, ", "), to_string(shape_of(*place.matrix)));
}

Tensor tensor_of(const fs::path& path, const Place& place) {
  const bool counts = place.form.layout == TensorForm::count;
  Tensor tensor{place.name, counts ? "I64" : scalar_dtype, dimensions_of(path, place), {}};
  const auto keep = [&](const auto& numbers) {
    const char* first = reinterpret_cast<const char*>(numbers.memptr());
    tensor.data.assign(first, first + numbers.n_elem * sizeof(numbers[0]));
  };
  if (counts) {
    keep(arma::conv_to<arma::Mat<std::int64_t>>::from(*place.matrix));
  } else {
    keep(place.form.layout == TensorForm::by_rows ? Matrix(place.matrix->st()) : *place.matrix);
  }
  return tensor;
}

Matrix matrix_of(const fs::path& path, const Tensor& tensor, const Place& place) {
  const Dimensions expected = dimensions_of(path, place);
  if (tensor.shape != expected) {
    reject(path, "tensor {}: its shape is ({}), expected ({})", in_quotes(tensor.name),
           fmt::join(tensor.shape, ", "), fmt::join(expected, ", "));
  }
  const Shape shape = shape_of(*place.matrix);
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

using Pairs = std::vector<std::pair<const Place*, const Tensor*>>;

// Each place and the tensor of its name, where there is one; with `of_shape` only of its shape.
Pairs pairs_of(const fs::path& path, const std::vector<Place>& places,
               const std::vector<Tensor>& tensors, bool of_shape) {
  std::map<std::string_view, const Tensor*> given;
  for (const Tensor& tensor : tensors) given[tensor.name] = &tensor;
  Pairs pairs;
  for (const Place& place : places) {
    const auto found = given.find(place.name);
    if (found == given.end()) continue;
    if (of_shape && found->second->shape != dimensions_of(path, place)) continue;
    pairs.emplace_back(&place, found->second);
  }
  return pairs;
}

// What is shared between places has its numbers when one of them has a tensor.
LoadReport report_of(const Pairs& pairs, const std::vector<Place>& places,
                     const std::vector<Tensor>& tensors) {
  LoadReport report;
  std::set<const Matrix*> filled;
  std::set<const Tensor*> taken;
  for (const auto& [place, tensor] : pairs) {
    report.taken.push_back(place->name);
    filled.insert(place->matrix);
    taken.insert(tensor);
  }
  for (const Place& place : places) {
    if (!filled.contains(place.matrix)) report.missing.push_back(place.name);
  }
  for (const Tensor& tensor : tensors) {
    if (!taken.contains(&tensor)) report.left.push_back(tensor.name);
  }
  return report;
}

}  // namespace

std::vector<Place> places_of(Module& module) {
  std::vector<Place> places;
  for (const NamedParameter& p : module.named_parameters()) {
    places.push_back({p.name, &p.parameter->value, p.form});
  }
  for (const NamedBuffer& b : module.named_buffers()) places.push_back({b.name, b.buffer, b.form});
  return places;
}

void write_places(const fs::path& path, const std::vector<Place>& places, Metadata metadata) {
  TensorFile file{{}, std::move(metadata)};
  std::set<const Matrix*> written;
  for (const Place& place : places) {
    if (written.insert(place.matrix).second) file.tensors.push_back(tensor_of(path, place));
  }
  write_tensors(path, std::move(file));
}

LoadReport assign(const fs::path& path, const std::vector<Tensor>& tensors,
                  const std::vector<Place>& places, Fit fit) {
  const Pairs pairs = pairs_of(path, places, tensors, fit == Fit::in_part);
  const LoadReport report = report_of(pairs, places, tensors);
  std::vector<std::string> missing = report.missing;
  if (fit == Fit::without_counts) {
    std::erase_if(missing, [&](const std::string& name) {
      return std::ranges::find(places, name, &Place::name)->form.layout == TensorForm::count;
    });
  }
  const std::string wrong = listed(missing, "missing") + listed(report.left, "unexpected");
  if (fit == Fit::in_part ? pairs.empty() : !wrong.empty()) {
    reject(path, "its tensors are not this model's{}", wrong);
  }
  std::vector<Matrix> matrices;
  std::map<const Matrix*, const Tensor*> first;  // of those that share a matrix
  for (const auto& [place, tensor] : pairs) {
    matrices.push_back(matrix_of(path, *tensor, *place));
    const Tensor& same = *first.emplace(place->matrix, tensor).first->second;
    if (tensor->data == same.data) continue;
    reject(path, "tensor {}: the model shares it with {}, but the file's two differ",
           in_quotes(tensor->name), in_quotes(same.name));
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) *pairs[i].first->matrix = matrices[i];
  return report;
}

}  // namespace evenkeel::checkpoint

std::string evenkeel::to_string(const LoadReport& report) {
  return fmt::format("{} taken{}{}", report.taken.size(),
                     checkpoint::listed(report.left, "left in the file"),
                     checkpoint::listed(report.missing, "missing"));
}
