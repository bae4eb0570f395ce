#pragma once
// Embedding: a table with one learned column for each word of a vocabulary, or for each position.
//
//   y(:, j) = weight(:, numbers[j])
//
// y: width × (number of numbers); weight: width × count, byte for byte torch.nn.Embedding's
// (count, width). The op is gather in ops/shape.hpp.
// Starts with N(0, sd²), sd = 1 unless told otherwise, as PyTorch does; GPT-2 and BERT: 0.02.

#include <vector>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"

namespace evenkeel {

class Embedding final : public Module {
 public:
  /// Throws when count or width is 0, or sd is negative.
  Embedding(Index count, Index width, Random& random, double sd = 1);
  /// Numbers are counted from 0. Throws when one of them is not below count.
  Var operator()(Tape& tape, const std::vector<Index>& numbers);
  void members(Members& m) override;

  Parameter weight;
};

}  // namespace evenkeel
