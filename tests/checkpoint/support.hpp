#pragma once
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/checkpoint/checkpoint.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/ops/dropout.hpp"
#include "says.hpp"
#include "scratch.hpp"

namespace evenkeel_test {

namespace fs = std::filesystem;
using namespace evenkeel;

/// The length in front, no padding.
inline std::string with_length(const std::string& header, const std::string& data = "") {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof(length), ' ');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + data;
}

template <class Number>
std::vector<char> as_bytes(const std::vector<Number>& numbers) {
  std::vector<char> bytes(numbers.size() * sizeof(Number));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

inline bool same(const Matrix& a, const Matrix& b) {
  if (arma::size(a) != arma::size(b)) return false;
  return a.empty() || std::memcmp(a.memptr(), b.memptr(), a.n_elem * sizeof(Scalar)) == 0;
}

/// Every number of a module.
inline std::vector<Matrix> numbers_of(Module& module) {
  std::vector<Matrix> all;
  for (const NamedParameter& p : module.named_parameters()) all.push_back(p.parameter->value);
  for (const NamedBuffer& b : module.named_buffers()) all.push_back(*b.buffer);
  return all;
}

inline bool same(const std::vector<Matrix>& a, const std::vector<Matrix>& b) {
  bool equal = a.size() == b.size();
  for (std::size_t i = 0; equal && i < a.size(); ++i) equal = same(a[i], b[i]);
  return equal;
}

/// Something of each kind: matrix, vectors, buffers, a count, a random state.
struct Net final : Module {
  LinearLayer linear;
  BatchNorm norm{3};
  DropoutLayer dropout{0.25, 5};
  LinearLayer out;

  explicit Net(Random random) : linear(2, 3, random), out(3, 1, random) {}
  Var operator()(Var x) { return out(dropout(norm(linear(x)))); }
  void members(Members& m) override {
    m.module("linear", linear);
    m.module("norm", norm);
    m.module("dropout", dropout);
    m.module("out", out);
  }
};

}  // namespace evenkeel_test
