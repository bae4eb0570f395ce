// Models of PyTorch, written by tests/reference/make_checkpoint_reference.py.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/nn/conv_layer.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "reference/reference_dir.hpp"  // made by Meson
#include "support.hpp"

using namespace evenkeel_test;

namespace {

const fs::path reference = EVENKEEL_REFERENCE_DIR;

nlohmann::json json_in(const char* file) {
  return nlohmann::json::parse(std::ifstream(reference / file));
}

Gpt same_gpt() {
  GptOptions options;
  options.vocabulary = 11;
  options.context = 6;
  options.width = 8;
  options.layers = 2;
  options.heads = 2;
  options.bias = true;
  options.tied = false;
  options.norm = [](Index n) { return LayerNorm(n); };
  Random random(1);
  return {options, random};
}

struct Images final : Module {
  Random random{1};
  Conv2dLayer conv{{2, 4, 5}, 3, {.height = 2, .width = 3}, random};
  BatchNorm norm{3};
  LinearLayer fc{27, 4, random};

  Var operator()(Var x) { return fc(norm(conv(x))); }
  void members(Members& m) override {
    m.module("conv", conv);
    m.module("norm", norm);
    m.module("fc", fc);
  }
};

// In double a few roundings of each of the sums on the way; in float what PyTorch's own float32 is
// off by, four times, for another order of summation.
void check_close(const Matrix& ours, const nlohmann::json& outputs, const std::string& dtype) {
  const std::vector<double> theirs = outputs[dtype];
  BOOST_TEST_REQUIRE(theirs.size() == ours.n_elem);
  double largest = 0, error = 0;
  for (Index i = 0; i < ours.n_elem; ++i) {
    largest = std::max(largest, std::abs(theirs[i]));
    error = std::max(error, std::abs(static_cast<double>(ours[i]) - theirs[i]));
  }
  const double allowed = sizeof(Scalar) == 8 ? 16 * machine_epsilon * largest
                                             : 4 * outputs[dtype + "_float_error"].get<double>();
  BOOST_TEST_CONTEXT(dtype) {
    BOOST_TEST(error <= allowed);
  }
}

// Name by name, since the order of a file is nobody's promise.
void check_same_tensors(const fs::path& theirs, const fs::path& ours) {
  const TensorFile a = read_tensors(theirs), b = read_tensors(ours);
  BOOST_TEST_REQUIRE(a.tensors.size() == b.tensors.size());
  for (const Tensor& tensor : a.tensors) {
    const auto found = std::find_if(b.tensors.begin(), b.tensors.end(),
                                    [&](const Tensor& t) { return t.name == tensor.name; });
    BOOST_TEST_CONTEXT(tensor.name) {
      BOOST_TEST_REQUIRE((found != b.tensors.end()));
      BOOST_TEST(found->dtype == tensor.dtype);
      BOOST_TEST((found->shape == tensor.shape));
      BOOST_TEST((found->data == tensor.data));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)
BOOST_AUTO_TEST_SUITE(pytorch)

BOOST_AUTO_TEST_CASE(a_gpt_gives_the_same_logits) {
  const nlohmann::json expected = json_in("gpt_logits.json");
  const std::vector<Index> tokens = expected["tokens"];
  for (const std::string dtype : {"F32", "F64"}) {
    Gpt gpt = same_gpt();
    load_module(reference / ("gpt_" + dtype + ".safetensors"), gpt);
    Tape tape;
    check_close(gpt(tape, tokens, expected["length"]).value(), expected, dtype);
  }
}

BOOST_AUTO_TEST_CASE(a_gpt_saved_again_has_the_same_tensors) {
  const Scratch folder;
  const char* theirs = sizeof(Scalar) == 8 ? "gpt_F64.safetensors" : "gpt_F32.safetensors";
  Gpt gpt = same_gpt();
  load_module(reference / theirs, gpt);
  save_module(folder / "gpt", gpt);
  check_same_tensors(reference / theirs, folder / "gpt");
}

// A convolution's weight with four dimensions, running statistics, and how many batches they saw.
BOOST_AUTO_TEST_CASE(images) {
  const nlohmann::json expected = json_in("images_outputs.json");
  Images model;
  load_module(reference / "images_F32.safetensors", model);
  BOOST_TEST(model.norm.running()->batches[0] == Scalar(2));
  model.eval();
  const std::vector<double> pixels = expected["x"];
  Matrix x(40, pixels.size() / 40);
  for (Index i = 0; i < x.n_elem; ++i) x[i] = static_cast<Scalar>(pixels[i]);
  Tape tape;
  check_close(model(tape.constant(x)).value(), expected, "F32");
  if (sizeof(Scalar) == 8) return;
  const Scratch folder;
  save_module(folder / "images", model);
  check_same_tensors(reference / "images_F32.safetensors", folder / "images");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
