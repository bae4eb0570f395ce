#pragma once
// A transformer as a Layer, so that what takes one from Var to Var, such as a Trainer, takes it:
//
//   TokenReader model(gpt2_options(vocabulary), random);
//   Trainer trainer(model, optimizer);
//   trainer.step(x, targets);             // x: length × sequences, a token in each entry
//
// Entries are whole numbers kept as Scalar: exact below 2²⁴ in float.

#include <optional>
#include <vector>

#include "evenkeel/ops/shape.hpp"
#include "evenkeel/transformer/transformer.hpp"

namespace evenkeel {

/// length × sequences → the logits, vocabulary × tokens, or those at the places that are asked
/// for. Parameters are named as the transformer's. Throws as the transformer and gather do.
class TokenReader final : public Layer {
 public:
  TokenReader(const TransformerOptions& options, Random& random) : transformer(options, random) {}

  Var operator()(Var x) override {
    const std::vector<Index> tokens(x.value().begin(), x.value().end());
    const Var logits = transformer(x.tape(), tokens, x.rows());
    return asked ? gather(logits, *asked) : logits;
  }
  void members(Members& m) override { transformer.members(m); }

  Transformer transformer;
  std::optional<std::vector<Index>> asked;  ///< columns of the logits; empty: all
};

}  // namespace evenkeel
