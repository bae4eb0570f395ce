// A GPT of PyTorch, written by tests/reference/make_checkpoint_reference.py.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/transformer/gpt.hpp"
#include "reference/reference_dir.hpp"  // made by Meson
#include "support.hpp"

using namespace evenkeel_test;

namespace {

const fs::path reference = EVENKEEL_REFERENCE_DIR;

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

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)
BOOST_AUTO_TEST_SUITE(pytorch)

// In double a few roundings of each of the 16 sums on the way; in float what PyTorch's own float32 is off
// by, four times, for another order of summation.
BOOST_AUTO_TEST_CASE(a_state_dict_gives_the_same_logits) {
  const auto expected = nlohmann::json::parse(std::ifstream(reference / "gpt_logits.json"));
  const std::vector<Index> tokens = expected["tokens"];
  for (const std::string dtype : {"F32", "F64"}) {
    Gpt gpt = same_gpt();
    load_module(reference / ("gpt_" + dtype + ".safetensors"), gpt);
    Tape tape;
    const Matrix logits = gpt(tape, tokens, expected["length"]).value();
    const std::vector<double> theirs = expected[dtype];
    BOOST_TEST_REQUIRE(theirs.size() == logits.n_elem);
    double largest = 0, error = 0;
    for (Index i = 0; i < logits.n_elem; ++i) {
      largest = std::max(largest, std::abs(theirs[i]));
      error = std::max(error, std::abs(static_cast<double>(logits[i]) - theirs[i]));
    }
    const double allowed = sizeof(Scalar) == 8 ? 16 * machine_epsilon * largest
                                               : 4 * expected[dtype + "_float_error"].get<double>();
    BOOST_TEST_CONTEXT(dtype) {
      BOOST_TEST(error <= allowed);
    }
  }
}

BOOST_AUTO_TEST_CASE(saved_again_it_has_the_same_tensors) {
  const Folder folder;
  const fs::path theirs =
      reference / (sizeof(Scalar) == 8 ? "gpt_F64.safetensors" : "gpt_F32.safetensors");
  Gpt gpt = same_gpt();
  load_module(theirs, gpt);
  save_module(folder / "gpt", gpt);
  const TensorFile a = read_tensors(theirs), b = read_tensors(folder / "gpt");
  BOOST_TEST_REQUIRE(a.tensors.size() == b.tensors.size());
  for (const Tensor& tensor : a.tensors) {
    const auto ours = std::find_if(b.tensors.begin(), b.tensors.end(),
                                   [&](const Tensor& t) { return t.name == tensor.name; });
    BOOST_TEST_CONTEXT(tensor.name) {
      BOOST_TEST_REQUIRE((ours != b.tensors.end()));
      BOOST_TEST(ours->dtype == tensor.dtype);
      BOOST_TEST((ours->shape == tensor.shape));
      BOOST_TEST((ours->data == tensor.data));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
