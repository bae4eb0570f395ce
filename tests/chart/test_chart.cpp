#include <boost/test/unit_test.hpp>

#include <cmath>
#include <set>

#include "evenkeel/base/terminal.hpp"
#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/draw.hpp"
#include "evenkeel/chart/palette.hpp"

#include "chart/script.hpp"
#include "support.hpp"

using namespace evenkeel;

namespace {

const std::vector<double> layers = {0, 1, 2, 3};

Chart growth(int lines) {
  Chart chart{"σ grows 2.8× a layer", "seed 46"};
  chart.x_axis("layer").y_axis("σ", Axis::log);
  for (int i = 0; i < lines; ++i)
    chart.line("line " + std::to_string(i), layers, {2.0 + i, 20.0, 200.0, 2000.0 + i},
               colour::batch);
  return chart;
}

// The script of a chart: what gnuplot is told.
std::string script_of(const Figure& figure) {
  return detail::picture_script(figure, Format::svg, Size::page);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chart)
BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(lengths_must_match) {
  Chart chart{"title"};
  BOOST_CHECK_EXCEPTION(
      chart.line("no norm", layers, {1, 2}, colour::none), Error, [](const auto& error) {
        return contains(error.what(), "series \"no norm\" must have 4 values, got 2");
      });
  BOOST_CHECK_THROW(chart.band(layers, layers, {1}, colour::none), Error);
  BOOST_CHECK_THROW(chart.y_range(1, 1), Error);
  BOOST_CHECK_THROW(chart.heat_map({{"a", "b"}, {"c"}, {1.0}, "σ", Axis::linear}), Error);
  const std::vector<Colour> four(4);
  BOOST_CHECK_THROW(chart.cells({1, 4, four, {"1", "2", "3", "4"}, {}, {"a", "b", "c"}}), Error);
  BOOST_CHECK_THROW(chart.cells({1, 4, four, {"1", "2"}, {}, {}}), Error);
  BOOST_CHECK_THROW(chart.cells({2, 2, four, {}, {}, {}, {1, 2, 3}}), Error);
  BOOST_CHECK_THROW(save(Figure{"empty"}, ".", "c", {Format::svg}), Error);
}

BOOST_AUTO_TEST_CASE(a_histogram_is_a_density) {
  const Histogram h = histogram_of({0, 1, 1, 2, NAN, 4, INFINITY}, 4);
  BOOST_TEST(h.edges.front() == 0);
  BOOST_TEST(h.edges.back() == 4);
  const std::vector<double> expected = {0.2, 0.4, 0.2, 0.2};  // of five finite values
  BOOST_TEST(h.density == expected, boost::test_tools::tolerance(1e-12)
                                        << boost::test_tools::per_element());
  BOOST_TEST(h.mean == 1.6, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(h.sigma == std::sqrt(22.0 / 5 - 1.6 * 1.6), boost::test_tools::tolerance(1e-12));
  BOOST_CHECK_THROW(histogram_of({NAN}), Error);
  BOOST_TEST(histogram_of({3, 3, 3}, 2).sigma == 0);
}

// The labels of an axis and nothing else, as in "1 2 5": those of x are the lowest texts, those of
// y end at the axis.
std::string labels_of(const Chart& chart, const std::string& axis) {
  const std::vector<SvgText> texts = texts_of(svg_of(chart));
  double lowest = 0;
  for (const SvgText& text : texts) lowest = std::max(lowest, text.y);
  std::string labels;
  for (const SvgText& text : texts) {
    const bool on_x = text.y > lowest - 1;
    if (axis == "x" ? on_x : !on_x && text.anchor == "end")
      labels += (labels.empty() ? "" : " ") + text.words;
  }
  return labels;
}

// Many values from low to high, so that none of them is a label of its own.
Chart on_log_axes(double low, double high) {
  std::vector<double> values;
  for (int i = 0; i <= 50; ++i) values.push_back(low * std::pow(high / low, i / 50.0));
  Chart chart{"power"};
  chart.x_axis("", Axis::log).y_axis("y", Axis::log).line("line", values, values, colour::batch);
  return chart;
}

BOOST_AUTO_TEST_CASE(a_short_log_axis_has_plain_numbers_and_a_long_one_powers_of_ten) {
  BOOST_TEST(contains(script_of(growth(1)), "set logscale y"));
  BOOST_TEST(labels_of(growth(1), "y") == "10 100 1000");
  BOOST_TEST(labels_of(on_log_axes(1, 32), "x") == "1 2 5 10 20");
  BOOST_TEST(labels_of(on_log_axes(0.003, 0.3), "x") == "0.005 0.01 0.02 0.05 0.1 0.2");
  BOOST_TEST(labels_of(on_log_axes(1, 800), "x") == "1 10 100");
  BOOST_TEST(labels_of(on_log_axes(1e-3, 1.5), "x") == "10−3 10−2 10−1 100");
  BOOST_TEST(labels_of(on_log_axes(1e-6, 2e-5), "x") == "10−6 10−5");
  BOOST_TEST(labels_of(on_log_axes(1e5, 2e7), "x") == "105 106 107");
  BOOST_TEST(labels_of(on_log_axes(1.5e5, 8e6), "x") == "3×105 1×106 3×106");  // not 106 alone
  // Many decades: multiples of a step, so that 1 is among them.
  BOOST_TEST(labels_of(on_log_axes(1e-7, 1e12), "y") == "10−6 10−3 100 103 106 109 1012");
}

BOOST_AUTO_TEST_CASE(a_scale_has_two_labels_at_least_however_small_it_is) {
  Figure figure("six small heat maps");
  figure.columns = 2;
  for (int i = 0; i < 6; ++i)
    figure.add(Chart("heat").heat_map(
        {{"a", "b"}, {"1", "2", "3", "4"}, {5, 98, 5, 5, 5, 5, 5, 5}, "%", Axis::linear}));
  std::set<std::string> labels;
  for (const SvgText& text : texts_of(svg_of(figure))) labels.insert(text.words);
  BOOST_TEST((labels.contains("20") && labels.contains("40")));  // not 50 alone
}

BOOST_AUTO_TEST_CASE(few_measured_values_label_a_log_axis_themselves) {
  const auto measured = [](std::vector<double> x) {
    Chart chart = on_log_axes(x.front(), x.back());
    chart.series[0].kind = Chart::Kind::theory;  // many values, none of them measured
    return chart.points("measured", x, x, colour::batch);
  };
  BOOST_TEST(labels_of(measured({2, 4, 8, 16, 32}), "x") == "2 4 8 16 32");
  BOOST_TEST(labels_of(measured({0.003, 0.01, 0.03, 0.1}), "x") == "0.003 0.01 0.03 0.1");
  BOOST_TEST(labels_of(measured({2, 4, 8, 16, 32}), "y") == "2 5 10 20");  // y is the result
  // Without room for every label, none is drawn; two values say too little about an axis.
  BOOST_TEST(labels_of(measured({10, 100, 101, 1000}), "x") == "10 20 50 100 200 500 1000");
  BOOST_TEST(labels_of(measured({2, 32}), "x") == "2 5 10 20");
}

BOOST_AUTO_TEST_CASE(an_axis_spans_its_range_or_the_data_and_begins_at_a_zero_that_is_near) {
  Chart near{"c"}, far{"c"};
  near.line("", {0, 1}, {1, 9}, colour::none);
  far.line("", {0, 1}, {100, 101}, colour::none);
  BOOST_TEST(contains(script_of(near), "set yrange [0:9.45]"));
  BOOST_TEST(contains(script_of(far), "set yrange [99.95:101.05]"));
  BOOST_TEST(contains(script_of(near.y_range(-1, 50)), "set yrange [-1:50]"));
}

BOOST_AUTO_TEST_CASE(layers_are_whole) {
  Chart chart = growth(1);
  BOOST_TEST(labels_of(chart.x_axis(""), "x") == "0 1 2 3");
}

BOOST_AUTO_TEST_CASE(four_lines_are_labelled_at_their_ends_and_five_get_a_legend) {
  const std::string four = script_of(growth(4)), five = script_of(growth(5));
  BOOST_TEST(!contains(four, "set key left"));
  BOOST_TEST(count(four, "set label 'line ") == 4u);
  BOOST_TEST(contains(five, "set key left"));
  BOOST_TEST(count(five, "title 'line ") == 5u);
  BOOST_TEST(count(five, "set label 'line ") == 0u);
  for (int lines : {4, 5}) {
    std::size_t found = 0;
    for (const SvgText& text : texts_of(svg_of(growth(lines))))
      found += contains(text.words, "line ");
    BOOST_TEST(found == static_cast<std::size_t>(lines));
  }
}

BOOST_AUTO_TEST_CASE(a_legend_keeps_the_order_in_which_the_series_were_given) {
  const std::vector<std::string> names = {"relu 1", "relu 2", "relu 3", "relu 4", "relu 5"};
  const std::vector<double> ends = {3, 5, 1, 4, 2};
  Chart chart{"layers"};
  for (std::size_t i = 0; i < names.size(); ++i)
    chart.line(names[i], {0, 1}, {0, ends[i]}, colour::batch);
  std::vector<std::string> legend;
  double above = 0, left = 0;
  for (const SvgText& text : texts_of(svg_of(chart))) {
    if (!contains(text.words, "relu")) continue;
    BOOST_TEST((left == 0 || left == text.x));
    left = text.x;
    BOOST_TEST(text.y > above + 17);  // one below the other
    above = text.y;
    legend.push_back(text.words);
  }
  BOOST_TEST(legend == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_long_legend_stays_beside_its_panel) {
  Figure figure{"four panels", "", 2};
  for (int i = 0; i < 4; ++i) {
    Chart chart = growth(i == 1 ? 9 : 1);
    for (Chart::Series& s : chart.series) s.name += " of layer2.0.downsample.conv.weight";
    figure.add(chart);
  }
  std::set<int> columns;
  for (const SvgText& text : texts_of(svg_of(figure)))
    if (contains(text.words, " of layer") && text.anchor != "end")
      columns.insert(std::lround(text.x / 100));
  BOOST_TEST(columns.size() <= 3u);  // ends at the left, ends at the right, the legend
}

BOOST_AUTO_TEST_CASE(end_labels_that_would_overlap_are_moved_apart) {
  std::vector<double> heights;
  for (const SvgText& text : texts_of(svg_of(growth(4))))
    if (contains(text.words, "line ")) heights.push_back(text.y);
  BOOST_REQUIRE(heights.size() == 4u);
  for (std::size_t i = 1; i < heights.size(); ++i)
    BOOST_TEST(heights[i - 1] - heights[i] > 17);  // the size of the letters
}

BOOST_AUTO_TEST_CASE(
    the_numbers_of_a_histogram_stand_above_the_box_and_texts_of_verticals_above_the_bars) {
  Chart chart{"one"};
  chart.y_axis("density").histogram(histogram_of({1, 2, 2, 3}, 3), colour::none);
  chart.theory("normal", {1, 3}, {0, 0.3}).vertical("here", 2, colour::black);
  double highest_tick = 1e9, here = 0, numbers = 0, normal = 0, density = 0;
  for (const SvgText& text : texts_of(svg_of(chart))) {
    const bool are_numbers = text.words == "μ 2.00   σ 0.707";
    if (are_numbers) numbers = text.y;
    if (text.words == "normal") normal = text.y;
    if (text.words == "density") density = text.y;
    if (text.words == "here") here = text.y;
    if (!are_numbers && text.anchor == "end") highest_tick = std::min(highest_tick, text.y);
  }
  BOOST_TEST(numbers > density - 17);  // in a line with it, or below
  BOOST_TEST(numbers < here - 17);
  BOOST_TEST(here < highest_tick + 17);
  BOOST_TEST(here < normal - 17);
  BOOST_CHECK_THROW(chart.histogram(histogram_of({1, 2}), colour::none), Error);
}

BOOST_AUTO_TEST_CASE(lines_differ_in_a_grey_print_and_a_norm_keeps_its_look) {
  Chart chart{"norms"};
  chart.line("no norm", layers, layers, colour::none)
      .line("BatchNorm", layers, layers, colour::batch);
  chart.line("LayerNorm", layers, layers, colour::layer);
  chart.line("a second one", layers, layers, colour::batch);
  std::set<std::string> looks;
  for (const std::string& line : lines_of(script_of(chart)))
    if (contains(line, "with linespoints"))
      looks.insert(line.substr(line.find(" dt "), line.find(" ps ") - line.find(" dt ")));
  BOOST_TEST(looks.size() == 4u);
  Chart alone{"one norm"};
  alone.line("LayerNorm", layers, layers, colour::layer);
  BOOST_TEST(contains(script_of(alone), "dt (16,4) pt 9 "));
  BOOST_TEST(looks.count(" dt (16,4) pt 9") == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_log_axis_cannot_show_is_a_gap_and_not_an_error) {
  Chart chart = growth(1);
  chart.line("diverged", layers, {1, 0, -1, INFINITY}, colour::none);
  chart.line("at once", layers, {NAN, NAN, NAN, NAN}, colour::rms);
  const std::string script = script_of(chart);
  BOOST_TEST(count(script, " nan\n") == 3u);
  BOOST_TEST(contains(script, "at once: no value to draw"));
}

BOOST_AUTO_TEST_CASE(texts_lose_their_special_meaning_to_gnuplot) {
  Chart chart{"it's x_1 {a}"};
  chart.line("y", layers, layers, colour::none);
  BOOST_TEST(contains(script_of(chart), "'{/:Bold it’s x\\_1 \\{a\\}}'"));
}

BOOST_AUTO_TEST_CASE(a_long_title_leaves_no_word_alone) {
  Chart chart{"Without attention the growth of the stream is what can be computed exactly"};
  chart.line("y", layers, layers, colour::none);
  const std::string script = script_of(chart);
  BOOST_TEST(contains(script, "'{/:Bold Without attention the growth of the}'"));
  BOOST_TEST(contains(script, "'{/:Bold stream is what can be computed exactly}'"));
}

BOOST_AUTO_TEST_CASE(few_values_have_a_marker_each_and_many_have_some) {
  Chart chart{"one diverged"};
  chart.line("short", {0, 1}, {1, 9}, colour::none);
  BOOST_TEST(contains(script_of(chart), "linespoints"));
  BOOST_TEST(!contains(script_of(chart), " pn 8 "));
  std::vector<double> steps;
  for (int i = 0; i < 30; ++i) steps.push_back(i);
  chart.line("long", steps, steps, colour::batch);
  BOOST_TEST(count(script_of(chart), " pn 8 ") == 1u);
}

BOOST_AUTO_TEST_CASE(points_under_others_are_larger) {
  Chart chart{"two of the same"};
  chart.points("a", layers, layers, colour::none).points("b", layers, layers, colour::batch);
  BOOST_TEST(count(script_of(chart), "points pt 7 ps 1.15 ") == 1u);
  BOOST_TEST(count(script_of(chart), "_2 with points pt 5 ps 0.8 ") == 1u);
}

BOOST_AUTO_TEST_CASE(grids_and_heat_maps_are_tables_in_letters_without_gnuplot) {
  Drawing nothing;
  nothing.gnuplot = "/nonexistent/gnuplot";
  Chart tiles{"Same number = normalized together"};
  tiles.x_axis("sample").cells({2,
                                4,
                                std::vector<Colour>(8),
                                {"0", "2", "0", "2", "1", "13", "1", "13"},
                                {"0", "1"},
                                {"channel 0", "channel 1"}});
  const ChartResult drawn = draw_as_text(tiles, 60, nothing);
  BOOST_TEST(drawn.drawn());
  BOOST_TEST(contains(drawn.text,
                      "              0   1\n"
                      "  channel 0   0   2\n"
                      "  channel 0   0   2\n"
                      "  channel 1   1  13\n"));
  BOOST_TEST(contains(drawn.text, "across: sample"));

  Chart heat{"Loss"};
  heat.heat_map({{"a", "b", "c"}, {"row"}, {0.0, 1.0, NAN}, "loss", Axis::linear});
  const ChartResult map = draw_as_text(heat, 60, nothing);

  BOOST_TEST(contains(map.text, "       a    b  c\n  row  0  1.0  ×\n"));
  BOOST_TEST(contains(map.text, "loss; × diverged"));
  // Without room for its numbers, shades.
  const ChartResult narrow = draw_as_text(heat, 15, nothing);
  BOOST_TEST(contains(narrow.text, "  row  ░█×\n"));
  BOOST_TEST(!contains(narrow.text, "1.0"));
}

BOOST_AUTO_TEST_CASE(grids_side_by_side_name_their_rows_once) {
  Figure figure{"two", "", 2};
  for (int i = 0; i < 2; ++i) {
    figure.add(
        Chart{"tiles"}.cells({1, 2, std::vector<Colour>(2), {"0", "1"}, {}, {"above", "below"}}));
  }
  std::size_t names = 0;
  for (const SvgText& text : texts_of(svg_of(figure))) {
    names += text.words == "above";
  }
  BOOST_TEST(names == 1u);
}

BOOST_AUTO_TEST_CASE(the_pixels_of_an_image_are_written_row_by_row) {
  Chart chart{"six"};
  chart.cells({3, 2, {{0xFF0000}, {0xFF00}, {0xFF}, {0}, {0x808080}, {0xFFFFFF}}, {}, {}, {}});
  const std::string script = script_of(chart);
  // The middle of each pixel, counted from the top left, and the axis runs downwards
  BOOST_TEST(contains(script, "set yrange [2:0]"));
  BOOST_TEST(contains(script,
                      "0.5 0.5 16711680\n1.5 0.5 65280\n2.5 0.5 255\n"
                      "0.5 1.5 0\n1.5 1.5 8421504\n2.5 1.5 16777215\n"));
  BOOST_TEST(contains(script, "with rgbimage"));
}

BOOST_AUTO_TEST_CASE(the_axis_below_pixels_has_its_label) {
  Chart chart{"four"};
  chart.cells({2, 2, std::vector<Colour>(4, Colour{0x646464}), {}, {}, {}}).x_axis("column");
  std::size_t labels = 0;
  for (const SvgText& text : texts_of(svg_of(chart))) labels += text.words == "column";
  BOOST_TEST(labels == 1u);
}

// The number in name='…' of the SVG's image
double attribute(const std::string& svg, const std::string& name) {
  const std::size_t image = svg.find("<image ");
  const std::size_t at = svg.find(" " + name + "='", image);
  return std::stod(svg.substr(at + name.size() + 3, 10));
}

BOOST_AUTO_TEST_CASE(pixels_are_square) {
  // The first fills its panel's width, the second its height.
  for (const auto& [width, height] : {std::pair{9, 2}, std::pair{2, 3}}) {
    const std::vector<Colour> grey(static_cast<std::size_t>(width * height), Colour{0x646464});
    Chart chart{"squares"};
    chart.cells(
        {static_cast<std::size_t>(width), static_cast<std::size_t>(height), grey, {}, {}, {}});
    Scratch directory;
    BOOST_REQUIRE(save(chart, directory.path(), "c", {Format::svg}).drawn());
    const std::string svg = bytes_of(directory / "c.svg");
    BOOST_TEST(contains(svg, "<image style='image-rendering:pixelated'"));  // not blurred
    const double wide = attribute(svg, "width") / width, high = attribute(svg, "height") / height;
    BOOST_TEST(wide > 50);
    // Each edge is rounded to gnuplot's own grid, about half a pixel of the picture.
    BOOST_TEST(std::abs(wide - high) < 1);
  }
}

BOOST_AUTO_TEST_CASE(an_image_is_drawn_in_letters_without_gnuplot) {
  Drawing nothing;
  nothing.gnuplot = "/nonexistent/gnuplot";
  Grid image{4, 2, {}, {}, {}, {}};
  for (const std::uint32_t level : {0, 60, 110, 255, 0, 60, 110, 255}) {
    image.colours.push_back({level * 0x10101});
  }
  Chart chart{"Four greys"};
  chart.cells(image);
  BOOST_TEST(contains(draw_as_text(chart, 40, nothing).text, "\n   ░▒█\n"));
}

BOOST_AUTO_TEST_CASE(an_image_without_all_its_pixels_is_an_error) {
  BOOST_CHECK_THROW(Chart{"c"}.cells({3, 2, {{1}, {2}, {3}}, {}, {}, {}}), Error);
  BOOST_CHECK_THROW(Chart{"c"}.cells({}), Error);
  BOOST_CHECK_THROW(Chart{"c"}.cells({2, 1, {{1}, {2}}, {}, {}, {}}), Error);
}

BOOST_AUTO_TEST_CASE(no_two_tiles_share_a_colour) {
  for (std::size_t count : {4, 8, 16, 40})
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < i; ++j)
        BOOST_TEST(hex(colour::tile(i, count)) != hex(colour::tile(j, count)));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
