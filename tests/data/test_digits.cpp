#include <boost/test/unit_test.hpp>
#include <vector>

#include "data/support.hpp"
#include "evenkeel/data/digits.hpp"

using namespace evenkeel;
using namespace evenkeel::data_tests;

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(digit_images)

// What scikit-learn 1.2.1's load_digits and numpy.bincount say.
BOOST_AUTO_TEST_CASE(counts_and_first_labels) {
  const Samples all = digits();
  require_consistent("test", all);
  BOOST_TEST(all.size() == 1797);
  BOOST_TEST((all.image == ImageShape{1, 8, 8}));
  const std::vector<Index> first = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1};
  BOOST_TEST(first_labels(all, 12) == first, boost::test_tools::per_element());
  const std::vector<Index> counts = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
  BOOST_TEST(counts_of(all) == counts, boost::test_tools::per_element());
  BOOST_TEST(all.class_names.at(7) == "7");
}

BOOST_AUTO_TEST_CASE(pixels) {
  const Samples all = digits();
  BOOST_TEST(sum_of(all.x) * 16 == 561718.0);
  BOOST_TEST(all.x.min() == 0);
  BOOST_TEST(all.x.max() == 1);
  // The first image's first two rows
  const double rows[] = {0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0};
  for (Index i = 0; i < 16; ++i) BOOST_TEST(16 * all.x(i, 0) == rows[i]);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
