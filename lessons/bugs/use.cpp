// Exhibits: the right norm, used where or when it cannot be right.

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "exhibit.hpp"

namespace evenkeel::bugs {

namespace {

// --- running variance ----------------------------------------------------------------------------

double running_variance(double batch, bool biased) {
  const auto n = static_cast<Index>(batch);
  Random random(1);
  double running = 1;
  for (int step = 0; step < 20'000; ++step) {
    const Matrix x = random.normal(1, n);
    const double variance =
        arma::var(arma::rowvec(x), biased ? 1 : 0);  // Armadillo: 1 divides by n
    running += 0.001 * (variance - running);
  }
  return running;
}

Exhibit biased_running_var() {
  return {
      .name = "biased_running_var",
      .title = "Evaluation differs from PyTorch, the more the smaller the batch",
      .source = "CanReader/FastNN #11; ml-explore/mlx #3817; asked as pytorch/pytorch #19902",
      .question =
          "Data of variance 1, batches of two: what is the running variance after many batches?",
      .answer =
          "running_variance, biased: the mean of squared distances from a batch's own mean is "
          "(B − 1)/B of the variance. The batch is normalized by it, rightly; as an estimate for "
          "other data it needs B/(B − 1).",
      .x = "batch size",
      .y = "running variance",
      .xs = {64, 32, 16, 8, 4, 2},
      .wrong = [](double batch) { return running_variance(batch, true); },
      .right = [](double batch) { return running_variance(batch, false); },
      .accepted = lesson::between(0.45, 0.55, "(B − 1)/B = ½"),
      .of_right = lesson::between(0.8, 1.2, "n/(n − 1) corrects it: 1"),
      .check = "running statistics against values from elsewhere: gradients do not see them",
      .caught =
          [] { return running_variance(4, true) < 0.85 && running_variance(4, false) > 0.9; }};
}

// --- a batch of one ------------------------------------------------------------------------------

double size_of_output(double batch, bool over_the_batch) {
  const Matrix x = Random(2).normal(64, static_cast<Index>(batch));
  const arma::uword along = over_the_batch ? 1 : 0;
  const Matrix mean = arma::mean(x, along);
  const Matrix deviation =
      over_the_batch ? Matrix(x.each_col() - mean) : Matrix(x.each_row() - mean);
  const Matrix rstd = 1 / arma::sqrt(arma::mean(arma::square(deviation), along) + 1e-5);
  const Matrix y =
      over_the_batch ? Matrix(deviation.each_col() % rstd) : Matrix(deviation.each_row() % rstd);
  return statistics(y).rms;
}

bool refuses_one_sample() {
  Tape tape;
  try {
    batch_norm(tape.constant(Random(2).normal(64, 1)), 64);
  } catch (const Error&) {
    return true;
  }
  return false;
}

Exhibit batch_of_one() {
  return {.name = "batch_of_one",
          .title = "The last batch of an epoch has one sample",
          .source = "pytorch/pytorch #1381 (everything NaN), refused since #2961; #4534 asks why",
          .question = "BatchNorm on a batch of one: how large is its output?",
          .answer =
              "size_of_output, over_the_batch: one value is its own mean, so every output is 0, "
              "whatever "
              "the input was. PyTorch has refused it since 0.3, and so does batch_norm here; drop "
              "the last, "
              "odd batch, or take a norm that looks at one sample.",
          .x = "batch size",
          .y = "size of the output",
          .xs = {16, 8, 4, 2, 1},
          .wrong = [](double batch) { return size_of_output(batch, true); },
          .right = [](double batch) { return size_of_output(batch, false); },
          .accepted = lesson::between(0, 1e-9, "x − mean(x) = 0"),
          .of_right = lesson::between(0.99, 1, "another norm: 1"),
          .check = "refuse a tile of one value, with a message",
          .caught = [] { return size_of_output(1, true) == 0 && refuses_one_sample(); }};
}

// --- padding -------------------------------------------------------------------------------------

double size_of_valid(double share, bool masked) {
  const Index all = 4096, valid = static_cast<Index>(double(all) * (1 - share));
  arma::rowvec x(all, arma::fill::zeros);
  x.head(valid) = arma::rowvec(Random(3).normal(1, valid));
  const arma::rowvec counted = masked ? arma::rowvec(x.head(valid)) : x;
  const arma::rowvec y =
      (x.head(valid) - arma::mean(counted)) / std::sqrt(arma::var(counted, 1) + 1e-5);
  return arma::stddev(y, 1);
}

Exhibit padding() {
  return {.name = "padding",
          .title = "A sentence is normalized differently when a longer one is in its batch",
          .source = "pytorch/pytorch #70529 and #81985, both open",
          .question =
              "Three quarters of the batch are padding, zeros. What is σ of the normalized words?",
          .answer =
              "size_of_valid, not masked: zeros are counted as data. They lower the variance to a "
              "quarter "
              "of it, so words come out twice as large; how long a neighbour is decides.",
          .x = "share of padding",
          .y = "σ of the valid entries",
          .xs = {0, 0.25, 0.5, 0.75},
          .wrong = [](double share) { return size_of_valid(share, false); },
          .right = [](double share) { return size_of_valid(share, true); },
          .accepted = lesson::between(1.9, 2.1, "1/√(1 − ¾) = 2"),
          .of_right = lesson::between(0.99, 1, "the words alone have σ = 1"),
          .check = "pad more: what is not padding must stay",
          .caught =
              [] {
                return std::abs(size_of_valid(0.5, false) - size_of_valid(0, false)) > 0.1 &&
                       std::abs(size_of_valid(0.5, true) - 1) < 1e-4;
              }};
}

// --- shards of unequal size ----------------------------------------------------------------------

// The error of dx when the two means of backward are averaged over processes and not over samples.
double error_of_unequal(double first, bool by_process) {
  const auto n = static_cast<Index>(first);
  const arma::rowvec x(Random(4).normal(1, 16)), dy(Random(5).normal(1, 16));
  const double rstd = 1 / std::sqrt(arma::var(x, 1));
  const arma::rowvec xhat = (x - arma::mean(x)) * rstd;
  const auto mean_of = [&](const arma::rowvec& v) {
    const double mean = (arma::mean(v.head(n)) + arma::mean(v.tail(16 - n))) / 2;
    return by_process ? mean : arma::mean(v);
  };
  const arma::rowvec dx = rstd * (dy - mean_of(dy) - xhat * mean_of(dy % xhat));
  const arma::rowvec right = rstd * (dy - arma::mean(dy) - xhat * arma::mean(dy % xhat));
  return arma::abs(dx - right).max();
}

Exhibit unequal_shards() {
  return {
      .name = "unequal_shards",
      .title = "SyncBatchNorm's gradient is wrong when one process has fewer samples",
      .source = "pytorch/pytorch #36382; wrong again, for another reason, #64039",
      .question = "16 samples on two processes, 15 and 1: how large is the largest error of dx?",
      .answer =
          "error_of_unequal, by_process: every process sent its mean of dy and of dy ⊙ xhat, and "
          "the "
          "means were averaged. The mean of means is the mean only where all have the same count: "
          "sums and counts must travel.",
      .x = "samples on the first of two processes, of 16",
      .y = "largest error of dx",
      .xs = {8, 10, 12, 14, 15},
      .wrong = [](double first) { return error_of_unequal(first, true); },
      .right = [](double first) { return error_of_unequal(first, false); },
      .accepted = lesson::between(0.1, 3, "of the order of dy"),
      .of_right = lesson::between(0, 1e-9, "as in one process"),
      .check = "unequal shards against one process with all samples; equal ones agree",
      .caught =
          [] { return error_of_unequal(8, true) < 1e-12 && error_of_unequal(15, true) > 0.01; }};
}

// --- parameters that never learn -----------------------------------------------------------------

double gamma_moved(double steps, bool trainable) {
  Random random(6);
  LayerNorm norm(8);
  for (Parameter* p : norm.parameters()) p->requires_grad = trainable;
  const Matrix x = random.normal(8, 16), dy = random.normal(8, 16);
  for (int step = 0; step < steps; ++step) {
    Tape tape;
    norm.zero_gradient();
    tape.backward(norm(tape.variable(x)), dy);
    for (Parameter* p : norm.parameters()) {
      if (p->has_gradient) p->value -= 0.01 * p->gradient;
    }
  }
  return arma::abs(norm.parameters()[0]->value - 1).max();
}

bool all_get_a_gradient(bool trainable) {
  LayerNorm norm(8);
  for (Parameter* p : norm.parameters()) p->requires_grad = trainable;
  Tape tape;
  tape.backward(norm(tape.variable(Random(6).normal(8, 16))), Random(7).normal(8, 16));
  return without_gradient(norm.parameters()).empty();
}

Exhibit frozen_affine() {
  return {.name = "frozen_affine",
          .title = "LayerNorm trains, and gamma is still 1",
          .source = "harvard-edge/cs249r_book #1504",
          .question = "How far has gamma moved after 50 steps?",
          .answer =
              "gamma_moved: gamma and beta were made without requires_grad, and backward skipped "
              "them. The "
              "test set requires_grad itself before it looked, and passed.",
          .x = "steps",
          .y = "how far gamma has moved",
          .xs = {1, 5, 10, 20, 50},
          .wrong = [](double steps) { return gamma_moved(steps, false); },
          .right = [](double steps) { return gamma_moved(steps, true); },
          .accepted = lesson::between(0, 0, "it has no gradient"),
          .of_right = lesson::between(3.4, 3.6, "50 steps of the same gradient"),
          .check = "after one backward, list the parameters without a gradient (without_gradient)",
          .caught = [] { return !all_get_a_gradient(false) && all_get_a_gradient(true); }};
}

// --- evaluation too early ------------------------------------------------------------------------

double evaluation_error(double batches, std::optional<double> momentum) {
  Random random(8);
  const auto batch = [&] { return Matrix(3 * random.normal(4, 64) + 5); };
  BatchNorm norm(4, {.momentum = momentum});
  Tape tape;
  for (int i = 0; i < batches; ++i, tape.rewind()) norm(tape.constant(batch()));
  norm.eval();
  const Matrix x = batch();
  const Matrix expected = (x - 5) / 3;
  return statistics(norm(tape.constant(x)).value() - expected).rms;
}

Exhibit eval_too_early() {
  return {
      .name = "eval_too_early",
      .title = "model.eval() gives a high error, model.train() a low one",
      .source = "pytorch/pytorch #4741, #5406",
      .question =
          "Data N(5, 3²), one batch seen, momentum 0.1: root mean square error of evaluation?",
      .answer =
          "evaluation_error: running statistics start at 0 and 1 and move a tenth of the way with "
          "each "
          "batch. After one batch they are 0.5 and 1.8 instead of 5 and 9. The other curve "
          "averages "
          "all batches alike (momentum = nullopt), as recalibration does.",
      .x = "batches seen",
      .y = "error of evaluation",
      .xs = {50, 20, 10, 5, 2, 1},
      .wrong = [](double batches) { return evaluation_error(batches, 0.1); },
      .right = [](double batches) { return evaluation_error(batches, std::nullopt); },
      .accepted = lesson::between(2.5, 4.5, "(x − 0.5)/√1.8 instead of (x − 5)/3: about 3.6"),
      .of_right = lesson::between(0, 0.3, "the statistics are those of the data"),
      .check = "compare training and evaluation on the same batch (lesson 07's diagnosis)",
      .caught =
          [] { return evaluation_error(1, 0.1) > 1 && evaluation_error(50, std::nullopt) < 0.1; }};
}

}  // namespace

std::vector<Exhibit> exhibits_of_use() {
  return {biased_running_var(), batch_of_one(),  padding(),
          unequal_shards(),     frozen_affine(), eval_too_early()};
}

}  // namespace evenkeel::bugs
