#include "evenkeel/train/evaluate.hpp"

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

Metrics evaluate(Tape& tape, Layer& model, const Samples& samples, Index batch) {
  Loader loader(samples, {.batch = batch, .shuffle = false}, 0);
  loader.start(0);
  const EvaluationMode mode(model);
  const NoGrad off(tape);
  double loss_sum = 0, correct = 0;
  Batch seen;
  while (loader.next(seen)) {
    tape.rewind();
    const Var logits = model(tape.constant(seen.x));
    const Var loss = cross_entropy(logits, seen.labels);
    loss_sum += static_cast<double>(loss.value()(0, 0)) * static_cast<double>(seen.labels.size());
    correct += static_cast<double>(correct_predictions(logits.value(), seen.labels));
  }
  tape.rewind();
  const double count = static_cast<double>(samples.size());
  return {loss_sum / count, correct / count};
}

}  // namespace evenkeel
