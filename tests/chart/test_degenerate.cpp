// What no chart is made for, but comes: every picture must end, with a valid SVG, in bounded memory
// and time.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <fstream>
#include <functional>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evenkeel/base/table.hpp"

#include "chart/script.hpp"
#include "locales.hpp"
#include "support.hpp"

using namespace evenkeel;

namespace {

using Values = std::vector<double>;

const std::string hostile =
    "it's <b>&]]> {/:Bold x}_1^2 @~ \\ `ls` \"$0\"\n\tset output\x01\x7f \xff\xc3 \xed\xa0\x80 σ²";

// Runs `work` in a process of its own that may take 1 GB more than we have now and a minute of CPU.
// What it returns comes back; "" is what a good one says.
std::string within_limits(const std::function<std::string()>& work) {
  const Scratch directory;
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t memory = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{1} << 30);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit as{memory, memory}, cpu{60, 60};
    setrlimit(RLIMIT_AS, &as);
    setrlimit(RLIMIT_CPU, &cpu);
    alarm(120);
    std::string says;
    try {
      says = work();
    } catch (const std::exception& error) {
      says = error.what();
    }
    std::ofstream(directory / "says") << says;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? bytes_of(directory / "says")
                           : "ended by signal " + std::to_string(WTERMSIG(status));
}

// Draws it as SVG and in letters; returns what is wrong with them.
std::string drawn_well(const Figure& figure) {
  const std::vector<SvgText> texts = texts_of(svg_of(figure));
  if (texts.size() < 3) return "next to nothing is drawn";
  const ChartResult text = draw_as_text(figure, 80);
  if (!text.drawn()) return text.problem;
  for (const std::string& line : lines_of(text.text))
    if (display_width(line) > 80) return "wider than 80: " + line;
  return "";
}

// The labels of a y axis end at it; two that are equal tell nothing.
bool labels_differ(const std::string& svg) {
  std::vector<std::string> labels;
  for (const SvgText& text : texts_of(svg))
    if (text.anchor == "end") labels.push_back(text.words);
  std::sort(labels.begin(), labels.end());
  return !labels.empty() && std::adjacent_find(labels.begin(), labels.end()) == labels.end();
}

std::vector<std::pair<const char*, Values>> bad_values() {
  return {{"flat to the last bit", {0.58, 0.58 + 2e-16, 0.58}},
          {"nearly flat", {0.58, 0.58 + 1e-14, 0.58 - 1e-14}},
          {"large and close", {1234567890.1, 1234567890.2, 1234567890.3}},
          {"denormal", {5.8e-322, 1e-310, 3e-308}},
          {"down to denormal", {1, 1e-160, 5.8e-322}},
          {"up to 1e308", {2, 1e100, 1.7e308}},
          {"both ends", {-1.7e308, 0, 1.7e308}},
          {"all equal", {3, 3, 3}},
          {"all zero", {0, -0.0, 0}},
          {"all NaN", {NAN, -NAN, NAN}},
          {"infinite", {INFINITY, -INFINITY, 1}},
          {"one point", {7}},
          {"empty", {}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chart)
BOOST_AUTO_TEST_SUITE(degenerate)

BOOST_AUTO_TEST_CASE(lines_of_every_kind_are_drawn) {
  for (const auto& [what, values] : bad_values()) {
    for (Axis axis : {Axis::linear, Axis::log}) {
      Values steps;
      for (std::size_t i = 0; i < values.size(); ++i) steps.push_back(static_cast<double>(i));
      for (bool swapped : {false, true}) {
        const Values &x = swapped ? values : steps, &y = swapped ? steps : values;
        Chart chart{what, "setting"};
        chart.x_axis("x", swapped ? axis : Axis::linear).y_axis("y", swapped ? Axis::linear : axis);
        chart.band(x, y, y, colour::none).line("line", x, y, colour::none).theory("theory", x, y);
        chart.points("points", x, y, colour::batch);
        if (!values.empty()) chart.vertical("here", x[0], colour::rms);
        BOOST_TEST_INFO(what << (axis == Axis::log ? ", log" : "") << (swapped ? ", x" : ", y"));
        BOOST_TEST(within_limits([&] { return drawn_well(chart); }) == "");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(histograms_and_heat_maps_of_every_kind_are_drawn_or_refused) {
  for (const auto& [what, values] : bad_values()) {
    const bool finite =
        std::any_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    Chart histogram{what};
    if (finite) {
      histogram.histogram(histogram_of(values), colour::batch);
      BOOST_TEST_INFO(what << ", histogram");
      BOOST_TEST(within_limits([&] { return drawn_well(histogram); }) == "");
    } else {
      BOOST_CHECK_THROW(histogram_of(values), Error);
    }
    for (Axis axis : {Axis::linear, Axis::log}) {
      Chart heat{what};
      if (values.empty()) {
        BOOST_CHECK_THROW(heat.heat_map({{}, {"row"}, {}, "σ", axis}), Error);
        continue;
      }
      heat.heat_map({std::vector<std::string>(values.size(), "c"), {"row"}, values, "σ", axis});
      BOOST_TEST_INFO(what << ", heat map");
      BOOST_TEST(within_limits([&] { return drawn_well(heat); }) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_labels_of_an_axis_differ_however_flat_the_line_is) {
  for (const auto& [what, values] : bad_values()) {
    Chart chart{what};
    chart.line("", Values(values.size(), 1), values, colour::none);
    BOOST_TEST(labels_differ(svg_of(chart)), what);
  }
}

BOOST_AUTO_TEST_CASE(large_values_close_to_each_other_are_told_apart) {
  Chart chart{"close"};
  chart.line("", {0, 1, 2}, {1234567890.1, 1234567890.2, 1234567890.3}, colour::none);
  const std::string svg = svg_of(chart);
  for (const char* label : {">1234567890.10<", ">1234567890.20<", ">1234567890.30<"})
    BOOST_TEST((contains(svg, label) || contains(svg, std::string(label).replace(13, 1, ""))));
}

BOOST_AUTO_TEST_CASE(names_of_any_length_and_bytes_are_drawn) {
  for (const std::string& name :
       {std::string(200, 'n'), std::string("'"), std::string("''"), hostile, std::string("\\"),
        std::string("]]>"), std::string("{"), std::string()}) {
    Chart curves{name, name};
    curves.x_axis(name).y_axis(name).line(name, {0, 1}, {1, 2}, colour::none);
    curves.vertical(name, 1, colour::black);
    Chart legend{name};
    for (int i = 0; i < 6; ++i) legend.line(name, {0, 1}, {1, i / 2.0}, colour::batch);
    Chart histogram{name};
    histogram.histogram(histogram_of({1, 2, 3}), colour::rms).line(name, {1}, {1}, colour::rms);
    Chart heat{name};
    heat.heat_map({{name, name}, {name, name}, {1, 2, NAN, 3}, name, Axis::linear});
    Chart tiles{name};
    tiles.cells({2, 2, std::vector<Colour>(4), {name, "1", "2", name}, {name, ""}, {name, name}});
    Figure all{name, name, 2};
    all.add(curves).add(legend).add(histogram).add(heat).add(tiles);
    for (const Figure& figure : {all, Figure(curves), Figure(heat), Figure(tiles)}) {
      BOOST_TEST_INFO(name);
      BOOST_TEST(within_limits([&] { return drawn_well(figure); }) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(no_text_becomes_a_command) {
  Scratch directory;
  const std::string file = directory / "made";
  const std::string title = "x\nset print '" + file + "'\nprint 1\n`touch " + file + "`";
  Chart chart{title, title};
  chart.x_axis(title).line(title, {0, 1}, {0, 1}, colour::none);
  BOOST_TEST(save(chart, directory.path(), "c").drawn());
  BOOST_TEST(directory.files() == 2u);
}

BOOST_AUTO_TEST_CASE(a_folder_may_have_any_name) {
  Scratch directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  for (const std::string folder : {"-x", "it's $HOME `ls`", "σ \"new\"\nline"}) {
    std::filesystem::create_directory(folder);
    Environment scratch("TMPDIR", directory / folder);
    Chart chart{"c"};
    chart.line("", {0, 1}, {0, 1}, colour::none);
    const ChartResult result = save(chart, folder, "'");
    BOOST_TEST(result.problem == "");
    BOOST_TEST(result.files.size() == 2u);
  }
  std::filesystem::current_path(before);
}

BOOST_AUTO_TEST_CASE(a_nan_with_a_sign_is_a_nan) {
  Scratch directory;
  CsvWriter csv(directory / "a.csv", {"x"});
  for (double nan : std::vector<double>{-NAN, NAN, std::copysign(NAN, -1)}) csv.row({nan});
  csv.close();
  BOOST_TEST(bytes_of(directory / "a.csv") == "x\nnan\nnan\nnan\n");
  BOOST_TEST(format_number(-NAN) == "nan");
}

BOOST_AUTO_TEST_CASE(a_locale_changes_nothing, *evenkeel_test::needs_german()) {
  Chart chart{"numbers"};
  chart.x_axis("x", Axis::log)
      .line("line", {0.001, 0.5, 1000.25}, {0.5, 1000.25, 1e6}, colour::none);
  const auto everything = [&] {
    Scratch directory;
    CsvWriter csv(directory / "c.csv", {"x", "y"});
    csv.row({0.001, 0.5}).row({1000.25, 1e6});
    csv.close();
    BOOST_TEST(save(chart, directory.path(), "c", {Format::svg}).problem == "");
    return bytes_of(directory / "c.csv") + bytes_of(directory / "c.svg") +
           detail::picture_script(chart, Format::png, Size::page) + draw_as_text(chart, 80).text +
           Cell(0.584f).exact();
  };
  const std::string before = everything();
  std::string after;
  {
    const evenkeel_test::German german;
    after = everything();
  }
  BOOST_TEST(contains(before, "0.001 0.5\n"));
  BOOST_TEST(after == before);
}

BOOST_AUTO_TEST_CASE(gnuterm_does_not_matter) {
  Chart chart{"title"};
  chart.line("line", {0, 1}, {0, 1}, colour::none);
  for (const char* terminal : {"qt", "no-such-terminal", "png"}) {
    Environment exported("GNUTERM", terminal);
    BOOST_TEST(drawn_well(chart) == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
