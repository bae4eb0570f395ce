#include "copy_task.hpp"

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/shape.hpp"
#include "norms.hpp"

namespace evenkeel::lesson {

double CopyTask::guessing() {
  return std::log(double(vocabulary));
}

StackSetting CopyTask::setting(Index layers) {
  return {.layers = layers, .width = 32, .causal = true, .heads = 4, .widening = 4};
}

void CopyTask::members(Members& m) {
  m.module("symbols", symbols);
  m.module("positions", positions);
  for (Index i = 0; i < blocks.size(); ++i) m.module(fmt::format("blocks.{}", i), blocks[i]);
  m.module("final_norm", final_norm);
  m.module("head", head);
}

CopyTask::CopyTask(const Scheme& scheme, const StackSetting& s, Random& random)
    : symbols(vocabulary, s.width, random),
      positions(length, s.width, random),
      blocks(make_blocks(scheme, s, random)),
      head(s.width, vocabulary, random, {.bias = false}),
      final_norm(feature_norm(s.norm, s.width)),
      needs_final_norm(scheme.placement.needs_final_norm()) {}

Var CopyTask::loss(Tape& tape, Random& random) {
  tape.rewind();
  zero_gradient();
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
