#include "evenkeel/train/evaluate.hpp"

#include <algorithm>

#include "evenkeel/ops/losses.hpp"

namespace evenkeel {

Index correct_predictions(const Matrix& logits, const std::vector<Index>& labels) {
  Index correct = 0;
  for (Index sample = 0; sample < logits.n_cols; ++sample) {
    const Scalar* column = logits.colptr(sample);
    const Scalar* largest = std::max_element(column, column + logits.n_rows);
    if (largest - column == static_cast<std::ptrdiff_t>(labels[sample])) ++correct;
  }
  return correct;
}

Metrics evaluate(Tape& tape, Layer& model, const Samples& samples, Index batch) {
  const Index count = samples.x.n_cols;
  if (count == 0) fail("evaluate", "expected at least one sample, got none");
  if (batch == 0) fail("evaluate", "batch must be at least 1, got 0");
  const EvaluationMode mode(model);
  const NoGrad off(tape);
  double loss_sum = 0;
  Index correct = 0;
  Matrix x;
  std::vector<Index> labels;
  for (Index first = 0; first < count; first += batch) {
    const Index last = std::min(first + batch, count) - 1;
    x = samples.x.cols(first, last);
    labels.assign(samples.labels.begin() + first, samples.labels.begin() + last + 1);
    tape.rewind();
    const Var logits = model(tape.constant(x));
    const Var loss = cross_entropy(logits, labels);
    loss_sum += static_cast<double>(loss.value()(0, 0)) * static_cast<double>(labels.size());
    correct += correct_predictions(logits.value(), labels);
  }
  tape.rewind();
  return {loss_sum / static_cast<double>(count),
          static_cast<double>(correct) / static_cast<double>(count)};
}

}  // namespace evenkeel
