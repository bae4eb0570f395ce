#pragma once
// The small classifier of lessons 06 and 07: handwritten digits, a network 64-128-128-10 with any
// norm, trained by SGD.
//
//   h₁ = relu(norm(W₁ x)),  h₂ = relu(norm(W₂ h₁)),  logits = W₃ h₂ + b₃

#include <cstdint>
#include <functional>
#include <string>

#include "evenkeel/core/random.hpp"
#include "evenkeel/data/samples.hpp"
#include "evenkeel/nn/any_layer.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/norm/batch_norm.hpp"

namespace evenkeel::lesson {

/// A quarter of the digits, drawn by the seed, is the test set: 449 of 1,797. Both sets are standardized
/// by one mean and one σ, the training set's.
Split split_digits(std::uint64_t seed);

class DigitsMlp final : public Layer {
 public:
  /// `norm` makes a norm for so many features.
  DigitsMlp(const std::function<AnyLayer(Index)>& norm, Random& random);
  Var operator()(Var x) override;
  void members(Members& m) override;

  LinearLayer first, second, last;
  AnyLayer norm_1, norm_2;
};

/// "batch", "layer", "rms" or "group" (eight groups), with gamma and beta.
AnyLayer make_norm(const std::string& name, Index features);

struct Recipe {
  Index batch = 32;
  Index epochs = 10;
  double rate = 0.05;  ///< at batch 32; it goes with the batch: rate·batch/32
  double momentum = 0.9;
};

/// Trains with cosine learning rate; the last batch of an epoch is left out if it is not full.
/// `after_epoch`, if given, is called with the number of epochs done and leaves the mode as it was.
void train(DigitsMlp& model, const Samples& samples, const Recipe& recipe, std::uint64_t seed,
           const std::function<void(Index epochs)>& after_epoch = {});

/// Error in percent, in the model's present mode, `batch` samples at a time (0: all at once; a last
/// batch that is not full is left out).
double error_percent(DigitsMlp& model, const Samples& samples, Index batch = 0);

}  // namespace evenkeel::lesson
