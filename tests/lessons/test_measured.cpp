#include <boost/test/unit_test.hpp>

#include <cmath>

#include "evenkeel/base/error.hpp"
#include "measured.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(measured)

const Quantity sigma{"sigma", "layer", "σ"};

Record of_seed(std::vector<double> values) {
  Record record;
  record.add(sigma, "batch", one_to(values.size()), values);
  return record;
}

BOOST_AUTO_TEST_CASE(seeds_follow_each_other_and_statistics_go_over_them) {
  Record record;
  for (double seed : {1.0, 2.0, 6.0}) record.append(of_seed({seed, 10 * seed}));
  const Curve& curve = record.of(sigma, "batch");
  BOOST_TEST(curve.x == (std::vector<double>{1, 2}));
  BOOST_TEST(curve.first() == (std::vector<double>{1, 10}));
  BOOST_TEST(curve.mean() == (std::vector<double>{3, 30}));
  BOOST_TEST(curve.median() == (std::vector<double>{2, 20}));
  BOOST_TEST(curve.at(2) == (std::vector<double>{10, 20, 60}));
  BOOST_TEST(curve.last() == curve.at(2));
  BOOST_TEST(curve.each(geometric_growth) == (std::vector<double>{10, 10, 10}));
  BOOST_TEST(curve.each(slope) == (std::vector<double>{9, 18, 54}));
  BOOST_CHECK_THROW(curve.at(3), Error);
  BOOST_CHECK_THROW(record.of(sigma, "layer"), Error);
}

BOOST_AUTO_TEST_CASE(a_run_that_ended_early_is_nan_from_there_on) {
  Record record = of_seed({1});
  record.append(of_seed({3, 4}));
  const Curve& curve = record.of(sigma, "batch");
  BOOST_TEST(curve.x == (std::vector<double>{1, 2}));
  BOOST_TEST(curve.median()[0] == 2);
  BOOST_TEST(std::isnan(curve.median()[1]));
  BOOST_TEST(std::isnan(curve.quantile(0.95)[1]));
}

BOOST_AUTO_TEST_CASE(the_spread_is_the_middle_ninety_percent) {
  Record record;
  for (int seed = 0; seed <= 100; ++seed) record.append(of_seed({double(seed)}));
  const Curve& curve = record.of(sigma, "batch");
  // Value i of 101 is the quantile (i + ½)/101 (Hazen): 5 % lie below 0.05 · 101 − ½.
  BOOST_TEST(curve.quantile(0.05)[0] == 4.55, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(curve.quantile(0.95)[0] == 95.45, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_chart_has_a_line_and_a_band_for_each_series_that_was_measured) {
  Record record = of_seed({1, 2});
  const Styles styles = {{"batch", "BatchNorm", colour::batch},
                         {"layer", "LayerNorm", colour::layer}};
  BOOST_TEST(chart_of(record, sigma, styles).series.size() == 1u);  // one seed has no band
  record.append(of_seed({3, 6}));
  const Chart chart = chart_of(record, sigma, styles);
  BOOST_REQUIRE(chart.series.size() == 2u);
  BOOST_CHECK(chart.series[0].kind == Chart::Kind::band);
  BOOST_TEST(chart.series[1].name == "BatchNorm");
  BOOST_TEST(chart.series[1].y == (std::vector<double>{2, 4}));
  BOOST_TEST(chart.x.label == "layer");
}

BOOST_AUTO_TEST_CASE(what_is_drawn_is_written_and_so_is_every_value) {
  const Scratch folder;
  Chart chart("Title");
  chart.band({1}, {2}, {4}, colour::batch).line("BatchNorm", {1}, {3}, colour::batch);
  BOOST_TEST(write_figure(folder / "drawn.csv", chart));
  BOOST_TEST(bytes_of(folder / "drawn.csv") ==
             "panel,kind,series,x,y,high\nTitle,band,,1,2,4\nTitle,line,BatchNorm,1,3,\n");
  BOOST_TEST(!write_figure(folder / "nothing.csv", Chart("nothing drawn")));
  Chart map("Map");
  map.heat_map({{"1", "2"}, {"a", "b"}, {1, 2, 3, 4}, "error"});
  BOOST_TEST(write_figure(folder / "map.csv", map));
  BOOST_TEST(bytes_of(folder / "map.csv") ==
             "panel,kind,series,x,y,high\nMap,cell,a,1,1,\nMap,cell,a,2,2,\nMap,cell,b,1,3,\n"
             "Map,cell,b,2,4,\n");

  Record record = of_seed({1.5});
  record.append(of_seed({2.5}));
  CsvWriter csv(folder / "all.csv", {"quantity", "series", "seed", "x", "value"});
  record.write(csv, 42);
  csv.close();
  BOOST_TEST(bytes_of(folder / "all.csv") ==
             "quantity,series,seed,x,value\nsigma,batch,42,1,1.5\nsigma,batch,43,1,2.5\n");
}

BOOST_AUTO_TEST_CASE(styles_are_chosen_by_name_in_the_order_asked_for) {
  const Styles styles = {{"a", "A", colour::batch}, {"b", "B", colour::layer}};
  BOOST_TEST(names_of(choose(styles, {"b", "a"})) == (std::vector<std::string>{"b", "a"}));
  BOOST_CHECK_THROW(choose(styles, {"c"}), Error);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
