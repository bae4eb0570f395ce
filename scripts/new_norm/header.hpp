#pragma once
// MyNorm: say in a sentence what is divided by what.
//
//   y  = …
//   dx = …
//
// x, y, dy, dx: features × samples. Conventions: is eps inside the root? Is the mean subtracted?
// Paper: …

#include "evenkeel/base/error.hpp"
#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

/// y = f(x), without gamma and beta.
struct MyNormOp final : UnaryOp {
  std::string_view name() const override { return "my_norm"; }

  // What backward needs of forward is a member: `Matrix rstd;`. Name each step, with its type:
  // `const Matrix mean_dy = …`, never auto.

  void forward([[maybe_unused]] const Matrix& x, [[maybe_unused]] Matrix& y) override {
    fail(name(), "forward is not written yet: include/evenkeel/norm/my_norm.hpp");  // y = …
  }

  void backward([[maybe_unused]] const Matrix& x, [[maybe_unused]] const Matrix& y,
                [[maybe_unused]] const Matrix& dy, [[maybe_unused]] Matrix& dx) override {
    fail(name(), "backward is not written yet: include/evenkeel/norm/my_norm.hpp");  // dx = …
  }
};

inline Var my_norm(Var x) {
  return record<MyNormOp>({x});
}

/// The same as a layer, with a gamma and a beta for each feature.
class MyNorm final : public Layer {
 public:
  explicit MyNorm(Index num_features) : affine_(num_features, true, true) {}

  Var operator()(Var x) override { return scale_shift(my_norm(x), affine_.gamma, affine_.beta); }
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
};

}  // namespace evenkeel
