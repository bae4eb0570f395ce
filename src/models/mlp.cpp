#include "evenkeel/models/mlp.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"
#include "evenkeel/ops/activation.hpp"

namespace evenkeel {

Mlp::Mlp(const MlpOptions& o, Random& random) {
  require(o.widths.size() >= 2, "mlp",
          "widths must tell at least features in and out, got {} of them", o.widths.size());
  const std::size_t hidden = o.widths.size() - 2;
  for (std::size_t i = 0; i < hidden; ++i) {
    layers.emplace_back(
        o.widths[i], o.widths[i + 1], random,
        LinearOptions{.bias = !o.norm, .init = o.init, .parametrization = o.parametrization});
    if (o.norm) norms.push_back(o.norm({o.widths[i + 1], 1, 1}));
  }
  layers.emplace_back(o.widths[hidden], o.widths[hidden + 1], random);
}

Var Mlp::operator()(Var x) {
  Var h = x;
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    h = layers[i](h);
    if (!norms.empty()) h = norms[i](h);
    h = relu(h);
  }
  return layers.back()(h);
}

void Mlp::members(Members& m) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    m.module(fmt::format("layers.{}", i), layers[i]);
    if (i < norms.size()) m.module(fmt::format("norms.{}", i), norms[i]);
  }
}

}  // namespace evenkeel
