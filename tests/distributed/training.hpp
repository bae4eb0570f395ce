#pragma once

#include "evenkeel/base/communicator.hpp"
#include "evenkeel/core/types.hpp"

/// Losses, accuracies and weights are those of one process.
void training_takes_the_same_path(evenkeel::Communicator& all);
/// The same where the optimizer has some of the parameters only.
void training_of_a_part_takes_the_same_path(evenkeel::Communicator& all);
/// The same of a run that goes on from the file's checkpoint, whoever wrote it.
void training_goes_on(evenkeel::Communicator& all, const std::string& file, evenkeel::Index epochs);
/// Every process knows, and goes back.
void training_diverges(evenkeel::Communicator& all);
