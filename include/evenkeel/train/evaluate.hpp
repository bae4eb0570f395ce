#pragma once
// How good a classifier is on samples it does not train on.

#include <vector>

#include "evenkeel/base/communicator.hpp"
#include "evenkeel/core/module.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/data/samples.hpp"

namespace evenkeel {

struct Metrics {
  double loss = 0;      ///< mean cross-entropy over the samples, in nats
  double accuracy = 0;  ///< share of the samples whose largest logit is their label's
  Index samples = 0;    ///< how many there were, in all processes
};

/// In evaluation mode and without gradients, `batch` samples at a time; afterwards every module
/// is in the mode it was in. Rewinds the tape.
/// Collective with several processes: each looks at its share of every batch.
/// Throws Error when there are no samples, they are inconsistent, or batch is 0.
Metrics evaluate(Tape& tape, Layer& model, const Samples& samples, Index batch = 200,
                 Communicator& processes = one_process());

/// How many columns of the logits (classes × samples) have their largest entry, of equals the
/// first, at their label. A column with a NaN predicts nothing, and is not counted.
Index correct_predictions(const Matrix& logits, const std::vector<Index>& labels);

}  // namespace evenkeel
