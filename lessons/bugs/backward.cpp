// Exhibits: gradients that are wrong, and checks that do not see it.

#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "exhibit.hpp"

namespace evenkeel::bugs {

namespace {

// --- a check that looks at the parameters alone --------------------------------------------------

// LayerNorm's backward without the two terms of the statistics.
struct ForgetfulNorm final : UnaryOp {
  Matrix rstd;

  std::string_view name() const override { return "forgetful_norm"; }
  void forward(const Matrix& x, Matrix& y) override {
    const Matrix deviation = x.each_row() - arma::mean(x, 0);
    rstd = 1 / arma::sqrt(arma::mean(arma::square(deviation), 0) + 1e-5);
    y = deviation.each_row() % rstd;
  }
  void backward(const Matrix&, const Matrix&, const Matrix& dy, Matrix& dx) override {
    dx = dy.each_row() % rstd;
  }
};

Var forgetful_norm(Var x) {
  return record<ForgetfulNorm>({x});
}

// The share of ‖dx‖² that points along 1 and along xhat, of which a norm's gradient has nothing.
double forbidden_share(double features, Var (*norm)(Var)) {
  const auto d = static_cast<Index>(features);
  Random random(1);
  double forbidden = 0, all = 0;
  for (int sample = 0; sample < 200; ++sample) {
    Tape tape;
    const Var x = tape.variable(random.normal(d, 1));
    const Var y = norm(x);
    tape.backward(y, random.normal(d, 1));
    const Matrix &dx = x.gradient(), &xhat = y.value();
    forbidden += std::pow(arma::accu(dx), 2) / double(d);
    forbidden += std::pow(arma::dot(dx, xhat), 2) / arma::dot(xhat, xhat);
    all += arma::dot(dx, dx);
  }
  return forbidden / all;
}

Var right_norm(Var x) {
  return layer_norm(x);
}

bool check_passes(Var (*norm)(Var), bool of_gamma_alone) {
  Parameter gamma(Random(2).normal(6, 1), "gamma");
  const Matrix x = Random(3).normal(6, 4);
  const auto f = [&](Tape& tape, std::span<const Var> in) {
    return gamma % norm(of_gamma_alone ? tape.constant(x) : in[0]);
  };
  return gradient_check(f, of_gamma_alone ? std::vector<Matrix>{} : std::vector{x}).passed();
}

Exhibit blind_check() {
  return {
      .name = "blind_check",
      .title = "BatchNorm and LayerNorm pass their gradient tests, and their backward is wrong",
      .source = "mlpack/mlpack #1923, fixed in #1930, in Armadillo too",
      .question =
          "Without the two terms, which share of ‖dx‖² points where it must not, at 4 features?",
      .answer =
          "ForgetfulNorm::backward: dx = rstd ⊙ dy. The tests compared the gradients of "
          "parameters; "
          "the norm stood first, so its dx went nowhere. In 256 features the forbidden share is "
          "2/256: training still works, a little worse, and nobody looks.",
      .x = "features",
      .y = "forbidden share of ‖dx‖²",
      .xs = {256, 64, 16, 8, 4},
      .wrong = [](double d) { return forbidden_share(d, forgetful_norm); },
      .right = [](double d) { return forbidden_share(d, right_norm); },
      .accepted = lesson::between(0.4, 0.6, "2 of 4 directions"),
      .of_right = lesson::between(0, 1e-6, "all of it is deleted"),
      .check = "a gradient check with respect to x; with parameters alone it passes",
      .caught =
          [] {
            return check_passes(forgetful_norm, true) && !check_passes(forgetful_norm, false) &&
                   check_passes(right_norm, false);
          }};
}

// --- the sum -------------------------------------------------------------------------------------

double gradient_under(double factor, bool random_loss) {
  Tape tape;
  Random random(4);
  const Var x = tape.variable(random.uniform(64, 10, 0, 1));
  const Var y = layer_norm(x) * factor;
  const Matrix ones(64, 10, arma::fill::ones);
  tape.backward(y, random_loss ? random.normal(64, 10) : ones);
  return arma::abs(x.gradient()).max();
}

Exhibit sum_loss() {
  return {
      .name = "sum_loss",
      .title = "LayerNorm breaks the gradient flow",
      .source = "pytorch/pytorch #63541",
      .question = "The loss is the sum of LayerNorm's outputs. What is the largest entry of dx?",
      .answer =
          "gradient_under, without a random loss: there is no bug. Each column of xhat sums to 0 "
          "whatever x is, so the loss is constant and its gradient 0. What seemed to flow with "
          "0.99·y was rounding.",
      .x = "factor before the sum",
      .y = "largest entry of dx",
      .xs = {0.9, 0.95, 0.99, 1},
      .wrong = [](double factor) { return gradient_under(factor, false); },
      .right = [](double factor) { return gradient_under(factor, true); },
      .accepted = lesson::between(0, 1e-9, "the sum of xhat is always 0"),
      .of_right = lesson::between(10, 12, "a loss that weighs the entries: 10.9"),
      .check = "one upstream entry at a time (gradient_check): the sum would let any dx pass",
      .caught = [] { return gradient_under(1, false) < 1e-9 && gradient_under(1, true) > 1e-3; }};
}

// --- a root at zero ------------------------------------------------------------------------------

double nan_entries(double spread, bool outside) {
  Tape tape;
  const Var x = tape.variable(spread * Matrix{1, -1, 1, -1}.t());
  const Var deviation = x - mean(x);
  const Var variance = mean(square(deviation));
  const Var y = outside ? deviation / (sqrt(variance) + 1e-5) : deviation / sqrt(variance + 1e-5);
  tape.backward(y, Matrix{1, 2, 3, 4}.t());
  return double(arma::find_nan(x.gradient()).eval().n_elem);
}

Exhibit root_of_zero() {
  return {.name = "root_of_zero",
          .title = "Training gives NaN, in some batches only",
          .source = "pyg-team/pytorch_geometric #2917",
          .question =
              "Four equal features, eps added outside the root: how many entries of dx are NaN?",
          .answer =
              "nan_entries, outside: the derivative of √v is 1/(2√v), infinite at v = 0, and it is "
              "multiplied by a deviation of 0. Inside the root eps keeps it finite. Nothing is "
              "wrong.",
          .x = "spread of the features",
          .y = "entries of dx that are NaN",
          .xs = {1, 0.1, 0.01, 0.001, 0},
          .wrong = [](double spread) { return nan_entries(spread, true); },
          .right = [](double spread) { return nan_entries(spread, false); },
          .accepted = lesson::between(4, 4, "0 · ∞ in each of them"),
          .of_right = lesson::between(0, 0, "none is NaN"),
          .check = "a constant tile among the tests; tape.check_finite(true) names the op",
          .caught = [] { return nan_entries(0, true) > 0 && nan_entries(0, false) == 0; }};
}

// --- who made the NaN ----------------------------------------------------------------------------

// How many nodes the accused one stands before the sqrt that made the NaN.
double nodes_from_the_culprit(double ops, bool hunt) {
  Tape tape;
  tape.check_finite(hunt);
  Var h = tape.variable(Matrix{1, 0}.t());
  for (int i = 0; i < ops; ++i) h = h * 1.5;
  const Var root = sqrt(h);
  try {
    tape.backward(root % h, Matrix{1, 1}.t());
  } catch (const Error& error) {
    return std::string(error.what()).find("sqrt") != std::string::npos ? 0 : 1;
  }
  Index first = 0;
  while (!tape.var(first).gradient().has_nan()) ++first;
  return double(root.index() - first);
}

Exhibit who_made_it() {
  return {
      .name = "who_made_it",
      .title = "The NaN is reported at an op that is innocent",
      .source = "pytorch/pytorch #160016, a comment; related: #143658",
      .question =
          "20 ops, then √h with an h of 0. How many nodes before the √ is the first NaN gradient?",
      .answer =
          "nodes_from_the_culprit: backward runs from the end, so the first NaN on the tape "
          "belongs to "
          "the node that was reached last. What makes one is the op whose dy is finite and whose "
          "dx "
          "is not; check_finite looks at each op and stops there.",
      .x = "ops before the root",
      .y = "nodes between accused and culprit",
      .xs = {1, 2, 5, 10, 20},
      .wrong = [](double ops) { return nodes_from_the_culprit(ops, false); },
      .right = [](double ops) { return nodes_from_the_culprit(ops, true); },
      .accepted = lesson::between(21, 21, "all of them carry it"),
      .of_right = lesson::between(0, 0, "the op itself is named"),
      .check = "tape.check_finite(true): finite in, not finite out",
      .caught = [] { return nodes_from_the_culprit(20, true) == 0; }};
}

}  // namespace

std::vector<Exhibit> exhibits_of_backward() {
  return {blind_check(), sum_loss(), root_of_zero(), who_made_it()};
}

}  // namespace evenkeel::bugs
