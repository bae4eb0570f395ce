#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <functional>
#include <thread>

#include <sys/stat.h>

#include "evenkeel/base/terminal.hpp"
#include "evenkeel/chart/draw.hpp"

#include "support.hpp"

using namespace evenkeel;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

Figure explosion() {
  Chart chart{"Without normalization σ grows 2.8× a layer", "10 layers & <64> wide"};
  chart.x_axis("layer").y_axis("σ", Axis::log);
  chart.band({0, 1, 2}, {1, 10, 100}, {4, 40, 400}, colour::none)
      .line("no norm", {0, 1, 2}, {2, 20, 200}, colour::none)
      .theory("theory", {0, 2}, {2, 200});
  return chart;
}

// A program that stands in for gnuplot.
Drawing fake(const Scratch& directory, const std::string& script) {
  const fs::path path = directory / "fake-gnuplot";
  write_file(path, "#!/bin/sh\n" + script + "\n");
  chmod(path.c_str(), 0755);
  Drawing drawing;
  drawing.gnuplot = path.string();
  return drawing;
}

// Draws into a directory that holds an older picture; whatever happens, that picture stays.
std::string problem_with(const Drawing& drawing) {
  Scratch directory;
  write_file(directory / "c.svg", "old");
  const ChartResult result = save(explosion(), directory.path(), "c", {Format::svg}, drawing);
  BOOST_TEST(!result.drawn());
  BOOST_TEST(result.files.empty());
  BOOST_TEST(bytes_of(directory / "c.svg") == "old");
  BOOST_TEST(directory.files() == 1u);
  BOOST_TEST(!contains(result.problem, "\n"));
  return result.problem;
}

double seconds_for(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chart)
BOOST_AUTO_TEST_SUITE(drawing)

BOOST_AUTO_TEST_CASE(an_svg_and_a_png_are_drawn) {
  Scratch directory;
  const ChartResult result = save(explosion(), directory.path(), "it's σ");
  BOOST_TEST(result.problem == "");
  BOOST_TEST(result.files.size() == 2u);
  BOOST_TEST(directory.files() == 2u);  // and nothing temporary
  const std::string svg = bytes_of(directory / "it's σ.svg");
  BOOST_TEST(contains(svg, "<title>Without normalization σ grows 2.8× a layer</title>"));
  BOOST_TEST(contains(svg, "<desc>10 layers &amp; &lt;64&gt; wide</desc>"));
  for (const char* text : {"no norm", "theory", "layer", "100"})
    BOOST_TEST(contains(svg, ">" + std::string(text) + "</tspan>"));
  BOOST_TEST(contains(svg, "</svg>"));
  BOOST_TEST(bytes_of(directory / "it's σ.png").substr(1, 3) == "PNG");
}

BOOST_AUTO_TEST_CASE(every_kind_of_chart_is_drawn) {
  Figure figure{"All kinds", "", 3};
  figure.add(Chart{"points"}.points("runs", {1, 2}, {3, 4}, colour::rms));
  figure.add(Chart{"histogram"}
                 .histogram(histogram_of({1, 2, 2, 3}, 3), colour::layer)
                 .vertical("published", 2.5, colour::black));
  figure.add(Chart{"heat"}.heat_map({{"a", "b"}, {"c"}, {1, NAN}, "σ", Axis::log}));
  figure.add(
      Chart{"tiles"}.cells({2, 2, std::vector<Colour>(4), {"0", "1", "2", "3"}, {}, {"p", "q"}}));
  figure.add(Chart{"image"}.cells({2, 2, {{0xFF0000}, {0xFF}, {0}, {0x90909}}, {}, {}, {}}));
  figure.add(Chart{"nothing finite"}.line("x", {1}, {INFINITY}, colour::none));
  figure.add(Chart{"constant"}.line("x", {1}, {0}, colour::none));
  Scratch directory;
  const ChartResult result = save(figure, directory.path(), "all", {Format::svg});
  BOOST_TEST(result.problem == "");
  const std::string svg = bytes_of(directory / "all.svg");
  for (const char* text :
       {"runs", "published", "μ 2.00   σ 0.707", "×", "3", "data:image/png;base64,"})
    BOOST_TEST(contains(svg, text));
}

BOOST_AUTO_TEST_CASE(a_missing_gnuplot_is_a_result) {
  Drawing drawing;
  drawing.gnuplot = "/nonexistent/gnuplot";
  BOOST_TEST(problem_with(drawing) == "/nonexistent/gnuplot is not installed");
  Environment command("EVENKEEL_GNUPLOT", "/nonexistent/from-the-environment");
  BOOST_TEST(problem_with({}) == "/nonexistent/from-the-environment is not installed");
}

BOOST_AUTO_TEST_CASE(a_failing_gnuplot_is_a_result) {
  Scratch directory;
  BOOST_TEST(contains(problem_with(fake(directory, "echo 'bad terminal' >&2; exit 3")),
                      "failed with status 3: bad terminal"));
  BOOST_TEST(contains(problem_with(fake(directory, "exit 0")), "no complete c.svg"));
  BOOST_TEST(contains(problem_with(fake(directory, "kill -9 $$")), "ended by signal 9"));
  BOOST_TEST(contains(problem_with(fake(directory, "exec >&- 2>&-; exit 1")), "status 1"));
}

BOOST_AUTO_TEST_CASE(a_hanging_gnuplot_is_ended_with_its_children) {
  Scratch directory;
  const fs::path late = directory / "late";
  Drawing drawing = fake(directory, "(sleep 1; touch '" + late.string() + "') & wait");
  drawing.limit = 200ms;
  std::string problem;
  const double seconds = seconds_for([&] { problem = problem_with(drawing); });
  BOOST_TEST(contains(problem, "did not finish within 0.2 s"));
  BOOST_TEST(seconds >= 0.2);
  BOOST_TEST(seconds < 0.9);  // long before the child would have ended by itself
  std::this_thread::sleep_for(1200ms);
  BOOST_TEST(!fs::exists(late));
}

BOOST_AUTO_TEST_CASE(much_output_does_not_block) {
  Scratch directory;
  const Drawing drawing = fake(directory, "head -c 3000000 /dev/zero; echo; echo end; exit 4");
  BOOST_TEST(contains(problem_with(drawing), "status 4"));
}

BOOST_AUTO_TEST_CASE(an_unwritable_directory_is_a_result) {
  const ChartResult result = save(explosion(), "/nonexistent", "c");
  BOOST_TEST(contains(result.problem, "/nonexistent/c.svg: No such file or directory"));
}

BOOST_AUTO_TEST_CASE(a_chart_in_letters_fits_its_width) {
  for (std::size_t width : {20, 40, 80, 200}) {
    const ChartResult result = draw_as_text(explosion(), width);
    BOOST_TEST(result.problem == "");
    BOOST_TEST(!contains(result.text, "\x1b"));
    for (const std::string& line : lines_of(result.text)) BOOST_TEST(display_width(line) <= width);
  }
  const std::string text = draw_as_text(explosion(), 80).text;
  BOOST_TEST(contains(text, "Without normalization σ grows"));
  BOOST_TEST(contains(text, "100 "));
  for (const char* name : {"no norm\n", "theory\n", "σ\n", "layer\n"})
    BOOST_TEST(contains(text, name));
  Drawing drawing;
  drawing.gnuplot = "/nonexistent/gnuplot";
  BOOST_TEST(!draw_as_text(explosion(), 80, drawing).drawn());
}

BOOST_AUTO_TEST_CASE(names_at_line_ends_do_not_hide_one_another_in_letters) {
  for (double end : {0.0, 0.3, 0.35, 0.4, 1.0}) {
    Chart chart{"close"};
    chart.line("first", {0, 1}, {0, end}, colour::none);
    chart.line("second", {0, 1}, {1, end + 0.001}, colour::batch);
    const std::string text = draw_as_text(chart, 80).text;
    for (const char* name : {"first\n", "second\n"}) BOOST_TEST(contains(text, name), end);
  }
}

BOOST_AUTO_TEST_CASE(the_text_legend_leaves_out_series_without_a_name) {
  Chart chart{"two lines, one name"};
  chart.line("signal", {0, 1}, {1, 2}, colour::batch).theory("", {0, 1}, {1, 3});
  const std::string text = draw_as_text(chart, 60).text;
  BOOST_TEST(contains(text, "signal\n"));
  for (const std::string& line : lines_of(text.substr(text.find("+"))))  // nothing but the drawing
    BOOST_TEST(line.find_first_not_of("+-|*#E $0123456789.signal") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(live_window)

// Answers the question for its terminals, and then does as `then` says.
Drawing fake_with_window(const Scratch& directory, const std::string& then) {
  return fake(directory,
              "case \"$*\" in *--persist*) ;; *) echo ' png qt x11 '; exit;; esac\n" + then);
}

BOOST_AUTO_TEST_CASE(without_a_display_it_says_so_once_and_goes_on) {
  Environment x("DISPLAY", std::nullopt), wayland("WAYLAND_DISPLAY", std::nullopt);
  Capture notes;
  LiveWindow window({}, notes.file());
  window.show(explosion());
  window.show(explosion());
  BOOST_TEST(!window.open());
  BOOST_TEST(notes.text() == "No live window: there is no display (DISPLAY is not set).\n");
}

BOOST_AUTO_TEST_CASE(a_gnuplot_without_windows_is_told) {
  Environment x("DISPLAY", ":99");
  Scratch directory;
  Capture notes;
  LiveWindow window(fake(directory, "echo ' dumb png svg '"), notes.file());
  BOOST_TEST(contains(notes.text(), "knows no window"));
}

BOOST_AUTO_TEST_CASE(a_gnuplot_that_does_not_read_never_blocks_the_program) {
  Environment x("DISPLAY", ":99");
  Scratch directory;
  Capture notes;
  std::vector<double> many(50'000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  Chart chart{"big"};
  chart.line("line", many, many, colour::none);
  LiveWindow window(fake_with_window(directory, "sleep 30"), notes.file());
  BOOST_TEST(window.open());
  const double seconds = seconds_for([&] {
    for (int i = 0; i < 20; ++i) window.show(chart);
  });
  BOOST_TEST(seconds < 2.0);  // one drawing is prepared and nineteen are skipped
  BOOST_TEST(window.open());
}

BOOST_AUTO_TEST_CASE(a_gnuplot_that_ends_is_no_signal_and_no_error) {
  Environment x("DISPLAY", ":99");
  Scratch directory;
  Capture notes;
  LiveWindow window(fake_with_window(directory, "exit 0"), notes.file());
  for (int i = 0; i < 40 && window.open(); ++i) {
    window.show(explosion());
    std::this_thread::sleep_for(50ms);
  }
  BOOST_TEST(notes.text() == "No live window: gnuplot has ended.\n");
}

BOOST_AUTO_TEST_CASE(a_gnuplot_that_closes_its_input_raises_no_sigpipe) {
  Environment x("DISPLAY", ":99");
  Scratch directory;
  Capture notes;
  LiveWindow window(fake_with_window(directory, "exec <&-; sleep 30"), notes.file());
  std::this_thread::sleep_for(300ms);
  BOOST_TEST(seconds_for([&] { window.show(explosion()); }) < 1.0);
  BOOST_TEST(window.open());  // it may yet read
  BOOST_TEST(notes.text() == "");
}

BOOST_AUTO_TEST_CASE(frames_follow_one_another_and_the_last_is_always_shown) {
  Environment x("DISPLAY", ":99");
  Scratch directory;
  Capture notes;
  const fs::path seen = directory / "seen";
  // Answers each frame as gnuplot would, by removing it.
  const std::string answer =
      "while read -r line; do case \"$line\" in load*) n=${line#*frame}; n=${n%?};"
      " grep '^set terminal' frame$n >> '" +
      seen.string() +
      "'; sleep $(sed -n 's/^pause //p' frame$n); rm frame$n;;"
      " *) exit;; esac; done";
  {
    LiveWindow window(fake_with_window(directory, answer), notes.file());
    for (int step = 1; step <= 18; ++step) {
      Figure figure = explosion();
      figure.title = "it's step " + std::to_string(step);
      window.show(figure);
      std::this_thread::sleep_for(50ms);
    }
    BOOST_TEST(window.open());
  }
  const std::vector<std::string> frames = lines_of(bytes_of(seen));
  BOOST_TEST(frames.size() >= 3u);  // in 0.9 s, one every quarter of a second, and the last
  BOOST_TEST(frames.size() <= 5u);
  BOOST_REQUIRE(!frames.empty());
  BOOST_TEST(contains(frames.front(), "set terminal qt"));
  BOOST_TEST(contains(frames.back(), "title 'it’s step 18'"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
