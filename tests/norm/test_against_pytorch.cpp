// Every norm against the values, gradients and running statistics that PyTorch computed, in
// tests/reference/norm.json: once by the functions, once by the layers.

#include <boost/test/unit_test.hpp>
#include <memory>

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "reference/reference.hpp"

using namespace evenkeel;
using namespace evenkeel::reference;

namespace {

Affine affine(const Inputs& in) {
  Affine found;
  if (in.count("gamma")) found.gamma = in.at("gamma");
  if (in.count("beta")) found.beta = in.at("beta");
  return found;
}

// T of a sequence; a plain column is a sequence of one.
Index steps(const Case& c) {
  return c.args.value("steps", Index{1});
}

std::optional<double> momentum(const Case& c) {
  if (c.args.at("momentum").is_null()) return std::nullopt;
  return c.number("momentum");
}

bool tracks(const Case& c) {
  return c.args.value("track_running_stats", false);
}

bool evaluates(const Case& c) {
  return c.args.value("mode", "training") == "evaluation";
}

void check_running(const Case& c, const Matrix& mean, const Matrix& variance) {
  check(c, "running mean", mean, c.after.mean);
  check(c, "running variance", variance, c.after.variance);
}

// --- functions -----------------------------------------------------------------------------------

Var run_scale_shift(const Case& c, const Inputs& in) {
  if (!c.has("beta")) return scale_channels(in.at("x"), in.at("gamma"));
  return scale_shift(in.at("x"), in.at("gamma"), in.at("beta"));
}

Var run_layer_norm(const Case& c, const Inputs& in) {
  return layer_norm(in.at("x"), affine(in), c.number("eps"));
}

Var run_rms_norm(const Case& c, const Inputs& in) {
  return rms_norm(in.at("x"), affine(in), c.number("eps"));
}

Var run_group_norm(const Case& c, const Inputs& in) {
  return group_norm(in.at("x"), c.index("groups"), c.index("channels"), affine(in), c.number("eps"),
                    steps(c));
}

RunningStats started(const Case& c) {
  RunningStats running(c.index("channels"), momentum(c));
  running.mean = c.before.mean;
  running.variance = c.before.variance;
  running.batches.fill(Scalar(c.earlier.size()));
  return running;
}

// The functions have no running statistics in evaluation but BatchNorm's; the layers below do.
Var run_instance_norm(const Case& c, const Inputs& in) {
  const Affine gamma_beta = affine(in);
  if (!tracks(c)) {
    return instance_norm(in.at("x"), c.index("channels"), gamma_beta, c.number("eps"), steps(c));
  }
  RunningStats running = started(c);
  if (evaluates(c)) return batch_norm_eval(in.at("x"), running, gamma_beta, c.number("eps"));
  const Var y = instance_norm(in.at("x"), c.index("channels"), gamma_beta, c.number("eps"),
                              steps(c), &running);
  check_running(c, running.mean, running.variance);
  return y;
}

Var run_batch_norm(const Case& c, const Inputs& in) {
  const Affine gamma_beta = affine(in);
  if (!tracks(c)) return batch_norm(in.at("x"), c.index("channels"), gamma_beta, c.number("eps"));
  RunningStats running = started(c);
  if (evaluates(c)) return batch_norm_eval(in.at("x"), running, gamma_beta, c.number("eps"));
  const Var y = batch_norm(in.at("x"), c.index("channels"), gamma_beta, c.number("eps"), &running);
  check_running(c, running.mean, running.variance);
  return y;
}

// --- layers --------------------------------------------------------------------------------------

using Make = std::function<std::unique_ptr<Layer>(const Case&)>;

// What all of the layers with a gamma and a beta can be asked for.
template <class Options>
Options options_of(const Case& c) {
  Options options;
  options.eps = c.number("eps");
  options.affine = c.has("gamma");
  options.bias = c.has("beta");
  return options;
}

std::unique_ptr<Layer> make_layer_norm(const Case& c) {
  return std::make_unique<LayerNorm>(c.index("channels"), options_of<LayerNormOptions>(c));
}

std::unique_ptr<Layer> make_rms_norm(const Case& c) {
  RmsNormOptions options;
  options.eps = c.number("eps");
  options.affine = c.has("gamma");
  return std::make_unique<RmsNorm>(c.index("channels"), options);
}

std::unique_ptr<Layer> make_group_norm(const Case& c) {
  GroupNormOptions options = options_of<GroupNormOptions>(c);
  options.sequence_length = steps(c);
  return std::make_unique<GroupNorm>(c.index("groups"), c.index("channels"), options);
}

std::unique_ptr<Layer> make_instance_norm(const Case& c) {
  InstanceNormOptions options = options_of<InstanceNormOptions>(c);
  options.sequence_length = steps(c);
  options.track_running_stats = tracks(c);
  if (tracks(c)) options.momentum = momentum(c);
  return std::make_unique<InstanceNorm>(c.index("channels"), options);
}

std::unique_ptr<Layer> make_batch_norm(const Case& c) {
  BatchNormOptions options = options_of<BatchNormOptions>(c);
  options.track_running_stats = tracks(c);
  options.momentum = momentum(c);
  return std::make_unique<BatchNorm>(c.index("channels"), options);
}

void check_buffers(const Case& c, Layer& layer) {
  Running running;
  for (const NamedBuffer& buffer : layer.named_buffers()) {
    if (buffer.name == "running_mean") running.mean = *buffer.buffer;
    if (buffer.name == "running_var") running.variance = *buffer.buffer;
  }
  check_running(c, running.mean, running.variance);
}

// The batches that come before x go through the layer too, and move its running statistics.
Run through_layer(const Make& make) {
  return [make](const Case& c) {
    const std::unique_ptr<Layer> layer = make(c);
    const std::vector<NamedParameter> parameters = layer->named_parameters();
    BOOST_TEST(parameters.size() == c.inputs.size() - 1);  // all but x
    for (const NamedParameter& p : parameters) p.parameter->value = c.inputs.at(p.parameter->name);
    Tape tape;
    for (const Matrix& batch : c.earlier) (*layer)(tape.constant(batch));
    layer->train(!evaluates(c));
    const Var x = tape.variable(c.inputs.at("x"));
    const Var y = (*layer)(x);
    check(c, "output", y.value(), c.output);
    if (c.has_running) check_buffers(c, *layer);
    tape.backward(y, c.cotangent);
    check(c, "x", x.gradient(), c.gradients.at("x"));
    for (const NamedParameter& p : parameters) {
      const std::string& name = p.parameter->name;  // gamma, beta
      check(c, name, p.parameter->gradient, c.gradients.at(name));
    }
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(against_pytorch)

BOOST_AUTO_TEST_CASE(functions) {
  hold("norm.json", {{"scale_shift", through_tape(run_scale_shift)},
                     {"layer_norm", through_tape(run_layer_norm)},
                     {"rms_norm", through_tape(run_rms_norm)},
                     {"group_norm", through_tape(run_group_norm)},
                     {"instance_norm", through_tape(run_instance_norm)},
                     {"batch_norm", through_tape(run_batch_norm)}});
}

BOOST_AUTO_TEST_CASE(layers) {
  hold("norm.json", {{"scale_shift", [](const Case&) {}},  // a function only
                     {"layer_norm", through_layer(make_layer_norm)},
                     {"rms_norm", through_layer(make_rms_norm)},
                     {"group_norm", through_layer(make_group_norm)},
                     {"instance_norm", through_layer(make_instance_norm)},
                     {"batch_norm", through_layer(make_batch_norm)}});
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
