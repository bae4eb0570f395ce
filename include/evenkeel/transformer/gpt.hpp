#pragma once
// A GPT: which token comes next, from all those before it. It is the transformer with its options
// as they stand (transformer.hpp), or with gpt2_options or llama_options; here it generates text.

#include "evenkeel/transformer/transformer.hpp"

namespace evenkeel {

using GptOptions = TransformerOptions;
using Gpt = Transformer;

/// `count` tokens that go on after the prompt (at least one token), drawn from
/// softmax(logits / temperature); at temperature 0 always the most likely, of equals the first. The
/// model is put to evaluation, and back when it was training, after an error too. Throws when the
/// temperature is below 0, a token of the prompt is not in the vocabulary, the model looks ahead,
/// or its logits are NaN.
std::vector<Index> generate(Gpt& gpt, std::vector<Index> prompt, Index count, double temperature,
                            Random& random);

}  // namespace evenkeel
