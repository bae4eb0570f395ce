#include <boost/test/unit_test.hpp>

#include "evenkeel/base/table.hpp"
#include "evenkeel/base/terminal.hpp"

#include "lines.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using evenkeel_test::contains, evenkeel_test::Environment, evenkeel_test::lines_of;

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(table)

namespace {

Table explosion() {
  Table table{{"layer", "no norm", "BatchNorm", "σ by group"}};
  table.row({0, 2.31, 0.584, 0.5838}).row({9, 24871.4, 0.597, "–"});
  return table;
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_are_aligned_on_the_decimal_point) {
  BOOST_TEST(explosion().text() ==
             "  layer    no norm  BatchNorm  σ by group\n"
             "      0       2.31      0.584       0.584\n"
             "      9  24,871         0.597       –\n");
}

BOOST_AUTO_TEST_CASE(a_column_chooses_its_digits) {
  Table table{{"op", {"σ", Digits::decimals(2)}, {"g", Digits::significant(2)}}};
  table.row({"linear", 46932.861, 0.0012345}).row({"relu", 7.0, 12.5});
  BOOST_TEST(table.text() ==
             "  op              σ        g\n"
             "  linear  46,932.86   0.0012\n"
             "  relu         7.00  12\n");
}

BOOST_AUTO_TEST_CASE(whole_numbers_stay_whole) {
  Table table{{"parameters"}};
  table.row({1234567}).row({5});
  BOOST_TEST(table.text() == "  parameters\n   1,234,567\n           5\n");
}

BOOST_AUTO_TEST_CASE(no_width_is_ever_exceeded) {
  for (std::size_t width = 1; width < 60; ++width)
    for (const std::string& line : lines_of(explosion().text(width)))
      BOOST_TEST(display_width(line) <= width);
}

BOOST_AUTO_TEST_CASE(a_narrow_terminal_drops_columns_and_says_so) {
  const std::string text = explosion().text(40);
  BOOST_TEST(contains(text, "no norm"));
  BOOST_TEST(!contains(lines_of(text)[0], "σ by group"));
  BOOST_TEST(!contains(text, "…"));  // whole columns go, none is cut
  BOOST_TEST(contains(text, "narrow terminal"));
  BOOST_TEST(contains(text, "without σ by group"));
  BOOST_TEST(!contains(explosion().text(80), "narrow"));
}

BOOST_AUTO_TEST_CASE(a_pipe_gets_the_whole_table) {
  Capture out;
  Environment columns("COLUMNS", "20");
  explosion().print(out.file());
  BOOST_TEST(out.text() == explosion().text());
}

BOOST_AUTO_TEST_CASE(a_row_of_another_length_is_an_error) {
  BOOST_CHECK_EXCEPTION(explosion().row({1, 2}), Error, [](const auto& error) {
    return contains(error.what(), "must have 4 cells, got 2");
  });
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
