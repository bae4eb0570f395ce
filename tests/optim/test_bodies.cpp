// The plain and the fast update agree. .ci/check_bodies asserts that no optimizer is missing.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>

#include "evenkeel/core/random.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/optim/muon.hpp"
#include "evenkeel/optim/sgd.hpp"

using namespace evenkeel;

namespace {

struct Row {
  std::string name;
  std::function<std::unique_ptr<Optimizer>(Parameter&)> make;
};

template <class T, class Options>
Row row(std::string name, Options options) {
  return {name, [=](Parameter& p) { return std::make_unique<T>(ParameterGroups{&p}, options); }};
}

const std::vector<Row> table = {
    row<Sgd>("sgd", SgdOptions{.learning_rate = 0.1, .weight_decay = 0.02}),
    row<Sgd>("sgd", SgdOptions{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.02}),
    row<Sgd>("sgd", SgdOptions{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}),
    row<Adam>("adam", AdamOptions{.learning_rate = 0.1, .weight_decay = 0.02}),
    row<AdamW>("adamw", AdamWOptions{.learning_rate = 0.1, .weight_decay = 0.02}),
    row<Muon>("muon", MuonOptions{.learning_rate = 0.1, .weight_decay = 0.02}),
};

// The parameter and what is remembered of it, after six steps.
std::vector<Matrix> trained(const Row& row, Index rows, Index cols, double gradient_size,
                            std::uint64_t seed, Kernels which) {
  const Kernels before = current_kernels();
  set_kernels(which);
  Random random(seed);
  Parameter p(random.normal(rows, cols));
  const auto optimizer = row.make(p);
  BOOST_TEST(optimizer->name() == row.name);
  for (int step = 0; step < 6; ++step) {
    p.gradient = random.normal(rows, cols, gradient_size);
    p.has_gradient = true;
    optimizer->step();
  }
  set_kernels(before);
  return {p.value, optimizer->progress().states[0].first, optimizer->progress().states[0].second};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optim)
BOOST_AUTO_TEST_SUITE(bodies)

// In units of eps times the largest entry, or term. Six steps round some ten times each, by half a
// unit: 30. These seeds give at most 4.6, without fused multiply-add 9.8.
BOOST_AUTO_TEST_CASE(plain_and_fast_agree) {
  double most = 0;
  for (const Row& row : table) {
    for (const auto& [rows, cols] : {std::pair<Index, Index>{1, 1}, {7, 3}, {200, 220}}) {
      if (row.name == "muon" && rows == 1) continue;  // not a matrix
      for (const double gradient_size : {1e-4, 1.0, 1e3}) {
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
          const auto plain = trained(row, rows, cols, gradient_size, seed, Kernels::plain);
          const auto fast = trained(row, rows, cols, gradient_size, seed, Kernels::fast);
          for (std::size_t i = 0; i < plain.size(); ++i) {
            BOOST_TEST_REQUIRE(arma::size(plain[i]) == arma::size(fast[i]));
            if (plain[i].is_empty()) continue;
            const double terms = i == 1 ? gradient_size : 0;  // the first moment may cancel
            const double unit =
                machine_epsilon * std::max(double(arma::abs(plain[i]).max()), terms);
            const double apart = double(arma::abs(plain[i] - fast[i]).max()) / unit;
            BOOST_TEST(apart <= 30, row.name << ", result " << i << " of " << rows << "×" << cols
                                             << ", seed " << seed << ": " << apart);
            most = std::max(most, apart);
          }
        }
      }
    }
  }
  BOOST_TEST_MESSAGE("most units apart: " << most);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
