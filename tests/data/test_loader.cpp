#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <vector>

#include "data/support.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/loader.hpp"
#include "says.hpp"
#include "scopes.hpp"

using namespace evenkeel;
using namespace evenkeel::data_tests;

namespace {

// n images of 2 channels of 3×4, all entries different and none of them 0; sample i has label i.
Samples toy(Index n) {
  Samples toy;
  toy.image = {2, 3, 4};
  toy.classes = n;
  toy.x.set_size(toy.image.rows(), n);
  for (Index i = 0; i < toy.x.n_elem; ++i) toy.x(i) = static_cast<Scalar>(i + 1);
  toy.labels.resize(n);
  std::iota(toy.labels.begin(), toy.labels.end(), Index{0});
  return toy;
}

struct Epoch {
  std::vector<Matrix> x;
  std::vector<Index> labels, sizes;
};

Epoch epoch_of(Loader& loader, Index epoch) {
  Epoch all;
  Batch batch;
  loader.start(epoch);
  while (loader.next(batch)) {
    all.x.push_back(batch.x);
    all.sizes.push_back(batch.x.n_cols);
    all.labels.insert(all.labels.end(), batch.labels.begin(), batch.labels.end());
  }
  return all;
}

Epoch epoch_of(const Samples& samples, LoaderOptions options, std::uint64_t seed, Index epoch) {
  Loader loader(samples, options, seed);
  return epoch_of(loader, epoch);
}

bool same(const Epoch& a, const Epoch& b) {
  return a.labels == b.labels &&
         std::equal(a.x.begin(), a.x.end(), b.x.begin(), b.x.end(),
                    [](const Matrix& p, const Matrix& q) { return data_tests::same(p, q); });
}

// `original` mirrored by hand, by the definition.
Matrix mirrored(const Matrix& original) {
  Matrix image = original;
  for (Index row = 0; row < 2 * 3; ++row) {
    for (Index x = 0; x < 4; ++x) image(4 * row + x) = original(4 * row + 3 - x);
  }
  return image;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(each_sample_once_an_epoch) {
  const Samples samples = toy(23);
  Loader loader(samples, {.batch = 5}, 1);
  BOOST_TEST(loader.batches() == 5);
  Epoch epoch = epoch_of(loader, 0);
  const std::vector<Index> sizes = {5, 5, 5, 5, 3};
  BOOST_TEST(epoch.sizes == sizes, boost::test_tools::per_element());
  for (Index i = 0; i < 23; ++i) {
    const Matrix original = samples.x.col(epoch.labels[i]);
    BOOST_TEST(data_tests::same(epoch.x[i / 5].col(i % 5), original));
  }
  std::sort(epoch.labels.begin(), epoch.labels.end());
  BOOST_TEST(epoch.labels == samples.labels, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_batch_can_be_left_out) {
  const Samples samples = toy(23);
  Loader loader(samples, {.batch = 5, .drop_last = true}, 1);
  BOOST_TEST(loader.batches() == 4);
  BOOST_TEST(epoch_of(loader, 0).labels.size() == 20);
}

BOOST_AUTO_TEST_CASE(without_shuffling_the_order_is_the_sets) {
  const Samples samples = toy(23);
  const Epoch epoch = epoch_of(samples, {.batch = 5, .shuffle = false}, 1, 7);
  BOOST_TEST(epoch.labels == samples.labels, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_order_is_fixed_by_seed_and_epoch) {
  const Samples samples = toy(100);
  const LoaderOptions options{.batch = 32, .flip = true};
  const Epoch expected = epoch_of(samples, options, 1, 3);
  BOOST_TEST((epoch_of(samples, options, 1, 2).labels != expected.labels));
  BOOST_TEST((epoch_of(samples, options, 2, 3).labels != expected.labels));

  // Epochs before it, one of them left in its middle, change nothing.
  Loader loader(samples, options, 1);
  epoch_of(loader, 0);
  loader.start(1);
  Batch batch;
  BOOST_TEST(loader.next(batch));
  BOOST_TEST(same(epoch_of(loader, 3), expected));
}

BOOST_AUTO_TEST_CASE(loaders_within_parallel_loops) {
  const evenkeel_test::WithThreads restore(num_threads());
  const Samples samples = toy(200);
  const LoaderOptions options{.batch = 3, .flip = true};
  const Epoch expected = epoch_of(samples, options, 5, 1);
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    std::vector<int> right(20, 0);
    parallel_blocks(20, 1, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i)
        right[i] = same(epoch_of(samples, options, 5, 1), expected);
    });
    BOOST_TEST(std::count(right.begin(), right.end(), 1) == 20);
  }
}

BOOST_AUTO_TEST_CASE(every_other_image_is_mirrored) {
  const Samples samples = toy(400);
  const Epoch epoch = epoch_of(samples, {.batch = 400, .flip = true}, 9, 0);
  Index turned = 0;
  for (Index i = 0; i < 400; ++i) {
    const Matrix image = epoch.x[0].col(i);
    const Matrix original = samples.x.col(epoch.labels[i]);
    const bool as_it_was = data_tests::same(image, original);
    BOOST_TEST(as_it_was != data_tests::same(image, mirrored(original)));
    turned += as_it_was ? 0 : 1;
  }
  BOOST_TEST((turned > 150 && turned < 250));  // 200 ± 5 σ
}

BOOST_AUTO_TEST_CASE(next_before_start_and_after_the_end) {
  const Samples samples = toy(4);
  Loader loader(samples, {.batch = 4}, 1);
  Batch batch;
  BOOST_TEST(!loader.next(batch));
  loader.start(0);
  BOOST_TEST(loader.next(batch));
  BOOST_TEST(!loader.next(batch));
  BOOST_TEST(batch.labels.size() == 4);
}

BOOST_AUTO_TEST_CASE(errors) {
  const Samples samples = toy(4);
  const auto load = [](const Samples& from, LoaderOptions options) {
    Loader loader(from, options, 1);
  };
  BOOST_CHECK_EXCEPTION(load(samples, {.batch = 0}), Error, says("[loader] a batch must have"));
  BOOST_CHECK_EXCEPTION(load(samples, {.batch = 5, .drop_last = true}), Error,
                        says("drop_last leaves nothing: a batch of 5 from 4 samples"));
  BOOST_CHECK_EXCEPTION(load(toy(0), {}), Error, says("there are no samples"));
  Samples wrong = samples;
  wrong.labels[2] = 4;
  BOOST_CHECK_EXCEPTION(load(wrong, {}), Error,
                        says("labels must be from 0 on and below 4, got 4 for sample 2"));
  wrong.labels[2] = static_cast<Index>(-1);
  BOOST_CHECK_EXCEPTION(load(wrong, {}), Error, says("below 4, got -1 for sample 2"));
  wrong = samples;
  wrong.labels.pop_back();
  BOOST_CHECK_EXCEPTION(load(wrong, {}), Error, says("a label for each of the 4 samples, got 3"));
  wrong = samples;
  wrong.image.width = 5;
  BOOST_CHECK_EXCEPTION(load(wrong, {}), Error, says("must have x's 24 rows"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
