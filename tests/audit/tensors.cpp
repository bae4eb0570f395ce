// Numbers as the types of a file hold them.

#include <algorithm>
#include <bit>
#include <cmath>

#include "generate.hpp"

namespace evenkeel_test {

using evenkeel::Tensor;

namespace {

std::uint16_t half_bits(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  value = std::abs(value);
  if (value == 0) return sign;
  const int exponent = std::max(std::ilogb(value), -14);
  const double steps = std::nearbyint(std::ldexp(value, 10 - exponent));  // 1024 … 2048
  return static_cast<std::uint16_t>(sign + (exponent + 14) * 1024 + static_cast<int>(steps));
}

double half_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const double value =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

std::uint16_t brain_bits(double value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

template <class Number>
void append(std::vector<char>& data, Number number) {
  const char* bytes = reinterpret_cast<const char*>(&number);
  data.insert(data.end(), bytes, bytes + sizeof number);
}

}  // namespace

double rounded(double value, const std::string& dtype) {
  if (dtype == "F32") return static_cast<float>(value);
  if (dtype == "F16") return half_value(half_bits(value));
  if (dtype != "BF16") return value;
  return std::bit_cast<float>(static_cast<std::uint32_t>(brain_bits(value)) << 16);
}

Tensor tensor(const std::string& name, const Shape& shape, const Numbers& values,
              const std::string& dtype) {
  Tensor result{name, dtype, {shape.begin(), shape.end()}, {}};
  for (const double value : values) {
    if (dtype == "F64") append(result.data, value);
    if (dtype == "F32") append(result.data, static_cast<float>(value));
    if (dtype == "F16") append(result.data, half_bits(value));
    if (dtype == "BF16") append(result.data, brain_bits(value));
    if (dtype == "I64") append(result.data, static_cast<std::int64_t>(value));
    if (dtype == "BOOL") append(result.data, static_cast<std::uint8_t>(value));
  }
  return result;
}

}  // namespace evenkeel_test
