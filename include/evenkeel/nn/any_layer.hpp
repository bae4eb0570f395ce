#pragma once
// A layer of any type, held as a value: copying it copies the layer, parameters and all. A block
// that is given one of these does not care which norm it is, or whether a student wrote it.
//
//   AnyLayer norm = LayerNorm(64);
//   norm = RmsNorm(64);

#include <concepts>
#include <memory>
#include <utility>

#include "evenkeel/core/module.hpp"

namespace evenkeel {

class AnyLayer final : public Layer {
 public:
  template <class L>
  requires std::derived_from<L, Layer> &&(!std::same_as<L, AnyLayer>)AnyLayer(L layer)
      : held_(std::make_unique<Holding<L>>(std::move(layer))) {}  // NOLINT

  AnyLayer(const AnyLayer& other) : Layer(other), held_(other.held_->copy()) {}
  AnyLayer& operator=(const AnyLayer& other) {
    Layer::operator=(other);
    held_ = other.held_->copy();
    return *this;
  }
  AnyLayer(AnyLayer&&) = default;
  AnyLayer& operator=(AnyLayer&&) = default;

  Var operator()(Var x) override {
    if (layer().training() != training()) layer().train(training());
    return layer()(x);
  }
  void members(Members& m) override { held_->layer().members(m); }
  Layer& layer() { return held_->layer(); }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual Layer& layer() = 0;
    virtual std::unique_ptr<Held> copy() const = 0;
  };
  template <class L>
  struct Holding final : Held {
    L held;
    explicit Holding(L layer) : held(std::move(layer)) {}
    Layer& layer() override { return held; }
    std::unique_ptr<Held> copy() const override { return std::make_unique<Holding>(held); }
  };

  std::unique_ptr<Held> held_;
};

}  // namespace evenkeel
