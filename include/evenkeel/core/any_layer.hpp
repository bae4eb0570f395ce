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
      : layer_(std::make_unique<L>(std::move(layer))), copy_(copy<L>) {}  // NOLINT

  AnyLayer(const AnyLayer& other)
      : Layer(other), layer_(other.copy_(*other.layer_)), copy_(other.copy_) {}
  AnyLayer& operator=(const AnyLayer& other) { return *this = AnyLayer(other); }
  AnyLayer(AnyLayer&&) = default;
  AnyLayer& operator=(AnyLayer&&) = default;

  Var operator()(Var x) override {
    if (layer().training() != training()) layer().train(training());
    return layer()(x);
  }
  void members(Members& m) override { layer().members(m); }
  Layer& layer() { return *layer_; }

 private:
  template <class L>
  static std::unique_ptr<Layer> copy(const Layer& layer) {
    return std::make_unique<L>(static_cast<const L&>(layer));
  }

  std::unique_ptr<Layer> layer_;
  std::unique_ptr<Layer> (*copy_)(const Layer&);  // of the layer's own type
};

}  // namespace evenkeel
