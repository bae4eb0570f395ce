#pragma once
// One training of the atlas: lesson 14's task, no warm-up.

#include <optional>

#include "atlas_table.hpp"

namespace evenkeel::lesson {

/// The mean loss of the last ten steps, in nats; infinite where it diverged, none where the person
/// stopped it. With AdamW as in lesson 14: (0.9, 0.98), no decay. The AdamW beside Muon has a
/// learning rate of 0.01, whatever Muon's is.
std::optional<double> final_loss(const Trial& trial);

}  // namespace evenkeel::lesson
