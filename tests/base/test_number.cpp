#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/table.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(number)

BOOST_AUTO_TEST_CASE(thousands_are_separated_and_the_integer_part_stays_whole) {
  BOOST_TEST(format_number(46932.86, Digits::decimals(2)) == "46,932.86");
  BOOST_TEST(format_number(24871.4, Digits::significant(3)) == "24,871");
  BOOST_TEST(format_number(-1234567, Digits::decimals(0)) == "-1,234,567");
  BOOST_TEST(format_number(999, Digits::decimals(0)) == "999");
  BOOST_TEST(format_number(-999, Digits::decimals(0)) == "-999");
}

BOOST_AUTO_TEST_CASE(significant_digits_survive_rounding_up) {
  BOOST_TEST(format_number(0.58382) == "0.584");
  BOOST_TEST(format_number(9.996) == "10.0");
  BOOST_TEST(format_number(0.09996) == "0.100");
  BOOST_TEST(format_number(0) == "0");
}

BOOST_AUTO_TEST_CASE(very_small_very_large_and_no_number) {
  BOOST_TEST(format_number(1.234e-7) == "1.23e-07");
  BOOST_TEST(format_number(6.06e12) == "6.06e+12");
  BOOST_TEST(format_number(606000000) == "606,000,000");
  BOOST_TEST(format_number(std::nan("")) == "nan");
  BOOST_TEST(format_number(-INFINITY) == "-inf");
}

BOOST_AUTO_TEST_CASE(shortest_reads_back_as_the_same_double) {
  BOOST_TEST(shortest(0.1) == "0.1");
  BOOST_TEST(shortest(46932.86) == "46932.86");
  BOOST_TEST(shortest(3) == "3");
  for (double value : {1.0 / 3, 1e-308, 5e-324, std::numeric_limits<double>::max(), -2.0 / 7})
    BOOST_TEST(std::strtod(shortest(value).c_str(), nullptr) == value);
}

BOOST_AUTO_TEST_CASE(a_float_is_the_number_it_prints_as) {
  BOOST_TEST(Cell(0.1f).exact() == "0.1");
  BOOST_TEST(Cell(0.58f).exact() == "0.58");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
