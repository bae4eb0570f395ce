#include "evenkeel/nn/embedding.hpp"

#include "base/fail.hpp"
#include "evenkeel/ops/gather.hpp"

namespace evenkeel {

Embedding::Embedding(Index count, Index width, Random& random, double sd) {
  require(count > 0 && width > 0, "embedding", "count and width must be above 0, got {} and {}",
          count, width);
  require(sd >= 0, "embedding", "sd must be at least 0, got {}", sd);
  weight = Parameter(random.normal(width, count, sd), "weight");
}

Var Embedding::operator()(Tape& tape, const std::vector<Index>& numbers) {
  return gather(tape, weight, numbers);
}

void Embedding::members(Members& m) {
  m.parameter("weight", weight, {TensorForm::by_columns});
}

}  // namespace evenkeel
