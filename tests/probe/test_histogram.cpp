#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/probe/histogram.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

const Scalar not_a_number = std::numeric_limits<Scalar>::quiet_NaN();
const Scalar infinity = std::numeric_limits<Scalar>::infinity();

using Counts = std::vector<Index>;

}  // namespace

BOOST_AUTO_TEST_SUITE(probe)
BOOST_AUTO_TEST_SUITE(histograms)

BOOST_AUTO_TEST_CASE(counts_by_hand) {
  const Matrix x = {{0, 0.5, 1, 1.5}, {2, 3.5, 4, 3.5}};
  const BinCounts h = histogram(x, 4, 0, 4);
  const Counts expected = {2, 2, 1, 3};  // a border belongs to the bin on its right, 4 to the last
  BOOST_TEST(h.counts == expected, boost::test_tools::per_element());
  BOOST_TEST(h.below == 0);
  BOOST_TEST(h.above == 0);
  BOOST_TEST(h.total() == 8);
  const std::vector<double> edges = {0, 1, 2, 3, 4};
  BOOST_TEST(h.edges() == edges, boost::test_tools::per_element());
  const std::vector<double> density = {0.25, 0.25, 0.125, 0.375};
  BOOST_TEST(h.density() == density, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_lies_outside_is_counted) {
  const Matrix x = {{-1, -infinity, 0.5, 1.5, infinity, 7, 8, not_a_number}};
  const BinCounts h = histogram(x, 2, 0, 2);
  BOOST_TEST(h.below == 2);
  BOOST_TEST(h.above == 3);
  BOOST_TEST(h.nans == 1);
  BOOST_TEST(h.total() == 8);
  const std::vector<double> density = {1 / 8.0, 1 / 8.0};  // shares of all 8, bins of width 1
  BOOST_TEST(h.density() == density, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_entry_gets_lost_at_a_border) {
  const Matrix x = Random(1).uniform(100, 100, -1, 1);
  for (const Index bins : {1, 3, 7, 49, 1000}) {
    const BinCounts h = histogram(x, bins, x.min(), x.max());
    BOOST_TEST(std::accumulate(h.counts.begin(), h.counts.end(), Index{0}) == x.n_elem);
    const std::vector<double> density = h.density();
    const double area = std::accumulate(density.begin(), density.end(), 0.0) * h.width();
    BOOST_TEST(std::abs(area - 1) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(the_density_of_a_normal_sample) {
  const double n = 250000;
  const BinCounts h = histogram(Random(2).normal(500, 500), 40, -4, 4);
  const std::vector<double> density = h.density();
  for (std::size_t i = 0; i < density.size(); ++i) {
    const double left = h.edges()[i] / std::sqrt(2);
    const double right = h.edges()[i + 1] / std::sqrt(2);
    const double share = (std::erf(right) - std::erf(left)) / 2;
    const double standard_error = std::sqrt(share / n) / h.width();
    BOOST_TEST(std::abs(density[i] - share / h.width()) < 5 * standard_error);
  }
}

BOOST_AUTO_TEST_CASE(what_has_no_histogram) {
  const Matrix x = {{1, 2}};
  BOOST_CHECK_EXCEPTION(histogram(x, 0, 0, 1), Error, says("at least one bin"));
  BOOST_CHECK_EXCEPTION(histogram(x, 5, 1, 1), Error, says("finite low < high, got 1 and 1"));
  BOOST_CHECK_THROW(histogram(x, 5, 0, infinity), Error);
  BOOST_CHECK_THROW(histogram(x, 5, not_a_number, 1), Error);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
