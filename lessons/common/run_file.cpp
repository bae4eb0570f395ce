// run.json: what a run knows of itself, for its report and for the comparison of two runs.
// pages/runs.py lists its keys and checks what they hold.

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "evenkeel/base/json.hpp"
#include "lesson.hpp"
#include "words.hpp"

namespace evenkeel {

static std::string to_json(Colour colour) {
  return to_json(hex(colour));
}

static std::string to_json(const Chart::AxisSetting& axis) {
  JsonObject json;
  json.add("label", axis.label).add("log", axis.axis == Axis::log);
  if (axis.low) json.add("low", *axis.low);
  if (axis.high) json.add("high", *axis.high);
  return json.text();
}

static std::string to_json(const Chart::Series& series) {
  JsonObject json;
  json.add("kind", lesson::name_of(series.kind)).add("name", series.name);
  json.add("colour", series.colour).add("x", series.x).add("y", series.y);
  if (!series.high.empty()) json.add("high", series.high);
  return json.text();
}

static JsonObject scale_of(const Chart& panel) {
  const ColourScale& scale = *panel.grid->scale;
  return JsonObject()
      .add("meaning", panel.heat ? panel.heat->meaning : "")
      .add("log", panel.heat && panel.heat->scale == Axis::log)
      .add("low", scale.low)
      .add("high", scale.high)
      .add("colours", scale.colours);
}

// The colours as one string, six digits a cell: there may be thousands.
static std::optional<JsonObject> cells_of(const Chart& panel) {
  if (!panel.grid) return std::nullopt;
  const Grid& grid = *panel.grid;
  std::string colours;
  for (Colour colour : grid.colours) colours += hex(colour).substr(1);
  JsonObject json;
  json.add("columns", grid.columns).add("rows", grid.rows).add("colours", colours);
  json.add("words", grid.words).add("across", grid.across).add("down", grid.down);
  json.add("values", grid.values);
  return json.add("scale", grid.scale ? std::optional(scale_of(panel)) : std::nullopt);
}

static std::string to_json(const Chart& panel) {
  JsonObject json;
  json.add("title", panel.title)
      .add("subtitle", panel.subtitle)
      .add("x", panel.x)
      .add("y", panel.y);
  return json.add("cells", cells_of(panel)).add("series", panel.series).text();
}

namespace lesson {

static std::string to_json(const Accepted& accepted) {
  return JsonObject()
      .add("low", accepted.low)
      .add("high", accepted.high)
      .add("because", accepted.because)
      .add("digits", accepted.digits.count)
      .add("after_the_point", accepted.digits.after_the_point)
      .text();
}

static std::string to_json(const Claim& claim) {
  JsonObject json;
  json.add("text", claim.text).add("low", claim.low).add("high", claim.high);
  json.add("value", value_text(claim)).add("band", band_text(claim));
  json.add("accepted", claim.accepted).add("judged", claim.judged).add("holds", claim.holds());
  return json.text();
}

static std::string to_json(const Question& question) {
  JsonObject json;
  json.add("text", question.text).add("claim", question.claim);
  return json.add("choices", names_of(question.choices)).text();
}

void Lesson::write_run(bool holds, const std::vector<std::string>& predicted) {
  wrote("run.json");
  if (!processes_->is_first()) return;
  std::vector<JsonObject> figures;
  for (const auto& [name, figure] : drawn_) {
    JsonObject& json = figures.emplace_back();
    json.add("name", name).add("title", figure.title).add("subtitle", figure.subtitle);
    json.add("columns", figure.columns).add("panels", figure.panels);
  }
  JsonObject options;
  for (const auto& [name, value] : given_) options.add(name, value);
  char when[] = "2026-01-31T12:00:00Z";
  const std::time_t now = std::time(nullptr);
  std::strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  JsonObject run;
  run.add("evenkeel_run", 1).add("name", name_).add("about", about_).add("command", command_);
  run.add("when", std::string(when));
  run.add("precision", sizeof(Scalar) == sizeof(double) ? "double" : "float");
  run.add("standard", standard_).add("setting", setting()).add("seed", seed_).add("seeds", seeds_);
  run.add("options", options).add("holds", holds).add("claims", claims_);
  run.add("questions", questions_).add("predicted", predicted).add("figures", figures);
  file("run.json", run.add("files", files_).text() + "\n");
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
