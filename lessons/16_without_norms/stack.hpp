#pragma once
// A residual stack for features, with a norm before each branch or with what takes its place:
//
//   x ← x + s·W₂ relu(W₁ N(x))     W₁ by He's rule, W₂ ~ N(0, 1/n): a branch returns what it gets
//
//   none, layer, dyt, derf, …   N: by its name in norms.hpp
//   fixup                       no N; W₁ smaller by L^(−1/2) for L blocks, W₂ = 0, s from 1
//   rezero                      no N; s from 0
//   ws                          N divides by the σ that x has by theory, √l in block l; W₁ and W₂
//                               are standardized
//   ws_plain                    the same without a skip: x ← W₂ relu(W₁ x)
//
// s is learned where it is named, else there is none. Biases, in W₁'s layer, start as 0.
// The classifier behind the stack is one linear layer; Fixup starts it as 0, too.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/variants/residual_scale.hpp"
#include "evenkeel/variants/weight_standardization.hpp"
#include "norms.hpp"
#include "theory.hpp"

namespace evenkeel::lesson {

inline const Styles norm_free = {{"fixup", "Fixup", colour::batch},
                                 {"rezero", "ReZero", colour::pre},
                                 {"ws", "scaled WS", colour::instance},
                                 {"ws_plain", "scaled WS, no skip", colour::group}};

inline bool is_norm(const std::string& scheme) {
  return std::ranges::find(norm_free, scheme, &Style::name) == norm_free.end();
}

/// c·x: the norm of those that have none.
class Times final : public Layer {
 public:
  explicit Times(double c) : c_(c) {}
  Var operator()(Var x) override { return c_ * x; }
  void members(Members&) override {}

 private:
  double c_;
};

/// What stands before branch l, counted from 1, and before the classifier.
inline AnyLayer norm_before(const std::string& scheme, Index l, Index width) {
  if (scheme == "ws") return Times(1 / std::sqrt(static_cast<double>(l)));
  return feature_norm(is_norm(scheme) ? scheme : "none", width);
}

struct ResidualBlock final : Layer {
  /// Number l of L blocks.
  ResidualBlock(const std::string& scheme, Index l, Index L, Index width, Random& random)
      : norm(norm_before(scheme, l, width)),
        up(width, width, random, {.init = he}),
        down(width, width, random, {.bias = false}),
        scale(feature_norm("none", width)),
        has_skip(scheme != "ws_plain") {
    if (scheme == "fixup") {
      fixup(std::array{&up.weight, &down.weight}, L);
      scale = ResidualScale(1, 1);
    } else if (scheme == "rezero") {
      scale = re_zero();
    } else if (!is_norm(scheme)) {
      up.parametrization = WeightStandardization({.scaled_outputs = width});
      down.parametrization =
          WeightStandardization({.gain = gain::standardized_relu, .scaled_outputs = width});
    }
  }
  Var operator()(Var x) override {
    const Var branch = scale(down(relu(up(norm(x)))));
    return has_skip ? x + branch : branch;
  }
  void members(Members& m) override {
    m.module("norm", norm);
    m.module("up", up);
    m.module("down", down);
    m.module("scale", scale);
  }

  AnyLayer norm;
  LinearLayer up, down;
  AnyLayer scale;
  bool has_skip;
};

struct Stack final : Layer {
  Stack(const std::string& scheme, Index L, Index width, Random& random)
      : last(norm_before(scheme, L + 1, width)), classifier(width, 10, random) {
    for (Index l = 1; l <= L; ++l) blocks.emplace_back(scheme, l, L, width, random);
    if (scheme == "fixup") classifier.weight.value.zeros();
  }
  Var operator()(Var x) override {
    for (ResidualBlock& block : blocks) x = block(x);
    return classifier(last(x));
  }
  void members(Members& m) override {
    for (std::size_t l = 0; l < blocks.size(); ++l)
      m.module(fmt::format("blocks.{}", l), blocks[l]);
    m.module("last", last);
    m.module("classifier", classifier);
  }

  std::vector<ResidualBlock> blocks;
  AnyLayer last;
  LinearLayer classifier;
};

// --- closed forms, in the limit of wide layers ---------------------------------------------------

/// What block l adds to the mean square q of the stream and, times itself, to the gradient's.
inline std::pair<double, double> branch(const std::string& scheme, double q, double l) {
  constexpr double alpha2 = 0.25;                     // α = ½: erf(αx) is erf of N(0, α²q)
  const double ws = 0.5 / (relu_sigma * relu_sigma);  // π/(π − 1)
  if (scheme == "none") return {q, 1};
  if (scheme == "layer" || scheme == "rms") return {1, 1 / q};
  if (scheme == "ws") return {q / l, ws / l};
  if (scheme == "ws_plain") return {0, ws - 1};  // no skip: times ws, not times 1 + ws
  if (scheme == "derf") return {erf_means(alpha2 * q).first, alpha2 * erf_means(alpha2 * q).second};
  if (scheme == "dyt")
    return {tanh_means(alpha2 * q).first, alpha2 * tanh_means(alpha2 * q).second};
  return {0, 0};  // Fixup and ReZero: the branch is 0
}

/// Of a norm that is none of these nothing is known here.
inline bool has_theory(const std::string& scheme) {
  constexpr std::array known{"none", "layer", "rms", "dyt", "derf"};
  return !is_norm(scheme) || std::ranges::find(known, scheme) != known.end();
}

struct Growth {
  double stream = 1, gradient = 1;
};
/// The stream after so many blocks, and its gradient below as many: 1 at the other end.
inline Growth theory(const std::string& scheme, double layers) {
  Growth g;
  for (double l = 1; l <= layers; ++l) {
    const auto [adds, multiplies] = branch(scheme, g.stream, l);
    g = {g.stream + adds, g.gradient * (1 + multiplies)};
  }
  return g;
}

}  // namespace evenkeel::lesson
