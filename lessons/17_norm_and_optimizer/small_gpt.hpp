#pragma once
// The small GPT of lesson 17, trained by one of three optimizers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/data/text.hpp"
#include "measured.hpp"

namespace evenkeel::lesson {

struct Setting {
  Index layers = 2, width = 32, steps = 1000, warmup = 300;
  std::string start = "unit";                  ///< or "gpt2": see start_at_one
  std::vector<std::string> rates = {"tuned"};  ///< a list, which leaves the claims judged
  Text text = {};
};
constexpr Index context = 32, batch = 12;

struct Stepper : Style {
  double rate;  ///< its highest learning rate
};
using Steppers = std::vector<Stepper>;
/// Tuned on other seeds: see the page.
inline const Steppers steppers = {{{"sgd", "SGD", colour::none}, 0.8},
                                  {{"adamw", "AdamW", colour::layer}, 8e-3},
                                  {{"muon", "Muon", colour::deep}, 0.04}};

/// On 50 batches of a text, always the same ones.
struct Look {
  double loss;  ///< nats per character
  /// % of the entries that a tanh has cut off, |αx| > 2, or an erf as much; none without them.
  std::optional<double> saturated;
};

/// What is seen after a training on `text`; NaN where it diverged.
struct Trained {
  Look validation, training;
};
/// The norm by its name, or "derf.3": Derf with alpha from 0.3.
Trained train(const Setting& setting, const std::string& norm, const std::string& optimizer,
              double rate, const Tokens& text, std::uint64_t seed);

}  // namespace evenkeel::lesson
