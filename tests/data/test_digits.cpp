#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "data/support.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/data/picture.hpp"
#include "locales.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::data_tests;
using namespace evenkeel_test;

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

BOOST_AUTO_TEST_CASE(a_locale_changes_nothing, *needs_german()) {
  const Scratch scratch;
  const Samples all = digits();
  const Picture wide{Matrix(3 * 1234, 1, arma::fill::zeros), {3, 1, 1234}};
  const std::string ppm = to_ppm(wide);
  const German german;
  BOOST_TEST(same(digits().x, all.x));
  BOOST_TEST(to_ppm(wide) == ppm);
  BOOST_TEST(read_ppm(scratch.write("p.ppm", ppm)).image.width == 1234u);
}

BOOST_AUTO_TEST_CASE(digits_that_are_none) {
  const Scratch scratch;
  const Environment named("EVENKEEL_DATA", scratch.path().string());
  scratch.write("digits/digits.csv.gz", "");
  BOOST_CHECK_EXCEPTION(digits(), Error, says("digits.csv.gz is cut short or damaged"));

  std::string pixels;  // of one digit but its first
  for (Index i = 1; i < 64; ++i) pixels += "0,";
  const BadFile files[] = {
      {"0," + pixels + "1\n0,0\n", "line 2: expected 64 features and a label, got 2 cells"},
      {"0," + pixels + "1,\n", "line 1: expected 64 features and a label, got 66 cells"},
      {"x," + pixels + "1\n", "digits.csv.gz, line 1: expected a number, got \"x\""},
      {"," + pixels + "1\n", "expected a number, got \"\""},
      {"1x," + pixels + "1\n", "expected a number, got \"1x\""},
      {"nan," + pixels + "1\n", "expected a number, got \"nan\""},
      {"1e999," + pixels + "1\n", "expected a number, got \"1e999\""},
      {"0," + pixels + "-1\n", "expected a whole number from 0 to 9, got \"-1\""},
      {"0," + pixels + "10\n", "expected a whole number from 0 to 9, got \"10\""}};
  for (const BadFile& file : files) {
    const std::string plain = scratch.write("digits/digits.csv", file.bytes).string();
    BOOST_TEST_REQUIRE(std::system(("gzip -f '" + plain + "'").c_str()) == 0);  // NOLINT
    BOOST_CHECK_EXCEPTION(digits(), Error, says(file.complaint));
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
