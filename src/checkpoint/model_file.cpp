#include "checkpoint/model_file.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "base/text.hpp"
#include "evenkeel/checkpoint/checkpoint.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel {

namespace checkpoint {

namespace {

namespace fs = std::filesystem;
using Dimensions = std::vector<std::uint64_t>;
using text::in_quotes;

Dimensions dimensions_of(const fs::path& path, const Place& place) {
  const Matrix& x = *place.matrix;
  const TensorForm& form = place.form;
  Dimensions dimensions(form.shape.begin(), form.shape.end());
  if (dimensions.empty() && form.layout == TensorForm::by_columns)
    dimensions = {x.n_cols, x.n_rows};
  if (dimensions.empty() && form.layout == TensorForm::by_rows) {
    dimensions = {x.n_rows, x.n_cols};
    if (x.n_cols == 1) dimensions.pop_back();
  }
  std::uint64_t size = 1;
  for (const std::uint64_t dimension : dimensions) size *= dimension;
  if (size == x.n_elem) return dimensions;
  reject(path, "tensor {}: its form ({}) does not hold a {} matrix", in_quotes(place.name),
         fmt::join(dimensions, ", "), to_string(shape_of(x)));
}

Tensor tensor_of(const fs::path& path, const Place& place) {
  Tensor tensor{place.name, std::string(scalar_dtype), dimensions_of(path, place), {}};
  const auto keep = [&](const void* numbers, std::size_t bytes) {
    const char* first = static_cast<const char*>(numbers);
    tensor.data.assign(first, first + bytes);
  };
  if (place.form.layout == TensorForm::count) {
    const auto number = static_cast<std::int64_t>((*place.matrix)[0]);
    tensor.dtype = "I64";
    keep(&number, sizeof(number));
  } else {
    const bool by_rows = place.form.layout == TensorForm::by_rows;
    const Matrix ordered = by_rows ? Matrix(place.matrix->st()) : *place.matrix;
    keep(ordered.memptr(), ordered.n_elem * sizeof(Scalar));
  }
  return tensor;
}

// --- reading -------------------------------------------------------------------------------------

float from_bfloat16(std::uint16_t bits) {  // the upper half of a float
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// IEEE half: sign, 5 bits of exponent, 10 of fraction; a float's exponent counts from 127, not 15.
float from_half(std::uint16_t bits) {
  float size = std::bit_cast<float>((bits & 0x7FFFu) << 13) * 0x1p112F;
  if (size >= 0x1p16F) size = bits & 1023 ? NAN : INFINITY;
  return std::copysign(size, bits & 0x8000 ? -1.0F : 1.0F);
}

// The numbers of `data`, stored as `Stored`, as the entries of x.
template <class Stored, class Number = Stored>
void fill(Matrix& x, const std::vector<char>& data, Number (*number)(Stored)) {
  for (Index i = 0; i < x.n_elem; ++i) {
    Stored stored;
    std::memcpy(&stored, data.data() + i * sizeof(stored), sizeof(stored));
    x[i] = static_cast<Scalar>(number(stored));
  }
}

template <class Number>
Number itself(Number number) {
  return number;
}

Matrix matrix_of(const fs::path& path, const Tensor& tensor, const Place& place) {
  const Dimensions expected = dimensions_of(path, place);
  if (tensor.shape != expected) {
    reject(path, "tensor {}: its shape is ({}), expected ({})", in_quotes(tensor.name),
           fmt::join(tensor.shape, ", "), fmt::join(expected, ", "));
  }
  const bool by_rows = place.form.layout == TensorForm::by_rows;
  const bool counts = place.form.layout == TensorForm::count;
  Matrix x(arma::size(*place.matrix));
  if (by_rows) x.set_size(x.n_cols, x.n_rows);
  if (counts && tensor.dtype == "I64") {
    fill(x, tensor.data, itself<std::int64_t>);
  } else if (!counts && tensor.dtype == "F64") {
    fill(x, tensor.data, itself<double>);
  } else if (!counts && tensor.dtype == "F32") {
    fill(x, tensor.data, itself<float>);
  } else if (!counts && tensor.dtype == "F16") {
    fill(x, tensor.data, from_half);
  } else if (!counts && tensor.dtype == "BF16") {
    fill(x, tensor.data, from_bfloat16);
  } else {
    reject(path, "tensor {}: its dtype is {}, expected {}", in_quotes(tensor.name), tensor.dtype,
           counts ? "I64" : "F64, F32, F16 or BF16");
  }
  return by_rows ? Matrix(x.st()) : x;
}

// 7 missing: "a", "b", "c", "d", "e", "f" and 1 more
std::string listed(std::string_view what, const std::set<std::string>& names) {
  constexpr std::size_t most = 6;
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() < most) shown.push_back(in_quotes(name));
  }
  const std::size_t more = names.size() - shown.size();
  return fmt::format("{} {}: {}{}", names.size(), what, fmt::join(shown, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

using TensorsByName = std::map<std::string, const Tensor*>;

void require_same_names(const fs::path& path, const TensorsByName& tensors,
                        const std::vector<Place>& places) {
  std::set<std::string> missing, unexpected;
  for (const Place& place : places) missing.insert(place.name);
  for (const auto& [name, tensor] : tensors) {
    if (missing.erase(name) == 0) unexpected.insert(name);
  }
  std::vector<std::string> complaints;
  if (!missing.empty()) complaints.push_back(listed("missing", missing));
  if (!unexpected.empty()) complaints.push_back(listed("unexpected", unexpected));
  if (complaints.empty()) return;
  reject(path, "its tensors are not this model's; {}", fmt::join(complaints, "; "));
}

bool same_bits(const Matrix& a, const Matrix& b) {
  return arma::size(a) == arma::size(b) &&
         std::memcmp(a.memptr(), b.memptr(), a.n_elem * sizeof(Scalar)) == 0;
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
  for (const Place& place : places) file.tensors.push_back(tensor_of(path, place));
  write_tensors(path, file);
}

std::vector<Matrix> matrices_of(const fs::path& path, const std::vector<Tensor>& tensors,
                                const std::vector<Place>& places) {
  TensorsByName by_name;
  for (const Tensor& tensor : tensors) by_name[tensor.name] = &tensor;
  require_same_names(path, by_name, places);
  std::vector<Matrix> matrices;
  std::map<const Matrix*, std::size_t> seen;  // where a shared matrix came first
  for (const Place& place : places) {
    matrices.push_back(matrix_of(path, *by_name.at(place.name), place));
    const std::size_t first = seen.emplace(place.matrix, matrices.size() - 1).first->second;
    if (same_bits(matrices[first], matrices.back())) continue;
    reject(path, "tensor {}: the model shares it with {}, but the file's two differ",
           in_quotes(place.name), in_quotes(places[first].name));
  }
  return matrices;
}

void assign(const std::vector<Place>& places, const std::vector<Matrix>& matrices) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Matrix& from = matrices[i];
    std::copy(from.begin(), from.end(), places[i].matrix->begin());  // of one shape: checked
  }
}

}  // namespace checkpoint

void save_module(const std::filesystem::path& path, Module& module) {
  checkpoint::write_places(path, checkpoint::places_of(module), {});
}

void load_module(const std::filesystem::path& path, Module& module) {
  TensorFile file = read_tensors(path);
  if (file.metadata.contains(checkpoint::run_version)) {
    std::erase_if(file.tensors, [](const Tensor& tensor) {
      return tensor.name.starts_with(checkpoint::of_optimizer);
    });
  }
  const std::vector<checkpoint::Place> places = checkpoint::places_of(module);
  checkpoint::assign(places, checkpoint::matrices_of(path, file.tensors, places));
}

}  // namespace evenkeel
