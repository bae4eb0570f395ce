#include <boost/test/unit_test.hpp>
#include <string>
#include <type_traits>

#include "data/support.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/data/files.hpp"
#include "evenkeel/data/picture.hpp"
#include "evenkeel/data/tabular.hpp"
#include "locales.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::data_tests;
using namespace evenkeel_test;

namespace {

// Rounding of each entry to Scalar, relative to its size, bounds the error of the sum.
auto rounded(double tolerance = 2 * static_cast<double>(machine_epsilon)) {
  return boost::test_tools::tolerance(tolerance);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(tables)

// Counts and sums: what scikit-learn 1.2.1 and numpy say.
BOOST_AUTO_TEST_CASE(the_tumours) {
  const Samples all = breast_cancer();
  require_consistent("test", all);
  BOOST_TEST(all.size() == 569);
  BOOST_TEST((all.image == ImageShape{30, 1, 1}));
  BOOST_TEST(counts_of(all) == std::vector<Index>({212, 357}), boost::test_tools::per_element());
  // numpy adds in another order and rounds at most n·eps: its last printed digit
  BOOST_TEST(sum_of(all.x) == 1056474.4596356,
             rounded(std::max(1e-12, static_cast<double>(machine_epsilon))));
  BOOST_TEST(all.class_names.back() == "benign");
  const double first[] = {17.99, 10.38, 122.8, 1001.0};
  for (Index i = 0; i < 4; ++i) BOOST_TEST(all.x(i, 0) == static_cast<Scalar>(first[i]));
  BOOST_TEST(all.labels.back() == 1);
}

BOOST_AUTO_TEST_CASE(tables_that_are_none) {
  const Scratch scratch;
  const Samples two = read_table(scratch.write("t.csv", "2,1,no,yes\r\n0.5,1\r\n-1e3,0\r\n"));
  BOOST_TEST(two.x(0, 1) == -1000);
  BOOST_TEST((two.labels == std::vector<Index>{1, 0}));

  check_refused(read_table, "t.csv",
                {{"", "t.csv, line 1: expected `samples,features,class"},
                 {"2,1\n1,0\n2,0\n", "line 1: expected `samples"},
                 {"-1,1,a\n", "whole number from 0 to 10000000, got \"-1\""},
                 {"2.5,1,a\n", "expected a whole number from 0 to"},
                 {"2,1,a\n1,0\n", "2 samples need as many lines below, got 1"},
                 {"1,1,a\n1,0\n2,0\n", "1 samples need as many lines below, got 2"},
                 {"1,1,a\n1,0,0\n", "line 2: expected 1 features and a label, got 3 cells"},
                 {"1,1,a\nx,0\n", "t.csv, line 2: expected a number, got \"x\""},
                 {"1,1,a\n,0\n", "expected a number, got \"\""},
                 {"1,1,a\n1x,0\n", "expected a number, got \"1x\""},
                 {"1,1,a\nnan,0\n", "expected a number, got \"nan\""},
                 {"1,1,a\ninf,0\n", "expected a number, got \"inf\""},
                 {"1,1,a\n1,0,\n", "line 2: expected 1 features and a label, got 3 cells"},
                 {"1,1,a\n1e999,0\n", "expected a number, got \"1e999\""},
                 {"1,1,a\n1,-1\n", "expected a whole number from 0 to 0, got \"-1\""},
                 {"1,1,\"a, b\",c\n1,0\n", R"(line 1: names of classes stand without quotes)"},
                 {"1,1,\"a, b\",c\n1,0\n", R"(have no comma, got "\"a")"},
                 {"9000,10000000,a\n1,0\n", "9000 samples need as many lines below, got 1"},
                 {"1,10000000,a\n1,0\n", "expected 10000000 features and a label, got 2 cells"},
                 {std::string("1,1,a\n1\0x,0\n", 12), R"(expected a number, got "1\x00x")"},
                 {"1,1,a,b\n1,2\n", "whole number from 0 to 1, got \"2\""}});
}

// A byte order mark in front and empty lines behind, as spreadsheets write them.
BOOST_AUTO_TEST_CASE(what_spreadsheets_add) {
  const Scratch scratch;
  const Samples one = read_table(scratch.write("t.csv",
                                               "\xEF\xBB\xBF"
                                               "1,1,no,yes\r\n0.5,1\r\n\r\n\n"));
  BOOST_TEST((one.size() == 1 && one.x(0, 0) == 0.5 && one.labels[0] == 1));
}

// 1e39 is a number, and one that a float cannot hold.
BOOST_AUTO_TEST_CASE(numbers_beyond_float) {
  const Scratch scratch;
  const std::filesystem::path path = scratch.write("t.csv", "1,1,a\n1e39,0\n");
  if constexpr (std::is_same_v<Scalar, double>) {
    BOOST_TEST(read_table(path).x(0, 0) == 1e39);
  } else {
    BOOST_CHECK_EXCEPTION(read_table(path), Error, says("expected a number, got \"1e39\""));
  }
}

BOOST_AUTO_TEST_CASE(a_locale_changes_nothing, *needs_german()) {
  const Scratch scratch;
  const Samples tumours = breast_cancer(), all = digits();
  Picture wide{Matrix(3 * 1234, 1, arma::fill::zeros), {3, 1, 1234}};
  const std::string ppm = to_ppm(wide);
  const German german;
  BOOST_TEST(same(breast_cancer().x, tumours.x));
  BOOST_TEST(same(digits().x, all.x));
  BOOST_TEST(to_ppm(wide) == ppm);
  BOOST_TEST(read_ppm(scratch.write("p.ppm", ppm)).image.width == 1234u);
}

BOOST_AUTO_TEST_CASE(digits_that_are_none) {
  const Scratch scratch;
  const Environment named("EVENKEEL_DATA", scratch.path().string());
  scratch.write("digits/digits.csv.gz", "");
  BOOST_CHECK_EXCEPTION(digits(), Error, says("digits.csv.gz is cut short or damaged"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
