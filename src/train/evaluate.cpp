#include "evenkeel/train/evaluate.hpp"

#include <array>

#include "evenkeel/data/loader.hpp"
#include "evenkeel/ops/losses.hpp"

namespace evenkeel {

Index correct_predictions(const Matrix& logits, const std::vector<Index>& labels) {
  Index correct = 0;
  for (Index sample = 0; sample < logits.n_cols; ++sample) {
    const arma::Col<Scalar> column = logits.unsafe_col(sample);  // no copy
    if (!column.has_nan() && column.index_max() == labels[sample]) ++correct;
  }
  return correct;
}

Metrics evaluate(Tape& tape, Layer& model, const Samples& samples, Index batch,
                 Communicator& processes) {
  Loader loader(samples, {.batch = batch, .shuffle = false, .share = processes.share()}, 0);
  loader.start(0);
  const EvaluationMode mode(model);
  const NoGrad off(tape);
  std::array<double, 2> sums = {};  // of the losses, of the right predictions
  Batch seen;
  while (loader.next(seen)) {
    tape.rewind();
    const Var logits = model(tape.constant(seen.x));
    if (seen.labels.empty()) continue;
    const Var loss = cross_entropy(logits, seen.labels);
    sums[0] += static_cast<double>(loss.value()(0, 0)) * static_cast<double>(seen.labels.size());
    sums[1] += static_cast<double>(correct_predictions(logits.value(), seen.labels));
  }
  tape.rewind();
  sum_or_nan(processes, "the evaluation", sums);
  const double count = static_cast<double>(samples.size());
  return {sums[0] / count, sums[1] / count, samples.size()};
}

}  // namespace evenkeel
