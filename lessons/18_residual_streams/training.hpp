#pragma once
// Which placement learns lesson 14's task at a high learning rate, without warm-up.

#include "block_stacks.hpp"
#include "lab.hpp"

namespace evenkeel::lesson {

/// Trains six blocks and records the loss at each step.
void train(const Scheme& scheme, const std::string& norm, std::uint64_t seed, Record& record);
void report_training(Lesson& lesson, const Styles& shown, const Record& record);

}  // namespace evenkeel::lesson
