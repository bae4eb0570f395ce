#include "support.hpp"

using namespace evenkeel_test;

namespace {

struct Small final : Module {
  Parameter weight{Matrix{{1, 2}, {3, 4}}};
  Matrix count{1, 1, arma::fill::ones};
  void members(Members& m) override {
    m.parameter("weight", weight);
    m.buffer("count", count, {TensorForm::count});
  }
};

struct Outcome {
  int refused = 0;
  int loaded = 0;
};

// Loads `bytes` into a module of other numbers. It must refuse with an Error and leave them, or
// load what was saved: no change of one byte of the header makes other numbers of the same data.
void try_to_load(const Scratch& folder, const std::string& bytes, Outcome& outcome) {
  const fs::path path = folder.write("x", bytes);
  Small saved, module;
  module.weight.value.fill(7);
  module.count.fill(8);
  const std::vector<Matrix> before = numbers_of(module);
  bool loads = true;
  try {
    load_module(path, module);
  } catch (const Error&) {
    loads = false;
  }
  ++(loads ? outcome.loaded : outcome.refused);
  if (same(numbers_of(module), loads ? numbers_of(saved) : before)) return;
  BOOST_ERROR("the module changed for a file of " << bytes.size() << " bytes: " << bytes);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)
BOOST_AUTO_TEST_SUITE(hostile_files)

BOOST_AUTO_TEST_CASE(every_prefix_is_refused) {
  const Scratch folder;
  Small module;
  save_module(folder / "x", module);
  const std::string bytes = bytes_of(folder / "x");
  Outcome outcome;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    try_to_load(folder, bytes.substr(0, n), outcome);
  }
  BOOST_TEST(outcome.loaded == 0);
  try_to_load(folder, bytes, outcome);
  BOOST_TEST(outcome.loaded == 1);
}

// Each byte of length and header, with each bit flipped and set to what JSON is made of.
BOOST_AUTO_TEST_CASE(no_changed_byte_of_the_header_does_harm) {
  const Scratch folder;
  Small module;
  save_module(folder / "x", module);
  const std::string bytes = bytes_of(folder / "x");
  const std::size_t data = 4 * sizeof(Scalar) + 8;
  Outcome outcome;
  for (std::size_t i = 0; i < bytes.size() - data; ++i) {
    std::string others = std::string("\"{}[],:0198 \\-e") + '\0' + '\xff';
    for (int bit = 0; bit < 8; ++bit) others += static_cast<char>(bytes[i] ^ (1 << bit));
    for (const char other : others) {
      if (other == bytes[i]) continue;
      std::string changed = bytes;
      changed[i] = other;
      try_to_load(folder, changed, outcome);
    }
  }
  BOOST_TEST(outcome.refused + outcome.loaded > 20 * static_cast<int>(bytes.size() - data));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
