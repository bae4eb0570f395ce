#include "evenkeel/transformer/gpt.hpp"

#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

namespace {

// One of the column's words, by its weight.
Index draw(const arma::mat& weights, Random& random) {
  double left = random.uniform() * arma::accu(weights);
  Index word = 0;
  while (word + 1 < weights.n_elem && (left -= weights[word]) > 0) ++word;
  return word;
}

}  // namespace

std::vector<Index> generate(Gpt& gpt, std::vector<Index> prompt, Index count, double temperature,
                            Random& random) {
  require(!prompt.empty(), "generate", "the prompt needs at least one token");
  require(temperature >= 0, "generate", "temperature must be at least 0, got {}", temperature);
  require(gpt.options().causal, "generate",
          "the model looks ahead, so it was never asked what comes next");
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    if (prompt[i] < gpt.options().vocabulary) continue;
    fail("generate", "token {} of the prompt must be below {}, the size of the vocabulary, got {}",
         i, gpt.options().vocabulary, prompt[i]);
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
    // −∞ is a word that never comes; with NaN or +∞ nothing can be drawn.
    const double largest = logits.has_nan() ? NAN : static_cast<double>(logits.max());
    require(std::isfinite(largest), "generate",
            "after {} tokens the largest of the model's logits is {}, so no token is likely",
            made.size(), largest);
    if (temperature > 0) {
      // In double: a small temperature is 0 in float, and 0 / 0 no weight.
      const arma::mat below = arma::conv_to<arma::mat>::from(logits) - largest;
      const arma::mat weights = arma::exp(below / temperature);
      made.push_back(draw(weights, random));
    } else {
      made.push_back(logits.index_max());
    }
    prompt.push_back(made.back());
  }
  return made;
}

}  // namespace evenkeel
