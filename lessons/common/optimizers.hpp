#pragma once
// The optimizers that lessons compare, by name.

#include <memory>
#include <string>
#include <vector>

#include "evenkeel/optim/adam.hpp"
#include "evenkeel/transformer/block.hpp"
#include "measured.hpp"

namespace evenkeel::lesson {

/// sgd, adamw, muon.
const Styles& all_optimizers();

/// The matrices within the blocks: Muon's. The rest is `others`.
struct HiddenAndOthers {
  ParameterGroup hidden, others;
};
HiddenAndOthers hidden_and_others(Module& model, std::vector<Block>& blocks);

/// All of them step. One, but for Muon, which leaves the others to AdamW.
using Optimizers = std::vector<std::unique_ptr<Optimizer>>;
/// SGD has a momentum of 0.9 and decays no weights. The rate is the first one's; that of the AdamW
/// beside Muon is in its options.
Optimizers make_optimizers(const std::string& name, double rate, const HiddenAndOthers& parameters,
                           const AdamWOptions& adamw);

}  // namespace evenkeel::lesson
