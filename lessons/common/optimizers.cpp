#include "optimizers.hpp"

#include <algorithm>

#include "evenkeel/optim/muon.hpp"
#include "evenkeel/optim/sgd.hpp"

namespace evenkeel::lesson {

const Styles& all_optimizers() {
  static const Styles optimizers = {{"sgd", "SGD with momentum", colour::none},
                                    {"adamw", "AdamW", colour::layer},
                                    {"muon", "Muon", colour::deep}};
  return optimizers;
}

HiddenAndOthers hidden_and_others(Module& model, std::vector<Block>& blocks) {
  HiddenAndOthers parts;
  for (Block& block : blocks) {
    for (Parameter* p : block.parameters()) {
      if (p->value.n_cols > 1) parts.hidden.parameters.push_back(p);
    }
  }
  for (Parameter* p : model.parameters()) {
    if (std::ranges::count(parts.hidden.parameters, p) == 0) parts.others.parameters.push_back(p);
  }
  return parts;
}

Optimizers make_optimizers(const std::string& name, double rate, const HiddenAndOthers& parameters,
                           const AdamWOptions& adamw) {
  const auto& [hidden, others] = parameters;
  Optimizers made;
  if (name == "sgd") {
    const ParameterGroups all({{hidden.parameters, 0.0}, {others.parameters, 0.0}});
    made.push_back(std::make_unique<Sgd>(all, SgdOptions{.momentum = 0.9}));
  }
  if (name == "adamw")
    made.push_back(std::make_unique<AdamW>(ParameterGroups({hidden, others}), adamw));
  if (name == "muon") {
    made.push_back(std::make_unique<Muon>(ParameterGroups({hidden})));
    made.push_back(std::make_unique<AdamW>(ParameterGroups({others}), adamw));
  }
  if (made.empty()) fail("make_optimizers", fmt::format("there is no '{}'", name));
  made.front()->set_learning_rate(rate);
  return made;
}

}  // namespace evenkeel::lesson
