// The museum of bugs: real mistakes of public libraries, running beside the right code.
// lessons/run bugs lists them, lessons/run bugs NAME shows one.

#include "evenkeel/base/table.hpp"
#include "evenkeel/base/terminal.hpp"
#include "exhibit.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;
using evenkeel::bugs::Exhibit;

namespace {

std::vector<Exhibit> all_exhibits() {
  std::vector<Exhibit> all;
  for (const auto& room :
       {bugs::exhibits_of_forward(), bugs::exhibits_of_backward(), bugs::exhibits_of_use()}) {
    all.insert(all.end(), room.begin(), room.end());
  }
  return all;
}

const Styles curves = {{"wrong", "as it was", colour::none},
                       {"right", "as it should be", colour::layer}};

void show(Lesson& lesson, const Exhibit& e, bool answer) {
  const Quantity quantity{e.name, e.x, e.y};
  Record record;
  for (const double x : e.xs) {
    record.add(quantity, "wrong", x, e.wrong(x));
    record.add(quantity, "right", x, e.right(x));
  }
  fmt::print("\n{}: {}\n  {}\n\n", e.name, e.title, e.source);
  print_table(record, quantity, curves, Line::first);
  if (answer) {
    for (const std::string& line : wrap(e.answer, 96)) fmt::print("  {}\n", line);
  }
  lesson.claim(e.name + ": " + e.y, record.of(quantity, "wrong").last(), e.accepted);
  lesson.claim(e.name + ": " + e.y + ", as it should be", record.of(quantity, "right").last(),
               e.of_right);
  lesson.claim(e.name + ": the check catches it", {e.caught() ? 1.0 : 0.0}, between(1, 1, e.check));
  Chart chart = chart_of(record, quantity, curves, Line::first, Axis::linear);
  chart.title = e.title;
  chart.subtitle = e.source;
  lesson.chart(chart, e.name);
}

}  // namespace

int main(int argc, char* argv[]) {
  const std::vector<Exhibit> exhibits = all_exhibits();
  std::vector<std::string> all;
  for (const Exhibit& e : exhibits) all.push_back(e.name);
  std::vector<std::string> names = all;
  std::vector<std::string> answer = {"no"};
  Lesson lesson("bugs", "Real mistakes, running beside the right code");
  lesson.option("bug", names, all, "which, separated by commas")
      .option("answer", answer, {"no", "yes"}, "whether to say where the mistake is");
  const auto is_shown = [&](const Exhibit& e) {
    return std::ranges::find(names, e.name) != names.end();
  };
  for (const Exhibit& e : exhibits)
    lesson.ask({e.name + ": " + e.y, e.question, {}, [&] { return is_shown(e); }});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} of {} exhibits", names.size(), all.size()));
    for (const Exhibit& e : exhibits) {
      if (is_shown(e)) show(lesson, e, answer.front() == "yes");
    }
    lesson.try_next(fmt::format("lessons/run bugs {} --answer yes", names.front()));
  });
}
