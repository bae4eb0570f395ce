#include "evenkeel/train/evaluate.hpp"

#include <algorithm>
#include <utility>

#include "evenkeel/ops/losses.hpp"

namespace evenkeel {

namespace {

// Evaluation mode for a scope. A module may hold others that are in another mode
// (a frozen norm), so each one's mode is kept.
class EvaluationMode : Members {
 public:
  explicit EvaluationMode(Module& model) {
    module("", model);
    model.eval();
  }
  ~EvaluationMode() override {
    for (const auto& [kept, training] : modes_) kept->train(training);  // outer ones come first
  }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  void parameter(std::string_view, Parameter&, const TensorForm&) override {}
  void buffer(std::string_view, Matrix&, const TensorForm&) override {}
  void random(std::string_view, Random&) override {}
  void module(std::string_view, Module& inner) override {
    modes_.emplace_back(&inner, inner.training());
    inner.members(*this);
  }

  std::vector<std::pair<Module*, bool>> modes_;
};

}  // namespace

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
