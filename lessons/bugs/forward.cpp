// Exhibits: a norm computes something else than its formula.

#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "exhibit.hpp"

namespace evenkeel::bugs {

namespace {

using Floats = arma::fvec;  // float, where the mistakes are made

// --- cancellation --------------------------------------------------------------------------------

Floats one_pass_layer_norm(const Floats& x, float eps = 1e-5F) {
  const float mean = arma::mean(x), mean_square = arma::mean(arma::square(x));
  const float variance = std::max(0.0F, mean_square - mean * mean);
  return (x - mean) / std::sqrt(variance + eps);
}

Floats two_pass_layer_norm(const Floats& x, float eps = 1e-5F) {
  const Floats deviation = x - arma::mean(x);
  return deviation / std::sqrt(arma::mean(arma::square(deviation)) + eps);
}

// A row of 16 values, mean + i/1024, as in the report (there i/1000): σ is 0.0045.
double error_at_mean(double mean, Floats (*norm)(const Floats&, float)) {
  const Floats x = arma::regspace<Floats>(0, 15) / 1024 + static_cast<float>(mean);
  const Floats expected = two_pass_layer_norm(arma::regspace<Floats>(0, 15) / 1024);
  return arma::abs(norm(x, 1e-5F) - expected).max();
}

Exhibit cancellation() {
  return {
      .name = "cancellation",
      .title = "LayerNorm is wrong where the mean is large",
      .source =
          "tracel-ai/burn #5607; microsoft/onnxruntime #28463 (all NaN); pytorch/pytorch #51102",
      .question =
          "A row with σ = 0.0045 around 1,000, in float: how far off is its largest entry, 1.33?",
      .answer =
          "one_pass_layer_norm: E[x²] − E[x]² subtracts two numbers near 10⁶ whose difference is "
          "2·10⁻⁵, and a float has seven digits. What is left is rounding: 0 at 30 to 300, where "
          "eps alone remains, and about 0.06 at 1,000, three thousand times the variance. Two "
          "passes "
          "subtract the mean first and lose nothing.",
      .x = "mean of the row",
      .y = "largest error",
      .xs = {1, 3, 10, 30, 100, 300, 1000},
      .wrong = [](double mean) { return error_at_mean(mean, one_pass_layer_norm); },
      .right = [](double mean) { return error_at_mean(mean, two_pass_layer_norm); },
      .accepted = lesson::between(0.9, 2.4, "1.03 in the report; of the order of the entries"),
      .of_right = lesson::between(0, 1e-3, "two passes lose nothing"),
      .check =
          "add a large number to x: y must stay (lessons/run card: notices 10⁶ added to all of x)",
      .caught =
          [] {
            return error_at_mean(1000, one_pass_layer_norm) > 0.1 &&
                   error_at_mean(1000, two_pass_layer_norm) < 0.1;
          }};
}

// --- rsqrt ---------------------------------------------------------------------------------------

Matrix rms_norm_divided_by_rsqrt(const Matrix& x) {
  const Matrix rstd = 1 / arma::sqrt(arma::mean(arma::square(x), 0) + 1e-5);
  return x.each_row() / rstd;
}

Matrix right_rms_norm(const Matrix& x) {
  const Matrix rstd = 1 / arma::sqrt(arma::mean(arma::square(x), 0) + 1e-5);
  return x.each_row() % rstd;
}

double size_after(double layers, Matrix (*norm)(const Matrix&)) {
  Random random(1);
  Matrix h = random.normal(64, 32, 1.5);
  for (int l = 0; l < layers; ++l) h = norm(random.normal(64, 64, 0.125) * h);
  return statistics(h).rms;
}

Exhibit rsqrt() {
  return {
      .name = "rsqrt",
      .title = "With RMSNorm the loss diverges",
      .source = "mosaicml/llm-foundry #371, fixed in #372",
      .question = "Root mean square after four linear layers, each followed by this norm?",
      .answer =
          "rms_norm_divided_by_rsqrt: x / rsqrt(…) multiplies by the root mean square instead of "
          "dividing by it, so whatever is above 1 is squared in every layer.",
      .x = "layers",
      .y = "root mean square",
      .xs = {1, 2, 3, 4},
      .wrong = [](double l) { return size_after(l, rms_norm_divided_by_rsqrt); },
      .right = [](double l) { return size_after(l, right_rms_norm); },
      .accepted = lesson::between(100, 1e6, "1.5 to the power 2, 4, 8, 16 and more"),
      .of_right = lesson::between(0.99, 1, "RMSNorm makes it 1"),
      .check = "triple x: y must stay (scale_invariance)",
      .caught =
          [] {
            const Matrix x = Random(2).normal(8, 4);
            const auto change = [&](auto norm) { return arma::abs(norm(x) - norm(3 * x)).max(); };
            return change(rms_norm_divided_by_rsqrt) > 1 && change(right_rms_norm) < 1e-4;
          }};
}

// --- eps outside the root ------------------------------------------------------------------------

double rms_of_normalized(double size, bool outside) {
  const Matrix x = size * Random(3).normal(64, 1);
  const double mean_square = arma::mean(arma::mean(arma::square(x)));
  const double eps = 1e-5;
  const double divisor = outside ? std::sqrt(mean_square) + eps : std::sqrt(mean_square + eps);
  return statistics(x / divisor).rms;
}

Exhibit eps_outside() {
  return {
      .name = "eps_outside",
      .title = "Weights from elsewhere give other outputs, where activations are small",
      .source = "allenai/OLMo #281; EleutherAI/gpt-neox #1342; tracel-ai/burn #2185",
      .question = "x of size 0.001, eps = 1e-5 added to the root: what is the size of the output?",
      .answer =
          "rms_of_normalized, outside: √(ms) + eps barely notices eps = 1e-5 where √(ms) is 0.001; "
          "√(ms + eps) is 0.0033, three times as much. Both bound the output, at different sizes: "
          "a "
          "model trained with one must run with the same.",
      .x = "size of x",
      .y = "size of the output",
      .xs = {1, 0.1, 0.03, 0.01, 0.003, 0.001},
      .wrong = [](double size) { return rms_of_normalized(size, true); },
      .right = [](double size) { return rms_of_normalized(size, false); },
      .accepted = lesson::between(0.985, 0.995, "1/(1 + eps/size) = 0.990"),
      .of_right = lesson::between(0.27, 0.31, "1/√(1 + eps/size²) = 0.30"),
      .check = "values from elsewhere, at sizes near √eps: no gradient check sees it",
      .caught =
          [] {
            return std::abs(rms_of_normalized(0.001, true) - rms_of_normalized(0.001, false)) > 0.5;
          }};
}

// --- LayerNorm for RMSNorm -----------------------------------------------------------------------

double size_with_mean(double mean, bool subtract) {
  Tape tape;
  const Var x = tape.constant(Random(4).normal(64, 16) + mean);
  return statistics((subtract ? layer_norm(x) : rms_norm(x)).value()).mean;
}

Exhibit layer_for_rms() {
  return {
      .name = "layer_for_rms",
      .title = "LLaMA runs with LayerNorm where the paper has RMSNorm",
      .source = "ggml-org/llama.cpp #173, fixed in #187",
      .question =
          "Inputs with mean 2 and σ 1: the mean of the output, with the norm that was there?",
      .answer =
          "size_with_mean: the norm that was there subtracts the mean, RMSNorm does not. Where "
          "means are near 0 nobody notices, and the reply to the report was that the two should be "
          "the same.",
      .x = "mean of the input",
      .y = "mean of the output",
      .xs = {0, 0.25, 0.5, 1, 2},
      .wrong = [](double mean) { return size_with_mean(mean, true); },
      .right = [](double mean) { return size_with_mean(mean, false); },
      .accepted = lesson::between(-1e-9, 1e-9, "the mean is subtracted"),
      .of_right = lesson::between(0.85, 0.93, "2/√(2² + 1) = 0.89"),
      .check = "add 3 to x: RMSNorm notices, LayerNorm does not (shift_invariance)",
      .caught =
          [] {
            const auto change = [](bool subtract) {
              return std::abs(size_with_mean(3, subtract) - size_with_mean(0, subtract));
            };
            return change(true) < 1e-9 && change(false) > 0.1;
          }};
}

}  // namespace

std::vector<Exhibit> exhibits_of_forward() {
  return {cancellation(), rsqrt(), eps_outside(), layer_for_rms()};
}

}  // namespace evenkeel::bugs
