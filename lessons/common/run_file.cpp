// run.json: what a run knows of itself, for its report and for the comparison of two runs.
// pages/runs.py lists its keys and checks what they hold.

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "lesson.hpp"
#include "words.hpp"

namespace evenkeel {

using Json = nlohmann::ordered_json;  // it has no NaN: that becomes null

static void to_json(Json& json, Colour colour) {
  json = hex(colour);
}

static void to_json(Json& json, const Chart::AxisSetting& axis) {
  json = {{"label", axis.label}, {"log", axis.axis == Axis::log}};
  if (axis.low) json["low"] = *axis.low;
  if (axis.high) json["high"] = *axis.high;
}

static void to_json(Json& json, const Chart::Series& series) {
  json = {{"kind", lesson::name_of(series.kind)},
          {"name", series.name},
          {"colour", series.colour},
          {"x", series.x},
          {"y", series.y}};
  if (!series.high.empty()) json["high"] = series.high;
}

// The colours as one string, six digits a cell: there may be thousands.
static Json cells_of(const Chart& panel) {
  if (!panel.grid) return nullptr;
  const Grid& grid = *panel.grid;
  std::string colours;
  for (Colour colour : grid.colours) colours += hex(colour).substr(1);
  Json json = {{"columns", grid.columns}, {"rows", grid.rows},     {"colours", colours},
               {"words", grid.words},     {"across", grid.across}, {"down", grid.down},
               {"values", grid.values},   {"scale", nullptr}};
  if (!grid.scale) return json;
  json["scale"] = {{"meaning", panel.heat ? panel.heat->meaning : ""},
                   {"log", panel.heat && panel.heat->scale == Axis::log},
                   {"low", grid.scale->low},
                   {"high", grid.scale->high},
                   {"colours", grid.scale->colours}};
  return json;
}

static void to_json(Json& json, const Chart& panel) {
  json = {{"title", panel.title}, {"subtitle", panel.subtitle}, {"x", panel.x},
          {"y", panel.y},         {"cells", cells_of(panel)},   {"series", panel.series}};
}

namespace lesson {

static void to_json(Json& json, const Claim& claim) {
  json = {{"text", claim.text},         {"low", claim.low},         {"high", claim.high},
          {"value", value_text(claim)}, {"band", band_text(claim)}, {"accepted", nullptr},
          {"judged", claim.judged},     {"holds", claim.holds()}};
  if (const std::optional<Accepted>& accepted = claim.accepted)
    json["accepted"] = {{"low", accepted->low},
                        {"high", accepted->high},
                        {"because", accepted->because},
                        {"digits", accepted->digits.count},
                        {"after_the_point", accepted->digits.after_the_point}};
}

static void to_json(Json& json, const Question& question) {
  json = {
      {"text", question.text}, {"claim", question.claim}, {"choices", names_of(question.choices)}};
}

void Lesson::write_run(bool holds, const std::vector<std::string>& predicted) {
  wrote("run.json");
  if (!processes_->is_first()) return;
  Json figures = Json::array();
  for (const auto& [name, figure] : drawn_)
    figures.push_back({{"name", name},
                       {"title", figure.title},
                       {"subtitle", figure.subtitle},
                       {"columns", figure.columns},
                       {"panels", figure.panels}});
  char when[] = "2026-01-31T12:00:00Z";
  const std::time_t now = std::time(nullptr);
  std::strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  const Json run = {{"evenkeel_run", 1},
                    {"name", name_},
                    {"about", about_},
                    {"command", command_},
                    {"when", when},
                    {"precision", sizeof(Scalar) == sizeof(double) ? "double" : "float"},
                    {"standard", standard_},
                    {"setting", setting()},
                    {"seed", seed_},
                    {"seeds", seeds_},
                    {"options", given_},
                    {"holds", holds},
                    {"claims", claims_},
                    {"questions", questions_},
                    {"predicted", predicted},
                    {"figures", figures},
                    {"files", files_}};
  // A byte of the command line that is no UTF-8 becomes �.
  file("run.json", run.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

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
  if (processes > 1) command += " --processes " + std::to_string(processes);
  for (int i = 1; i < argc; ++i) command += " " + shell_word(argv[i]);
  return command;
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

}  // namespace lesson
}  // namespace evenkeel
