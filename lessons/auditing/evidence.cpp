#include "evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

#include "evenkeel/base/error.hpp"
#include "evenkeel/checkpoint/safetensors.hpp"
#include "padding.hpp"

namespace evenkeel::audit {

namespace {

double half_to_double(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31) return fraction ? std::nan("") : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24));
}

double bfloat_to_double(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <class Number>
std::vector<double> as_doubles(const std::vector<char>& data,
                               const std::function<double(Number)>& convert) {
  std::vector<double> values(data.size() / sizeof(Number));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Number number;
    std::memcpy(&number, data.data() + i * sizeof(Number), sizeof(Number));
    values[i] = convert(number);
  }
  return values;
}

template <class Number>
std::vector<double> as_doubles(const std::vector<char>& data) {
  return as_doubles<Number>(data, [](Number number) { return static_cast<double>(number); });
}

Array array_of(const Tensor& tensor) {
  Array array{{tensor.shape.begin(), tensor.shape.end()}, {}, tensor.dtype, 0, 0};
  const std::string& dtype = tensor.dtype;
  const auto set = [&](std::vector<double> values, int unit, int smallest) {
    array.values = std::move(values);
    array.unit = std::ldexp(1, unit);
    array.smallest = std::ldexp(1, smallest);
  };
  if (dtype == "F64") set(as_doubles<double>(tensor.data), -53, -1074);
  if (dtype == "F32") set(as_doubles<float>(tensor.data), -24, -149);
  if (dtype == "F16") set(as_doubles<std::uint16_t>(tensor.data, half_to_double), -11, -24);
  if (dtype == "BF16") set(as_doubles<std::uint16_t>(tensor.data, bfloat_to_double), -8, -133);
  if (dtype == "I64") array.values = as_doubles<std::int64_t>(tensor.data);
  if (dtype == "I32") array.values = as_doubles<std::int32_t>(tensor.data);
  if (dtype == "I16") array.values = as_doubles<std::int16_t>(tensor.data);
  if (dtype == "I8") array.values = as_doubles<std::int8_t>(tensor.data);
  if (dtype == "U8" || dtype == "BOOL") array.values = as_doubles<std::uint8_t>(tensor.data);
  return array;
}

// --- metadata ------------------------------------------------------------------------------------

// Lower case, without what is no letter and without "1d", "2d", "3d".
std::string plain(const std::string& text) {
  std::string letters;
  for (const unsigned char c : text) {
    if (std::isalpha(c)) letters += static_cast<char>(std::tolower(c));
    if (std::isdigit(c)) letters += '#';
  }
  if (letters.size() > 2 && letters.ends_with("#d")) letters.resize(letters.size() - 2);
  return letters;
}

Norm norm_named(const std::string& word) {
  const std::map<std::string, Norm> short_names = {
      {"layer", Norm::layer_norm}, {"ln", Norm::layer_norm},          {"rms", Norm::rms_norm},
      {"batch", Norm::batch_norm}, {"bn", Norm::batch_norm},          {"gn", Norm::group_norm},
      {"in", Norm::instance_norm}, {"instance", Norm::instance_norm}, {"group", Norm::group_norm},
      {"gemma", Norm::rms_norm}};
  if (const auto found = short_names.find(word); found != short_names.end()) return found->second;
  const auto has = [&](const char* part) { return word.find(part) != std::string::npos; };
  if (has("rmsnorm") || has("rootmeansquare") || has("t#layernorm")) return Norm::rms_norm;
  if (has("layernorm")) return Norm::layer_norm;
  if (has("batchnorm")) return Norm::batch_norm;
  if (has("instancenorm")) return Norm::instance_norm;
  return has("groupnorm") ? Norm::group_norm : Norm::unknown;
}

std::optional<double> number_in(const Metadata& metadata, const std::string& key) {
  const auto entry = metadata.find(key);
  if (entry == metadata.end() || plain(entry->second) == "none" || entry->second.empty()) return {};
  std::size_t used = 0;
  double number = -1;
  try {
    number = std::stod(entry->second, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != entry->second.size() || !std::isfinite(number) || number < 0) {
    fail("audit", fmt::format("the metadata's {} must be a number from 0 up, got \"{}\"", key,
                              entry->second));
  }
  return number;
}

std::optional<bool> training_in(const Metadata& metadata) {
  for (const char* key : {"training", "train", "mode"}) {
    const auto entry = metadata.find(key);
    if (entry == metadata.end()) continue;
    const std::string word = plain(entry->second);
    if (word == "true" || word == "train" || word == "training" || entry->second == "1")
      return true;
    return false;
  }
  return {};
}

void read_metadata(Evidence& evidence, const Metadata& metadata) {
  evidence.eps = number_in(metadata, "eps");
  evidence.momentum = number_in(metadata, "momentum");
  if (evidence.momentum && *evidence.momentum > 1) {
    fail("audit", "the metadata's momentum must be from 0 to 1");
  }
  evidence.cumulative = metadata.contains("momentum") && !evidence.momentum;
  evidence.training = training_in(metadata);
  if (const auto norm = metadata.find("norm"); norm != metadata.end()) {
    const std::string word = plain(norm->second);
    evidence.norm = norm_named(word);
    evidence.gain_plus_one = word.find("gemma") != std::string::npos;
  }
  const auto groups = number_in(metadata, "num_groups");
  if (!groups) return;
  const Shape& shape = evidence.x().shape;
  const std::size_t channels = shape.size() < 2 ? 1 : shape[1];
  if (*groups != std::floor(*groups) || *groups < 1 || *groups > static_cast<double>(channels) ||
      channels % static_cast<std::size_t>(*groups) != 0) {
    fail("audit", fmt::format("the metadata's num_groups is {}, which does not divide the {} "
                              "channels of x {}",
                              *groups, channels, to_string(shape)));
  }
  evidence.num_groups = static_cast<std::size_t>(*groups);
}

// --- tensors -------------------------------------------------------------------------------------

// Whether a parameter of this shape can belong to x: as many numbers as one dimension or as the
// last few, in their shape, with ones where it likes.
bool fits_parameter(const Shape& parameter, const Shape& x) {
  Shape squeezed = parameter;
  std::erase(squeezed, 1);
  if (squeezed.empty()) return std::ranges::find(x, 1) != x.end();
  if (squeezed.size() == 1 && std::ranges::find(x, squeezed[0]) != x.end()) return true;
  for (std::size_t first = 0; first < x.size(); ++first) {
    Shape trailing(x.begin() + static_cast<std::ptrdiff_t>(first), x.end());
    std::erase(trailing, 1);
    if (trailing == squeezed) return true;
    if (squeezed.size() == 1 && squeezed[0] == size_of(trailing)) return true;
  }
  return false;
}

void require(bool holds, const std::string& name, const Array& array, const Shape& x) {
  if (holds) return;
  fail("audit", fmt::format("{} has shape {}, which does not go with x {}", name,
                            to_string(array.shape), to_string(x)));
}

void check_shapes(const Evidence& evidence) {
  const Shape& x = evidence.x().shape;
  for (const auto& [name, array] : evidence.tensors) {
    if (array.unit == 0) {
      fail("audit",
           fmt::format("{} has dtype {}; expected F64, F32, F16 or BF16", name, array.dtype));
    }
    if (name == "y" || name == "dy" || name == "dx") require(array.shape == x, name, array, x);
    if (name == "gamma" || name == "beta") require(fits_parameter(array.shape, x), name, array, x);
    if (name.starts_with("running")) require(fits_parameter(array.shape, x), name, array, x);
    if (name == "dgamma" || name == "dbeta") {
      const bool rows = !array.values.empty() && size_of(x) % size_of(array.shape) == 0;
      require(fits_parameter(array.shape, x) || rows, name, array, x);
    }
  }
}

void check_numbers(const Evidence& evidence) {
  for (const auto& [name, array] : evidence.tensors) {
    if (name == "y" || name.starts_with("d") || name == "running_mean" || name == "running_var") {
      continue;  // what a norm makes may well be NaN: that is then what is wrong with it
    }
    const auto bad = std::ranges::find_if(array.values, [](double v) { return !std::isfinite(v); });
    if (bad == array.values.end()) continue;
    fail("audit",
         fmt::format("{} is not finite: number {} is {}", name, bad - array.values.begin(), *bad));
  }
  const Array* dy = evidence.find("dy");
  if (dy && !std::ranges::all_of(dy->values, [](double v) { return std::isfinite(v); })) {
    fail("audit", "dy is not finite");
  }
}

}  // namespace

std::string to_string(Norm norm) {
  const char* names[] = {"", "layer_norm", "rms_norm", "batch_norm", "instance_norm", "group_norm"};
  return names[static_cast<int>(norm)];
}

std::size_t size_of(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

std::string to_string(const Shape& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

const Array* Evidence::find(const std::string& name) const {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

Evidence read_evidence(const std::filesystem::path& file) {
  return evidence_of(read_tensors(file), file.string());
}

Evidence evidence_of(const TensorFile& read, const std::string& name_of_file) {
  static const std::vector<std::string> known = {"x",
                                                 "y",
                                                 "gamma",
                                                 "beta",
                                                 "dy",
                                                 "dx",
                                                 "dgamma",
                                                 "dbeta",
                                                 "running_mean_before",
                                                 "running_var_before",
                                                 "running_mean",
                                                 "running_var"};
  Evidence evidence;
  std::map<std::string, Array> others;
  for (const Tensor& tensor : read.tensors) {
    const bool is_known = std::ranges::find(known, tensor.name) != known.end();
    (is_known ? evidence.tensors : others).emplace(tensor.name, array_of(tensor));
  }
  for (const char* name : {"x", "y"}) {
    if (!evidence.find(name)) fail("audit", fmt::format("{} has no tensor {}", name_of_file, name));
  }
  const Shape& shape = evidence.x().shape;
  if (shape.empty() || shape.size() > 5 || size_of(shape) == 0) {
    fail("audit",
         fmt::format("x must have 1 to 5 dimensions and numbers in it, got {}", to_string(shape)));
  }
  check_shapes(evidence);
  check_numbers(evidence);
  read_metadata(evidence, read.metadata);
  read_padding(evidence, others);
  return evidence;
}

}  // namespace evenkeel::audit
