// How smooth the loss is: β and the range of the loss along the
// gradient; the identity of BatchNorm's gradient.

#include <algorithm>
#include <cmath>

#include "evenkeel/data/loader.hpp"
#include "evenkeel/models/mlp.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "learning_curves.hpp"

namespace learning_curves {

namespace {

constexpr double rate = 0.05;
constexpr ek::Index training_steps = 200;
constexpr ek::Index steps_between = 20;

double loss_and_gradients(ek::Tape& tape, ek::Mlp& model, const ek::Batch& batch) {
  tape.rewind();
  model.zero_gradient();
  const ek::Var loss = cross_entropy(model(tape.constant(batch.x)), batch.labels);
  tape.backward(loss);
  return loss.value()(0, 0);
}

arma::vec flat_gradient(const std::vector<ek::Parameter*>& parameters) {
  arma::vec flat;
  for (const ek::Parameter* p : parameters) {
    flat = arma::join_cols(flat, arma::conv_to<arma::vec>::from(arma::vectorise(p->gradient)));
  }
  return flat;
}

// β and the range at the present weights; leaves them as they are.
void measure(ek::Tape& tape, ek::Mlp& model, const ek::Batch& batch, Smoothness& s) {
  const std::vector<ek::Parameter*> parameters = model.parameters();
  double lowest = loss_and_gradients(tape, model, batch), highest = lowest;
  const arma::vec g = flat_gradient(parameters);
  std::vector<ek::Matrix> weights, gradients;
  for (const ek::Parameter* p : parameters) {
    weights.push_back(p->value);
    gradients.push_back(p->gradient);
  }
  double beta = 0;
  for (int i = 1; i <= 8; ++i) {
    const double eta = 0.05 * i;
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      parameters[k]->value = weights[k] - static_cast<ek::Scalar>(eta) * gradients[k];
    }
    const double loss = loss_and_gradients(tape, model, batch);
    lowest = std::min(lowest, loss);
    highest = std::max(highest, loss);
    const arma::vec there = flat_gradient(parameters);
    beta = std::max(beta, arma::norm(there - g) / (eta * arma::norm(g)));
  }
  for (std::size_t k = 0; k < parameters.size(); ++k) parameters[k]->value = weights[k];
  s.beta.push_back(beta);
  s.range.push_back(highest - lowest);
}

// ‖∂L/∂z‖² = (γ²/σ²)·(‖g‖² − ⟨1, g⟩²/B − ⟨ŷ, g⟩²/B) for each unit of each BatchNorm on the tape,
// where z goes into the norm and g = ∂L/∂y comes back to it. Rows are units, B = columns.
double identity_error(const ek::Tape& tape) {
  double worst = 0;
  for (ek::Index i = 0; i < tape.size(); ++i) {
    const ek::Node& norm = tape.node(i);
    if (norm.kind() != "batch_norm") continue;
    const ek::Node& before = tape.node(norm.inputs[0]);
    const arma::mat z = arma::conv_to<arma::mat>::from(before.value());
    const arma::mat dz = arma::conv_to<arma::mat>::from(before.gradient());
    const arma::mat g = arma::conv_to<arma::mat>::from(norm.gradient());
    const ek::Matrix& gamma = tape.node(norm.inputs[1]).value();
    const double b = static_cast<double>(z.n_cols);
    for (ek::Index unit = 0; unit < z.n_rows; ++unit) {
      const arma::rowvec centred = z.row(unit) - arma::mean(z.row(unit));
      const double variance = arma::dot(centred, centred) / b + 1e-5;  // with the norm's eps
      const arma::rowvec yhat = centred / std::sqrt(variance);
      const double along_ones = arma::accu(g.row(unit)), along_yhat = arma::dot(yhat, g.row(unit));
      const double square = arma::dot(g.row(unit), g.row(unit));
      const double right = std::pow(gamma[unit], 2) / variance *
                           (square - along_ones * along_ones / b - along_yhat * along_yhat / b);
      const double left = arma::dot(dz.row(unit), dz.row(unit));
      // Relative to what does not cancel: a dead unit's gradient is 0 on both sides.
      const double scale = std::pow(gamma[unit], 2) / variance * square;
      if (scale > 0) worst = std::max(worst, std::abs(left - right) / scale);
    }
  }
  return worst;
}

}  // namespace

Smoothness smoothness(const std::string& norm, const ek::Split& digits, std::uint64_t seed) {
  ek::Random random(seed);
  ek::Mlp model({.widths = {64, 64, 64, 64, 64, 64, 64, 10}, .norm = ek::image_norm(norm)}, random);
  ek::Sgd optimizer(model.parameters(), {.learning_rate = rate});
  ek::Loader loader(digits.train, {.batch = 128, .drop_last = true}, seed);
  ek::Tape tape;
  ek::Batch batch;
  Smoothness s;
  for (ek::Index step = 0; step <= training_steps; ++step) {
    if (step % loader.batches() == 0) loader.start(step / loader.batches());
    loader.next(batch);
    if (step % steps_between == 0) {
      measure(tape, model, batch, s);
      s.steps.push_back(static_cast<double>(step));
    }
    loss_and_gradients(tape, model, batch);
    if (norm == "batch" && step % steps_between == 0) {
      s.identity_error = std::max(s.identity_error, identity_error(tape));
    }
    optimizer.step();
  }
  return s;
}

}  // namespace learning_curves
