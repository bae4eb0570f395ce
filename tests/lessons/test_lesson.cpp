#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <list>
#include <map>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "lesson.hpp"
#include "norms.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(lesson_program)

const Quantity value{"value", "x", "value"};

/// A lesson with an option and seeds; returns its exit code.
int run(std::vector<std::string> words, const std::function<void(Lesson&)>& body) {
  Index layers = 10;
  Lesson lesson("00_test", "a lesson");
  lesson.option("layers", layers, 1, "number of layers").seeds(4, 2);
  words.insert(words.begin(), "00_test");
  words.insert(words.end(), {"--chart", "none"});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return lesson.run(static_cast<int>(arguments.size()), arguments.data(), [&] { body(lesson); });
}

BOOST_AUTO_TEST_CASE(a_claim_is_judged_in_the_standard_setting_only) {
  const Scratch folder;
  const std::string out = folder.path().string();
  const auto wrong = [](Lesson& lesson) { lesson.claim("value", {2}, between(0, 1, "theory")); };
  BOOST_TEST(run({"--out", out}, wrong) == 1);
  BOOST_TEST(run({"--out", out, "--seeds", "3"}, wrong) == 1);  // how many seeds is free
  BOOST_TEST(run({"--out", out, "--layers", "3"}, wrong) == 0);
  BOOST_TEST(run({"--out", out, "--layers", "0"}, wrong) == 2);
  const auto nothing = [](Lesson& lesson) { lesson.claim("value", {}, between(0, 1, "theory")); };
  BOOST_TEST(run({"--out", out}, nothing) == 2);
}

BOOST_AUTO_TEST_CASE(several_numbers_are_one_option) {
  const Scratch folder;
  std::vector<double> rates = {1, 2};
  const auto run = [&](const std::string& given) {
    Lesson lesson("00_test", "a lesson");
    lesson.option("rates", rates, "learning rates");
    std::vector<std::string> words = {"00_test", "--out", folder.path().string(), "--rates", given};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    return lesson.run(5, arguments.data(), [] {});
  };
  BOOST_TEST(run("0.01,3e-4,8") == 0);
  BOOST_TEST(rates == (std::vector<double>{0.01, 3e-4, 8}), boost::test_tools::per_element());
  for (const char* wrong : {"", ",", "1,,2", "1;2", "0", "-1", "nan", "inf", "1e999", "1 ", "two"})
    BOOST_TEST(run(wrong) == 2, wrong);
  BOOST_TEST(rates.size() == 3u);
}

BOOST_AUTO_TEST_CASE(several_whole_numbers_are_one_option) {
  const Scratch folder;
  std::vector<Index> sizes = {2, 32};
  const auto run = [&](const std::string& given) {
    Lesson lesson("00_test", "a lesson");
    lesson.option("batches", sizes, 2, "samples in a batch");
    std::vector<std::string> words = {"00_test", "--out", folder.path().string(), "--batches",
                                      given};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    return lesson.run(5, arguments.data(), [] {});
  };
  BOOST_TEST(run("3,8") == 0);
  BOOST_TEST(sizes == (std::vector<Index>{3, 8}), boost::test_tools::per_element());
  for (const char* wrong : {"", ",", "2,", "1", "-1", "2.5", "2 ", "1e3", "20000000", "two"})
    BOOST_TEST(run(wrong) == 2, wrong);
  BOOST_TEST(sizes.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_lesson_without_a_live_figure_says_so_once) {
  const Scratch folder;
  const std::string out = folder.path().string(), said = (folder / "stderr").string();
  const auto stderr_of = [&](const std::function<Figure(const Record&)>& live) {
    const int before = dup(2);
    BOOST_REQUIRE(std::freopen(said.c_str(), "w", stderr) != nullptr);
    const auto measure = [](auto& series, auto, Record& r) { r.add(value, series, 1, 2); };
    run({"--out", out, "--live"}, [&](Lesson& l) { l.over_seeds({"a", "b"}, measure, live); });
    std::fflush(stderr);
    dup2(before, 2);
    close(before);
    return bytes_of(said);
  };
  const std::string line = "00_test: this lesson has no live figure\n";
  const std::string without = stderr_of({});
  BOOST_TEST(without.find(line) != std::string::npos);
  BOOST_TEST(without.find(line) == without.rfind(line));
  const auto figure = [](const Record& r) {
    return chart_of(r, value, {{"a", "A", colour::batch}});
  };
  BOOST_TEST(stderr_of(figure).find(line) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(pale_areas_are_explained_where_there_are_some) {
  const Scratch folder;
  const std::string out = folder.path().string();
  run({"--out", out}, [&](Lesson& lesson) {
    lesson.setting("ten layers");
    Chart line("line"), band("band");
    line.line("", {1}, {2}, colour::batch);
    band.band({1}, {2}, {3}, colour::batch);
    lesson.chart(line, "line");
    lesson.chart(band, "band");
  });
  const std::string written = bytes_of(folder / "00_test/run.json");
  BOOST_TEST(written.find("\"subtitle\": \"ten layers, 4 seeds from 42\"") != std::string::npos);
  BOOST_TEST(written.find("\"subtitle\": \"ten layers, 4 seeds from 42; pale: 5–95 %\"") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_band_is_found_by_the_text_of_the_claim) {
  const Scratch folder;
  const std::string out = folder.path().string();
  const Bands known = {{"value, A, 1", between(0, 1, "theory")}};
  const auto claim = [&](const std::string& what, const std::string& title, double measured) {
    return run({"--out", out}, [&](Lesson& lesson) {
      Record record;
      record.add({"value", "x", what}, "a", std::vector<double>{1, 2}, {measured, measured});
      lesson.claim_means(record, {{"value", "x", what}}, {{"a", title, colour::batch}}, known);
    });
  };
  BOOST_TEST(claim("value", "A", 0.5) == 0);
  BOOST_TEST(claim("value", "A", 2) == 1);
  BOOST_TEST(claim("value", "A", NAN) == 1);
  BOOST_TEST(claim("value", "mine", 2) == 0);  // no band known
  BOOST_TEST(claim("other", "A", 2) == 0);     // no claim
  BOOST_TEST(run({"--out", out}, [&](Lesson& lesson) {
               lesson.claim("value", {0.5, NAN, 0.6}, between(0, 1, "theory"));
             }) == 1);
}

BOOST_AUTO_TEST_CASE(a_record_is_the_same_for_any_number_of_threads) {
  std::string written[2];
  for (int threads : {1, 2}) {
    const Scratch folder;
    const auto body = [](Lesson& lesson) {
      const Record record =
          lesson.over_seeds({"a", "b"}, [](const std::string& name, std::uint64_t seed, Record& r) {
            Random random(seed);
            r.add(value, name, 1, random.normal(1, 1)(0, 0));
          });
      BOOST_TEST(record.of(value, "b").runs.size() == 4u);
    };
    BOOST_TEST(run({"--out", folder.path().string(), "--threads", std::to_string(threads)}, body) ==
               0);
    written[threads - 1] = bytes_of(folder / "00_test/measured.csv");
  }
  BOOST_TEST(written[0] == written[1]);
  BOOST_TEST(written[0].find("value,b,45,1,") != std::string::npos);
  set_num_threads(0);
}

BOOST_AUTO_TEST_CASE(quick_takes_fewer_seeds) {
  const Scratch folder;
  run({"--out", folder.path().string(), "--quick"},
      [](Lesson& lesson) { BOOST_TEST(lesson.seeds() == 2u); });
}

BOOST_AUTO_TEST_CASE(a_title_that_names_another_number_fails_the_lesson) {
  const Scratch folder;
  const auto draw = [](Lesson& lesson) {
    Chart chart("grows 2.7× per layer");
    chart.line("", {1, 2}, {1, 2.8}, colour::batch);
    lesson.chart(chart, "chart");
  };
  BOOST_TEST(run({"--out", folder.path().string()}, draw) == 1);
}

BOOST_AUTO_TEST_CASE(every_norm_is_the_one_its_name_says) {
  Random random(1);
  Tape tape;
  const Var x = tape.variable(random.normal(16, 5));
  const std::map<std::string, Var> expected = {{"none", x},
                                               {"batch", batch_norm(x, 16)},
                                               {"layer", layer_norm(x)},
                                               {"rms", rms_norm(x)},
                                               {"group", group_norm(x, 8, 16)},
                                               {"dyt", tanh(0.5 * x)},
                                               {"derf", erf(0.5 * x)},
                                               {"scale", rms_norm(x)},
                                               {"prms", partial_rms_norm(x, 1)}};
  BOOST_TEST(feature_norm_names().size() == expected.size());
  std::list<AnyLayer> norms;  // backward needs them where they are
  for (const std::string& name : feature_norm_names()) {
    const Var y = norms.emplace_back(feature_norm(name, 16))(x);
    BOOST_TEST(arma::approx_equal(y.value(), expected.at(name).value(), "absdiff", 1e-12), name);
    tape.backward(y, random.normal(16, 5));
    BOOST_TEST(x.gradient().is_finite());
  }
  BOOST_CHECK_THROW(by_name(all_norms(), "mine"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
