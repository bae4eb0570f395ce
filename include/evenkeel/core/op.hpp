#pragma once
// What an operation is: a named struct with `forward` and, right below it, `backward`.
//
//   struct Relu final : UnaryOp {                        // (gdb) break evenkeel::Relu::backward
//     std::string_view name() const override { return "relu"; }
//     void forward(const Matrix& x, Matrix& y) override;
//     void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) override;
//   };
//
// `forward` sizes and fills y. `backward` gets what forward saw and made, and dy, the gradient
// of the loss with respect to y; it sizes and OVERWRITES dx. Adding up over several uses of x is
// the tape's work.
// With more inputs a gradient comes as a pointer, null when nobody needs it: `if (da) *da = …;`.
// What forward saves for backward is a member, by name (Normalize keeps mean and rstd).

#include <span>
#include <string_view>

#include "evenkeel/core/types.hpp"

namespace evenkeel {

class Op {
 public:
  virtual ~Op() = default;
  /// As errors, the printed tape and the graph name it: "relu". An op that serves several functions
  /// returns a member that record() sets: the norms share Normalize, which is "layer_norm" here and
  /// "batch_norm" there.
  virtual std::string_view name() const = 0;

 protected:
  using Inputs = std::span<const Matrix* const>;
  using Gradients = std::span<Matrix* const>;

 private:
  friend class Tape;
  friend class Recording;
  virtual void run_forward(Inputs in, Matrix& y) = 0;
  virtual void run_backward(Inputs in, const Matrix& y, const Matrix& dy, Gradients d) = 0;
};

/// y = f(x)
class UnaryOp : public Op {
 public:
  virtual void forward(const Matrix& x, Matrix& y) = 0;
  virtual void backward(const Matrix& x, const Matrix& y, const Matrix& dy, Matrix& dx) = 0;

 private:
  void run_forward(Inputs in, Matrix& y) final { forward(*in[0], y); }
  void run_backward(Inputs in, const Matrix& y, const Matrix& dy, Gradients d) final {
    backward(*in[0], y, dy, *d[0]);
  }
};

/// y = f(a, b)
class BinaryOp : public Op {
 public:
  virtual void forward(const Matrix& a, const Matrix& b, Matrix& y) = 0;
  virtual void backward(const Matrix& a, const Matrix& b, const Matrix& y, const Matrix& dy,
                        Matrix* da, Matrix* db) = 0;

 private:
  void run_forward(Inputs in, Matrix& y) final { forward(*in[0], *in[1], y); }
  void run_backward(Inputs in, const Matrix& y, const Matrix& dy, Gradients d) final {
    backward(*in[0], *in[1], y, dy, d[0], d[1]);
  }
};

/// y = f(a, b, c)
class TernaryOp : public Op {
 public:
  virtual void forward(const Matrix& a, const Matrix& b, const Matrix& c, Matrix& y) = 0;
  virtual void backward(const Matrix& a, const Matrix& b, const Matrix& c, const Matrix& y,
                        const Matrix& dy, Matrix* da, Matrix* db, Matrix* dc) = 0;

 private:
  void run_forward(Inputs in, Matrix& y) final { forward(*in[0], *in[1], *in[2], y); }
  void run_backward(Inputs in, const Matrix& y, const Matrix& dy, Gradients d) final {
    backward(*in[0], *in[1], *in[2], y, dy, d[0], d[1], d[2]);
  }
};

/// y = f(x₀, x₁, …): any number of inputs
class ListOp : public Op {
 public:
  virtual void forward(std::span<const Matrix* const> x, Matrix& y) = 0;
  virtual void backward(std::span<const Matrix* const> x, const Matrix& y, const Matrix& dy,
                        std::span<Matrix* const> dx) = 0;

 private:
  void run_forward(Inputs in, Matrix& y) final { forward(in, y); }
  void run_backward(Inputs in, const Matrix& y, const Matrix& dy, Gradients d) final {
    backward(in, y, dy, d);
  }
};

}  // namespace evenkeel
