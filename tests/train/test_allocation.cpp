// A step of the trainer, batches from the loader included, allocates no matrix in steady state.

#include <boost/test/unit_test.hpp>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/trainer.hpp"
#include "matrix_allocations.hpp"
#include "train/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

struct Count final : TrainingObserver {
  std::vector<long> at_step;
  void before_update(const TrainingStep&) override {}
  void after_update(const TrainingStep&) override { at_step.push_back(matrix_allocations()); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(train)
BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(a_step_in_steady_state_allocates_no_matrix) {
  const int threads_before = num_threads();
  const Kernels kernels_before = current_kernels();
  set_kernels(Kernels::fast);
  const Samples samples = clusters(320, 1);
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    SmallClassifier model(20, 3);
    Sgd optimizer(model.parameters(), {.learning_rate = 0.05, .momentum = 0.9});
    Loader loader(samples, {.batch = 32}, 1);
    Trainer trainer(model, optimizer, {.epochs = 2, .clip_norm = 1, .progress = nullptr});
    Count count;
    trainer.observe(count);
    const long at_the_start = matrix_allocations();
    trainer.fit(loader, samples);
    BOOST_TEST_REQUIRE(count.at_step.size() == 20u);
    BOOST_TEST(count.at_step[0] > at_the_start);  // else nobody counts here
    BOOST_TEST(count.at_step[9] == count.at_step[2]);
    BOOST_TEST(count.at_step[19] == count.at_step[12]);  // the evaluation between them may
  }
  set_num_threads(threads_before);
  set_kernels(kernels_before);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
