// A module of any matrices is the same after save and load, to the last bit.
#include "properties.hpp"

#include <deque>

#include "support.hpp"

using namespace evenkeel_test;

namespace {

struct Any final : Module {
  std::deque<Parameter> all;
  std::vector<TensorForm> forms;
  void members(Members& m) override {
    for (std::size_t i = 0; i < all.size(); ++i) m.parameter(std::to_string(i), all[i], forms[i]);
  }
};

// Any bits of a Scalar: NaN with a payload, infinities, denormals, -0.
Matrix any_bits(Index rows, Index cols) {
  using Bits = std::conditional_t<sizeof(Scalar) == 8, std::uint64_t, std::uint32_t>;
  Matrix x(rows, cols);
  const auto bits = *rc::gen::container<std::vector<Bits>>(x.n_elem, rc::gen::arbitrary<Bits>());
  std::memcpy(x.memptr(), bits.data(), x.n_elem * sizeof(Scalar));
  return x;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)
BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(save_and_load_give_the_same_bits) {
  const Scratch folder;
  holds("load(save(module)) == module", [&] {
    Any saved, loaded;
    for (int left = *rc::gen::inRange(0, 5); left > 0; --left) {
      const int rows = *rc::gen::inRange(1, 9), cols = *rc::gen::inRange(1, 9);
      saved.all.emplace_back(any_bits(static_cast<Index>(rows), static_cast<Index>(cols)));
      loaded.all.emplace_back(Matrix(arma::size(saved.all.back().value), arma::fill::zeros));
      saved.forms.push_back({*rc::gen::element(TensorForm::by_rows, TensorForm::by_columns)});
    }
    loaded.forms = saved.forms;
    save_module(folder / "x", saved);
    load_module(folder / "x", loaded);
    RC_ASSERT(same(numbers_of(loaded), numbers_of(saved)));
  });
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
