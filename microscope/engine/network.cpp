// The view Tape: a network of a few layers, and traces from files.

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "answers.hpp"
#include "base/fail.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "evenkeel/replay/read_trace.hpp"
#include "evenkeel/trace/trace.hpp"

namespace evenkeel::microscope {

namespace {

constexpr Index most_layers = 12;

Var layer(const std::string& name, Var x, double eps, Random& random) {
  if (name == "linear") {
    const Index n = x.rows();
    Tape& tape = x.tape();
    const double sd = 1 / std::sqrt(static_cast<double>(n));
    const Var w = tape.variable(random.normal(n, n, sd)).label("W");
    const Var b = tape.variable(Matrix(n, 1)).label("b");
    return linear(x, w, b);
  }
  if (name == "batch") return batch_norm(x, x.rows(), {}, eps);
  if (name == "layer") return layer_norm(x, {}, eps);
  if (name == "rms") return rms_norm(x, {}, eps);
  if (name == "softmax") return softmax(x);
  if (name == "exp") return exp(x);
  if (name == "log") return log(x);
  if (name == "sqrt") return sqrt(x);
  return activation(name, x);
}

// "add2": the output of layer 2 comes by a skip connection; 0 is x.
Var skipped(const std::string& name, const std::vector<Var>& outputs) {
  Index from = outputs.size();
  std::from_chars(name.data() + 3, name.data() + name.size(), from);
  require(name == fmt::format("add{}", from) && from < outputs.size(), "microscope",
          "layer {} is '{}', and can add the outputs of 0 (which is x) to {}", outputs.size(),
          name.substr(0, 40), outputs.size() - 1);
  return outputs[from];
}

}  // namespace

Json network(const Json& request) {
  require(request.contains("layers") && request.at("layers").is_array(), "microscope",
          "layers must be a list");
  const Json& layers = request.at("layers");
  require(layers.size() <= most_layers, "microscope", "{} layers at most, got {}", most_layers,
          layers.size());
  const Index features = count(request, "features", 1, 12),
              samples = count(request, "samples", 1, 12);
  const double eps = number(request, "eps", 0, 1e6);
  Random random(count(request, "seed", 0, 1'000'000));
  Tape tape;
  std::vector<Var> outputs = {tape.variable(random.normal(features, samples)).label("x")};
  for (const Json& one : layers) {
    require(one.is_string(), "microscope", "a layer is a name");
    const std::string name = one.get<std::string>();
    const Var h = outputs.back();
    outputs.push_back(name.starts_with("add") ? h + skipped(name, outputs)
                                              : layer(name, h, eps, random));
  }
  const Var h = outputs.back();
  const Var target = tape.constant(random.normal(features, samples)).label("target");
  tape.backward(mse(h, target).label("loss"));
  return Json::parse(to_json(trace_of(tape, "a small network")));
}

Json check_trace(const Json& request) {
  return {{"nodes", trace_from_json(text(request, "trace")).nodes.size()}};
}

}  // namespace evenkeel::microscope
