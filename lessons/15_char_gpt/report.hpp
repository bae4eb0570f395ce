#pragma once
// What lesson 15 draws, writes and claims.

#include "evenkeel/chart/chart.hpp"
#include "training.hpp"

namespace char_gpt {

/// Loss; gradient norm by layer; σ of the activations by layer; update : weight by parameter.
ek::Figure panels(Training& training);

/// The table of the rows, and their CSV files.
void write_history(ek::lesson::Lesson& lesson, Training& training);
void write_sample(ek::lesson::Lesson& lesson, Training& training);
/// `final_loss` on the validation text.
void claim_all(ek::lesson::Lesson& lesson, const Training& training, double final_loss);

/// In the order of optimizer.parameters().
std::vector<std::string> parameter_names(Training& training);

/// −Σ p ln p of the characters of the training text: what a model reaches that knows how often each
/// occurs and nothing else.
double entropy_of_characters(const ek::Text& text);

}  // namespace char_gpt
