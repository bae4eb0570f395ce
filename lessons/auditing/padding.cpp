#include "padding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/error.hpp"

namespace evenkeel::audit {

namespace {

// The index of number i of x along each dimension.
std::vector<std::size_t> place_of(std::size_t i, const Shape& shape) {
  std::vector<std::size_t> place(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; i /= shape[d]) place[d] = i % shape[d];
  return place;
}

// All ways in which a mask's dimensions are dimensions of x, in their order.
void find_ways(const Shape& mask, const Shape& x, std::vector<std::size_t> so_far,
               std::vector<std::vector<std::size_t>>& ways) {
  if (so_far.size() == mask.size()) return ways.push_back(so_far);
  for (std::size_t d = so_far.empty() ? 0 : so_far.back() + 1; d < x.size(); ++d) {
    if (mask[so_far.size()] != x[d]) continue;
    so_far.push_back(d);
    find_ways(mask, x, so_far, ways);
    so_far.pop_back();
  }
}

std::vector<char> spread(const Array& mask, const std::vector<std::size_t>& way, const Shape& x) {
  std::vector<char> marked(size_of(x));
  for (std::size_t i = 0; i < marked.size(); ++i) {
    const std::vector<std::size_t> place = place_of(i, x);
    std::size_t at = 0;
    for (const std::size_t d : way) at = at * x[d] + place[d];
    marked[i] = mask.values[at] != 0;
  }
  return marked;
}

bool zero_where(const std::vector<char>& marked, char value, const std::vector<double>& x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (marked[i] == value && x[i] != 0) return false;
  }
  return true;
}

std::vector<char> inverse(std::vector<char> marked) {
  for (char& mark : marked) mark = !mark;
  return marked;
}

// 1 where valid. Padding is where x is zero; where x does not tell, zeros of the mask are.
std::vector<char> valid_by(const std::vector<std::vector<char>>& readings,
                           const std::vector<double>& x) {
  for (const std::vector<char>& marked : readings) {
    if (zero_where(marked, 0, x)) return marked;
  }
  for (const std::vector<char>& marked : readings) {
    if (zero_where(marked, 1, x)) return inverse(marked);
  }
  return readings.back();
}

std::vector<char> valid_by_mask(const std::string& name, Array mask, const Array& x) {
  Shape squeezed = mask.shape;
  std::erase(squeezed, 1);
  std::vector<std::vector<std::size_t>> ways;
  find_ways(mask.shape, x.shape, {}, ways);
  if (ways.empty()) find_ways(squeezed, x.shape, {}, ways);
  if (ways.empty() || mask.values.empty()) {
    fail("audit", fmt::format("{} has shape {} and dtype {}, which does not go with x {}", name,
                              to_string(mask.shape), mask.dtype, to_string(x.shape)));
  }
  std::vector<std::vector<char>> readings;
  for (const auto& way : ways) readings.push_back(spread(mask, way, x.shape));
  // Where x does not tell, PyTorch's key_padding_mask is true where there is padding.
  if (name == "key_padding_mask") {
    for (std::vector<char>& marked : readings) marked = inverse(marked);
  }
  return valid_by(readings, x.values);
}

std::vector<char> valid_to(const std::vector<double>& lengths, std::size_t along, const Shape& x) {
  std::vector<char> valid(size_of(x));
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const std::vector<std::size_t> place = place_of(i, x);
    valid[i] = static_cast<double>(place[along]) < lengths[place[0]];
  }
  return valid;
}

std::vector<char> valid_by_lengths(const Array& lengths, const Array& x) {
  if (size_of(lengths.shape) != x.shape[0] || lengths.values.empty() || x.shape.size() < 3) {
    fail("audit", fmt::format("lengths has shape {}, which does not go with x {}",
                              to_string(lengths.shape), to_string(x.shape)));
  }
  std::vector<std::vector<char>> readings;
  for (std::size_t along = 1; along < x.shape.size(); ++along) {
    readings.push_back(valid_to(lengths.values, along, x.shape));
  }
  for (const std::vector<char>& valid : readings) {
    if (zero_where(valid, 0, x.values)) return valid;
  }
  return readings.back();
}

// Lengths up to which sample n has an entry that is not zero along dimension `along` of (N, …, …).
std::vector<double> lengths_along(std::size_t along, const Array& x) {
  std::vector<double> lengths(x.shape[0], 0);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const std::vector<std::size_t> place = place_of(i, x.shape);
    if (x.values[i] == 0) continue;
    lengths[place[0]] = std::max(lengths[place[0]], static_cast<double>(place[along] + 1));
  }
  return lengths;
}

std::vector<char> valid_by_zeros(const Array& x) {
  if (x.shape.size() != 3) return {};
  for (const std::size_t along : {std::size_t{2}, std::size_t{1}}) {
    if (x.shape[3 - along] < 2) continue;  // one channel: its zeros say little
    const std::vector<double> lengths = lengths_along(along, x);
    const auto [shortest, longest] = std::ranges::minmax(lengths);
    if (shortest == longest) continue;
    std::vector<char> valid = valid_to(lengths, along, x.shape);
    bool other_zeros = false;
    for (std::size_t i = 0; i < valid.size(); ++i) other_zeros |= valid[i] && x.values[i] == 0;
    if (!other_zeros) return valid;
  }
  return {};
}

}  // namespace

void read_padding(Evidence& evidence, const std::map<std::string, Array>& others) {
  const Array& x = evidence.x();
  for (const auto& [name, array] : others) {
    const bool is_mask = name == "mask" || name == "attention_mask" || name == "padding_mask" ||
                         name == "key_padding_mask" || name == "valid";
    if (is_mask) evidence.valid = valid_by_mask(name, array, x);
    if (name == "lengths") evidence.valid = valid_by_lengths(array, x);
    if (!is_mask && name != "lengths") evidence.ignored.push_back(name);
  }
  evidence.padding_is_told = !evidence.valid.empty();
  if (!evidence.padding_is_told) evidence.valid = valid_by_zeros(x);
  const bool all_valid = std::ranges::all_of(evidence.valid, [](char v) { return v != 0; });
  if (all_valid) evidence.valid.clear();
  if (!evidence.valid.empty() && std::ranges::none_of(evidence.valid, [](char v) { return v; })) {
    fail("audit", "the mask leaves no entry of x");
  }
}

}  // namespace evenkeel::audit
