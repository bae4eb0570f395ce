#include "run_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

#include "lesson.hpp"

namespace evenkeel::lesson {

// JSON has no NaN: it becomes null.
using Json = nlohmann::ordered_json;

std::string shell_word(const std::string& text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) || std::string_view("-_./,=:+").find(char(c)) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  return "'" + boost::replace_all_copy(text, "'", "'\\''") + "'";
}

std::string command_of(const std::string& lesson, int argc, const char* const argv[],
                       std::size_t processes) {
  const bool numbered = std::isdigit(static_cast<unsigned char>(lesson[0]));
  std::string command = "lessons/run " + (numbered ? lesson.substr(0, 2) : lesson);
  if (processes > 1) command += fmt::format(" --processes {}", processes);
  for (int i = 1; i < argc; ++i) command += " " + shell_word(argv[i]);
  return command;
}

namespace {

Json to_json(const Claim& claim) {
  Json json = {{"text", claim.text},         {"low", claim.low},         {"high", claim.high},
               {"value", value_text(claim)}, {"band", band_text(claim)}, {"accepted", nullptr},
               {"judged", claim.judged},     {"holds", claim.holds()}};
  if (claim.accepted) {
    const Accepted& accepted = *claim.accepted;
    json["accepted"] = {{"low", accepted.low},
                        {"high", accepted.high},
                        {"because", accepted.because},
                        {"digits", accepted.digits.count},
                        {"after_the_point", accepted.digits.after_the_point}};
  }
  return json;
}

Json to_json(const Question& question) {
  Json choices = Json::array();
  for (const Choice& choice : question.choices) choices.push_back(choice.name);
  return {{"text", question.text}, {"claim", question.claim}, {"choices", choices}};
}

Json to_json(const Chart::AxisSetting& axis) {
  Json json = {{"label", axis.label}, {"log", axis.axis == Axis::log}};
  if (axis.low) json["low"] = *axis.low;
  if (axis.high) json["high"] = *axis.high;
  return json;
}

Json to_json(const Chart::Series& series) {
  Json json = {{"kind", name_of(series.kind)},
               {"name", series.name},
               {"colour", hex(series.colour)},
               {"x", series.x},
               {"y", series.y}};
  if (!series.high.empty()) json["high"] = series.high;
  return json;
}

// The colours as one string, six digits a cell: there may be thousands.
Json cells_of(const Chart& panel) {
  if (!panel.grid) return nullptr;
  const Grid& grid = *panel.grid;
  std::string colours;
  for (Colour colour : grid.colours) colours += hex(colour).substr(1);
  Json json = {{"columns", grid.columns}, {"rows", grid.rows},     {"colours", colours},
               {"words", grid.words},     {"across", grid.across}, {"down", grid.down},
               {"values", grid.values},   {"scale", nullptr}};
  if (!grid.scale) return json;
  Json shades = Json::array();
  for (Colour colour : grid.scale->colours) shades.push_back(hex(colour));
  json["scale"] = {{"meaning", panel.heat ? panel.heat->meaning : ""},
                   {"log", panel.heat && panel.heat->scale == Axis::log},
                   {"low", grid.scale->low},
                   {"high", grid.scale->high},
                   {"colours", shades}};
  return json;
}

Json to_json(const std::string& name, const Figure& figure) {
  Json panels = Json::array();
  for (const Chart& panel : figure.panels) {
    Json series = Json::array();
    for (const Chart::Series& one : panel.series) series.push_back(to_json(one));
    panels.push_back({{"title", panel.title},
                      {"subtitle", panel.subtitle},
                      {"x", to_json(panel.x)},
                      {"y", to_json(panel.y)},
                      {"cells", cells_of(panel)},
                      {"series", series}});
  }
  return {{"name", name},
          {"title", figure.title},
          {"subtitle", figure.subtitle},
          {"columns", figure.columns},
          {"panels", panels}};
}

}  // namespace

void Lesson::write_run(bool holds, const std::vector<std::string>& predicted) {
  wrote("run.json");
  if (!processes_->is_first()) return;
  Json claims = Json::array(), questions = Json::array(), figures = Json::array();
  for (const Claim& claim : claims_) claims.push_back(to_json(claim));
  for (const Question& question : questions_) questions.push_back(to_json(question));
  for (const auto& [name, figure] : drawn_) figures.push_back(to_json(name, figure));
  const Json run = {
      {"evenkeel_run", 1},
      {"name", name_},
      {"about", about_},
      {"command", command_},
      {"when", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
      {"precision", sizeof(Scalar) == sizeof(double) ? "double" : "float"},
      {"standard", standard_},
      {"setting", setting()},
      {"seed", seed_},
      {"seeds", seeds_},
      {"options", given_},
      {"holds", holds},
      {"claims", claims},
      {"questions", questions},
      {"predicted", predicted},
      {"figures", figures},
      {"files", files_},
  };
  // A byte of the command line that is no UTF-8 becomes �.
  file("run.json", run.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

// lessons/run gives way to its one lesson, which then has its signals and its exit code; so the
// lesson starts what makes the page, by the name that lessons/run left in the environment.
void Lesson::make_page() const {
  if (!processes_->is_first() || std::getenv("EVENKEEL_REPORT") == nullptr) return;
  std::fflush(stdout);
  // Its own words say what went wrong; the run is as it was.
  [[maybe_unused]] const int code = std::system(  // NOLINT
      ("\"$EVENKEEL_REPORT\" -- " + shell_word(out_)).c_str());
}

}  // namespace evenkeel::lesson
