#pragma once
// The small GPT of lesson 17, trained by one of three optimizers.

#include <cstdint>
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
/// Tuned on another seed: see the page.
inline const Steppers steppers = {{{"sgd", "SGD", colour::none}, 0.8},
                                  {{"adamw", "AdamW", colour::layer}, 8e-3},
                                  {{"muon", "Muon", colour::deep}, 0.04}};

inline Quantity loss_with(const Stepper& o) {
  return {o.name, "learning rate", "loss with " + o.title};
}
inline Quantity saturated_with(const Stepper& o) {
  return {"saturated_" + o.name, "learning rate", "% saturated with " + o.title};
}
inline const Quantity validation{"validation", "characters to learn from", "validation loss, nats"};
inline const Quantity training{"training", "characters to learn from", "training loss, nats"};
/// % of the entries that a tanh has cut off, |αx| > 2, or an erf as much; not of other norms.
inline const Quantity saturated{"saturated", "characters to learn from", "% saturated"};
constexpr double slice = 2000;  // characters, of 1,072,739

/// One norm ("derf.3": Derf with alpha from 0.3) with one optimizer: trained on all of the text, at
/// each rate; with AdamW on two beginnings of it too. NaN where it diverged.
void measure(const Setting& setting, const std::string& norm, const Stepper& stepper,
             std::uint64_t seed, Record& record);

}  // namespace evenkeel::lesson
