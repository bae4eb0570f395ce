#include "copy_task.hpp"

#include <cmath>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/gather.hpp"
#include "evenkeel/ops/losses.hpp"
#include "norms.hpp"

namespace evenkeel::lesson {

double CopyTask::guessing() {
  return std::log(double(vocabulary));
}

StackSetting CopyTask::setting(Index layers) {
  return {.layers = layers, .width = 32, .causal = true, .heads = 4, .widening = 4};
}

static std::vector<ParameterGroup> groups_of(CopyTask& task) {
  std::vector<ParameterGroup> groups;
  for (Module* m :
       std::initializer_list<Module*>{&task.symbols, &task.positions, &task.head, &task.final_norm})
    groups.push_back({m->parameters()});
  for (Block& block : task.blocks) groups.push_back({block.parameters()});
  return groups;
}

CopyTask::CopyTask(const Scheme& scheme, const StackSetting& s, Random& random)
    : symbols(vocabulary, s.width, random),
      positions(length, s.width, random),
      blocks(make_blocks(scheme, s, random)),
      head(s.width, vocabulary, random, {.bias = false}),
      final_norm(feature_norm(s.norm, s.width)),
      needs_final_norm(scheme.placement.needs_final_norm()),
      adam(groups_of(*this), {.beta1 = 0.9, .beta2 = 0.98}) {}

Var CopyTask::loss(Tape& tape, Random& random) {
  tape.rewind();
  for (Parameter* p : adam.parameters()) p->zero_gradient();
  std::vector<Index> drawn, places, asked, answers;
  for (Index i = 0; i < batch * length; ++i) {  // sequences, one after the other
    drawn.push_back(random.below(vocabulary));
    places.push_back(i % length);
    if (i % length < back) continue;  // nothing stood there
    asked.push_back(i);
    answers.push_back(drawn[i - back]);
  }
  Var x = symbols(tape, drawn) + positions(tape, places);  // width × tokens
  for (Block& block : blocks) x = block(x, {.length = length});
  tokens = needs_final_norm ? final_norm(x) : x;
  return cross_entropy(head(gather(tokens, asked)), answers);
}

}  // namespace evenkeel::lesson
