#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "lesson.hpp"
#include "matrix_chart.hpp"
#include "scratch.hpp"
#include "words.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;
using namespace evenkeel_test;
using nlohmann::json;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(run_file)

/// A lesson in `folder`, with one option and one question.
int run(const Scratch& folder, std::vector<std::string> words,
        const std::function<void(Lesson&)>& body) {
  Index layers = 10;
  Lesson lesson("00_test", "a lesson");
  lesson.option("layers", layers, 1, "number of layers")
      .seeds(4, 2)
      .ask({"growth", "By what factor?"});
  words.insert(words.begin(), "00_test");
  words.insert(words.end(), {"--chart", "none", "--out", folder.path().string()});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return lesson.run(static_cast<int>(arguments.size()), arguments.data(), [&] { body(lesson); });
}

json written(const Scratch& folder) {
  return json::parse(bytes_of(folder / "00_test/run.json"));
}

void measure(Lesson& lesson) {
  lesson.setting("ten layers");
  lesson.claim("growth", {2.8}, between(2.5, 3, "theory 2.83"));
  lesson.claim("several", {1, 2}, between(0, INFINITY, "never negative"));
  Chart chart("σ grows", "a subtitle");
  chart.x_axis("layer").y_axis("σ", Axis::log).y_range(1, 10);
  chart.line("no norm", {1, 2, 3}, {1, 2.8, NAN}, colour::none);
  lesson.chart(chart.band({1, 2}, {1, 2}, {2, 3}, colour::none), "sigma");
}

BOOST_AUTO_TEST_CASE(it_says_what_was_run_and_what_came_of_it) {
  const Scratch folder;
  BOOST_TEST(run(folder, {"--seeds", "3"}, measure) == 0);
  const json data = written(folder);
  BOOST_TEST(data["name"] == "00_test");
  BOOST_TEST(data["about"] == "a lesson");
  BOOST_TEST(data["command"] ==
             "lessons/run 00 --seeds 3 --chart none --out " + shell_word(folder.path().string()));
  BOOST_TEST(data["when"].get<std::string>().size() == std::string("2026-01-31T12:00:00Z").size());
  BOOST_TEST(data["precision"] == (sizeof(Scalar) == 8 ? "double" : "float"));
  BOOST_TEST(data["setting"] == "ten layers, 3 seeds from 42; pale: 5–95 %");
  BOOST_TEST(data["seed"] == 42);
  BOOST_TEST(data["seeds"] == 3);
  BOOST_TEST(data["options"]["layers"] == "10");
  BOOST_TEST(data["options"]["quick"] == "no");
  BOOST_TEST(data["standard"] == true);
  BOOST_TEST(data["holds"] == true);
  BOOST_TEST(data["questions"][0] ==
             (json{{"text", "By what factor?"}, {"claim", "growth"}, {"choices", json::array()}}));
  BOOST_TEST(data["predicted"].empty());
  BOOST_TEST(data["files"] == (json{"sigma.csv", "run.json"}));
}

BOOST_AUTO_TEST_CASE(it_has_the_claims_with_their_bands) {
  const Scratch folder;
  run(folder, {}, measure);
  const json growth = written(folder)["claims"][0], several = written(folder)["claims"][1];
  BOOST_TEST(growth["text"] == "growth");
  BOOST_TEST(growth["low"] == 2.8);
  BOOST_TEST(growth["value"] == "2.80");
  BOOST_TEST(growth["band"] == "accepted 2.50 – 3.00");
  BOOST_TEST(growth["accepted"]["low"] == 2.5);
  BOOST_TEST(growth["accepted"]["because"] == "theory 2.83");
  BOOST_TEST(growth["accepted"]["digits"] == 3);
  BOOST_TEST(growth["holds"] == true);
  BOOST_TEST(several["high"] == 2);
  BOOST_TEST(several["accepted"]["high"].is_null());  // infinite, which JSON cannot say
}

BOOST_AUTO_TEST_CASE(it_has_the_curves) {
  const Scratch folder;
  run(folder, {}, measure);
  const json figure = written(folder)["figures"][0], panel = figure["panels"][0];
  BOOST_TEST(figure["name"] == "sigma");
  BOOST_TEST(figure["title"] == "σ grows");
  BOOST_TEST(panel["y"] == (json{{"label", "σ"}, {"log", true}, {"low", 1.0}, {"high", 10.0}}));
  BOOST_TEST(panel["x"] == (json{{"label", "layer"}, {"log", false}}));
  const json line = panel["series"][0], band = panel["series"][1];
  BOOST_TEST(line["kind"] == "line");
  BOOST_TEST(line["colour"] == "#D55E00");
  BOOST_TEST(line["y"] == (json{1.0, 2.8, nullptr}));
  BOOST_TEST(band["kind"] == "band");
  BOOST_TEST(band["high"] == (json{2.0, 3.0}));
}

BOOST_AUTO_TEST_CASE(it_has_the_cells_of_heat_maps_and_matrices) {
  const Scratch folder;
  run(folder, {}, [](Lesson& lesson) {
    const HeatMap map{{"0.1", "0.2"}, {"LayerNorm"}, {1, NAN}, "error, %", Axis::log};
    lesson.chart(Chart("heat").x_axis("rate").heat_map(map), "heat");
    lesson.chart(matrix_chart(Matrix{{0, -2}, {1, 0}}, "M", Cells::colours_alone), "matrix");
    lesson.chart(Chart("curve").line("", {1, 2}, {1, 2}, colour::none), "curve");
  });
  const auto cells = [data = written(folder)](std::size_t i) {
    return data["figures"][i]["panels"][0]["cells"];
  };
  const json heat = cells(0), matrix = cells(1);
  BOOST_TEST(heat["columns"] == 2);
  BOOST_TEST(heat["rows"] == 1);
  BOOST_TEST(heat["words"] == (json{"1", "×"}));
  BOOST_TEST(heat["across"] == (json{"0.1", "0.2"}));
  BOOST_TEST(heat["values"] == (json{1.0, nullptr}));
  BOOST_TEST(heat["colours"].get<std::string>().substr(6) == hex(colour::diverged).substr(1));
  BOOST_TEST(heat["scale"]["meaning"] == "error, %");
  BOOST_TEST(heat["scale"]["log"] == true);
  BOOST_TEST(heat["scale"]["colours"].size() == colour::heat.size());
  BOOST_TEST(matrix["values"] == (json{0.0, -2.0, 1.0, 0.0}));  // row by row
  BOOST_TEST(matrix["words"].empty());
  BOOST_TEST(matrix["scale"]["low"] == -2.0);
  BOOST_TEST(matrix["scale"]["colours"][0] ==
             "#" + matrix["colours"].get<std::string>().substr(6, 6));
  BOOST_TEST(cells(2).is_null());
}

BOOST_AUTO_TEST_CASE(what_does_not_hold_is_said) {
  const Scratch folder;
  const auto wrong = [](Lesson& lesson) { lesson.claim("growth", {NAN}, between(0, 1, "theory")); };
  BOOST_TEST(run(folder, {}, wrong) == 1);
  BOOST_TEST(written(folder)["holds"] == false);
  BOOST_TEST(written(folder)["claims"][0]["holds"] == false);
  BOOST_TEST(written(folder)["claims"][0]["low"].is_null());
  BOOST_TEST(run(folder, {"--layers", "3"}, wrong) == 0);
  BOOST_TEST(written(folder)["standard"] == false);
  BOOST_TEST(written(folder)["claims"][0]["judged"] == false);
}

BOOST_AUTO_TEST_CASE(a_run_that_fails_leaves_none_not_even_that_of_the_run_before) {
  const Scratch folder;
  run(folder, {}, measure);
  BOOST_TEST(run(folder, {}, [](Lesson&) { throw std::runtime_error("no"); }) == 2);
  BOOST_TEST(std::filesystem::exists(folder / "00_test"));
  BOOST_TEST(!std::filesystem::exists(folder / "00_test/run.json"));
}

BOOST_AUTO_TEST_CASE(a_command_can_be_typed_again) {
  const char* words[] = {"program", "--norm", "a,b", "it's", "", "σ", "x;y"};
  BOOST_TEST(command_of("01_explosion", 7, words, 1) ==
             "lessons/run 01 --norm a,b 'it'\\''s' '' 'σ' 'x;y'");
  BOOST_TEST(command_of("card", 1, words, 1) == "lessons/run card");
  BOOST_TEST(command_of("15_char_gpt", 1, words, 4) == "lessons/run 15 --processes 4");
}

BOOST_AUTO_TEST_CASE(the_report_is_made_where_it_is_asked_for) {
  const Scratch folder;
  const auto script =
      folder.write("it's a report", "#!/bin/sh\necho \"$@\" >\"$2/said\"\nexit 3\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const Environment asked("EVENKEEL_REPORT", script.string());
  BOOST_TEST(run(folder, {}, measure) == 0);  // whatever the report says of itself
  BOOST_TEST(bytes_of(folder / "said") == "-- " + folder.path().string() + "\n");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
