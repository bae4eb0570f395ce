#include "evenkeel/transformer/gpt.hpp"

#include "base/fail.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

namespace {

// One of the columns' words, by its weight.
Index draw(const Matrix& weights, Random& random) {
  double left = random.uniform() * static_cast<double>(arma::accu(weights));
  Index word = 0;
  while (word + 1 < weights.n_elem && (left -= static_cast<double>(weights[word])) > 0) ++word;
  return word;
}

}  // namespace

std::vector<Index> generate(Gpt& gpt, std::vector<Index> prompt, Index count, double temperature,
                            Random& random) {
  if (prompt.empty()) fail("generate", "the prompt needs at least one token");
  if (!(temperature > 0)) {
    fail("generate", "temperature must be above 0, got {}", temperature);
  }
  if (!gpt.options().causal) {
    fail("generate", "the model looks ahead, so it was never asked what comes next");
  }
  Tape tape;
  const NoGrad forward_only(tape);
  const EvaluationMode without_dropout(gpt);
  std::vector<Index> made;
  while (made.size() < count) {
    const std::size_t seen = std::min<std::size_t>(prompt.size(), gpt.options().context);
    const std::vector<Index> window(prompt.end() - static_cast<std::ptrdiff_t>(seen), prompt.end());
    tape.rewind();
    const Matrix logits = gpt(tape, window, seen).value().tail_cols(1);
    const Matrix weights = arma::exp((logits - logits.max()) / static_cast<Scalar>(temperature));
    made.push_back(draw(weights, random));
    prompt.push_back(made.back());
  }
  return made;
}

}  // namespace evenkeel
