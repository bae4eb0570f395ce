#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>

#include "data/support.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/samples.hpp"
#include "says.hpp"

using namespace evenkeel;
using namespace evenkeel::data_tests;

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(sample_sets)

namespace {

constexpr auto eps = static_cast<double>(machine_epsilon);

// Sample i: two channels of 1×2, (i, 10·i, 3, i mod 2), label i.
Samples toy(Index n) {
  Samples toy;
  toy.image = {2, 1, 2};
  toy.classes = n;
  toy.class_names = {"zero"};
  toy.x.set_size(4, n);
  for (Index i = 0; i < n; ++i) {
    const auto number = static_cast<Scalar>(i);
    toy.x.col(i) = arma::Col<Scalar>{number, 10 * number, 3, static_cast<Scalar>(i % 2)};
    toy.labels.push_back(i);
  }
  return toy;
}

double mean_of(const Matrix& x) {
  return sum_of(x) / static_cast<double>(x.n_elem);
}

double deviation_of(const Matrix& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const Scalar entry : x) sum += std::pow(static_cast<double>(entry) - mean, 2);
  return std::sqrt(sum / static_cast<double>(x.n_elem));
}

}  // namespace

BOOST_AUTO_TEST_CASE(taking) {
  const Samples some = take(toy(5), {4, 1, 1});
  BOOST_TEST((some.labels == std::vector<Index>{4, 1, 1}));
  BOOST_TEST(some.x(1, 0) == 40);
  BOOST_TEST(some.classes == 5);
  BOOST_TEST((some.image == ImageShape{2, 1, 2}));
  BOOST_TEST(some.class_names.at(0) == "zero");
  BOOST_CHECK_EXCEPTION(take(toy(5), {5}), Error, says("[take] there are 5 samples, no number 5"));
}

BOOST_AUTO_TEST_CASE(splitting) {
  const Samples all = toy(10);
  Random random(1), again(1), other(2);
  const Split sets = split(all, 0.3, random);
  BOOST_TEST(sets.train.size() == 7);
  BOOST_TEST(sets.test.size() == 3);
  std::vector<Index> labels = sets.train.labels;
  labels.insert(labels.end(), sets.test.labels.begin(), sets.test.labels.end());
  std::sort(labels.begin(), labels.end());
  BOOST_TEST(labels == all.labels, boost::test_tools::per_element());
  for (Index i = 0; i < 3; ++i) {
    BOOST_TEST(sets.test.x(0, i) == static_cast<Scalar>(sets.test.labels[i]));
  }
  BOOST_TEST((split(all, 0.3, again).train.labels == sets.train.labels));
  BOOST_TEST((split(all, 0.3, other).train.labels != sets.train.labels));
  for (const double share : {0.0, 0.04, 0.96, 1.0, -0.5, 2.0, std::nan("")}) {
    BOOST_CHECK_EXCEPTION(split(all, share, random), Error,
                          says("[split] both sets need a sample"));
  }
}

BOOST_AUTO_TEST_CASE(standardizing_each_feature) {
  const Samples all = toy(10);
  Split sets{take(all, {0, 1, 2, 3, 4}), take(all, {9})};
  standardize(sets, Standardized::of_each_feature);
  for (const Index row : {0, 1, 3}) {
    BOOST_TEST(std::abs(mean_of(sets.train.x.row(row))) < 4 * eps);
    BOOST_TEST(deviation_of(sets.train.x.row(row)) == 1.0, boost::test_tools::tolerance(4 * eps));
  }
  // 0 … 4 have the mean 2 and the variance 2: the test sample's 9 becomes 7/√2
  BOOST_TEST(sets.test.x(0, 0) == static_cast<Scalar>(7 / std::sqrt(2.0)),
             boost::test_tools::tolerance(2 * machine_epsilon));
  BOOST_TEST(sets.train.x(2, 0) == 0);  // constant
  BOOST_TEST(sets.test.x(2, 0) == 0);
}

BOOST_AUTO_TEST_CASE(standardizing_each_channel_and_all) {
  const Samples all = toy(10);
  Split sets{take(all, {0, 1, 2, 3, 4}), take(all, {9})};
  Split one = sets;
  standardize(sets, Standardized::of_each_channel);
  for (const Index row : {0, 2}) {
    BOOST_TEST(std::abs(mean_of(sets.train.x.rows(row, row + 1))) < 4 * eps);
    BOOST_TEST(deviation_of(sets.train.x.rows(row, row + 1)) == 1.0,
               boost::test_tools::tolerance(4 * eps));
  }
  BOOST_TEST(sets.train.x(2, 0) != 0);
  standardize(one, Standardized::of_all);
  BOOST_TEST(std::abs(mean_of(one.train.x)) < 4 * eps);
  BOOST_TEST(deviation_of(one.train.x) == 1.0, boost::test_tools::tolerance(4 * eps));
}

BOOST_AUTO_TEST_CASE(standardizing_far_from_zero) {
  Samples all = toy(5);
  const Scalar far = sizeof(Scalar) == 8 ? Scalar(1e9) : Scalar(1e5);  // whole numbers stay exact
  all.x += far;
  Split sets{all, all};
  standardize(sets, Standardized::of_each_feature);
  BOOST_TEST(sets.train.x(0, 4) == static_cast<Scalar>(std::sqrt(2.0)),
             boost::test_tools::tolerance(2 * machine_epsilon));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_standardized) {
  Split sets{toy(0), toy(1)};
  const auto all = [](Split s) { standardize(s, Standardized::of_all); };
  BOOST_CHECK_EXCEPTION(all(sets), Error, says("[standardize] there are no training samples"));
  Samples narrow = toy(1);
  narrow.image = {1, 1, 2};
  narrow.x = narrow.x.rows(0, 1).eval();
  BOOST_CHECK_EXCEPTION(all({toy(2), narrow}), Error, says("the same features, got 4 and 2"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
