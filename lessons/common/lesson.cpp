#include "lesson.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <system_error>

#include "evenkeel/base/file.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/chart/draw.hpp"
#include "evenkeel/chart/progress.hpp"
#include "evenkeel/chart/text.hpp"
#include "evenkeel/core/tape.hpp"

namespace po = boost::program_options;

namespace evenkeel::lesson {

Lesson::Lesson(std::string name, std::string about)
    : name_(std::move(name)), about_(std::move(about)) {}

// --- running -------------------------------------------------------------------------------------

void Lesson::prepare() {
  folder_ = std::filesystem::path(out_) / name_;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error)
    throw UsageError(fmt::format("--out: cannot make {}: {}", folder_.string(), error.message()));
  require_writable("--out", folder_ / "file");  // now, not after the run
  set_num_threads(static_cast<int>(threads_));
  Tape::check_finite_everywhere(check_finite_);
  if (!class_file_.empty()) predictions_.read_class(questions_, class_file_);
  stepping_.start(name_);
  if (live_) window_ = std::make_unique<LiveWindow>();
}

int Lesson::run(int argc, char* argv[], const std::function<void()>& body) {
  try {
    parse(argc, argv);
    if (help_) return 0;
    prepare();
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // in a pipe, too, the setting stands before the run
    std::erase_if(questions_, [](const Question& q) { return q.wanted && !q.wanted(); });
    if (predict_) predictions_.ask(questions_, std::cin, stdout);
    body();
    stepping_.finish();
    return report() ? 0 : 1;
  } catch (const Stepping::Ended&) {
    fmt::print("{}: stopped after this backward pass, without claims\n", name_);
    return 0;
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}: {} (see --help)\n", name_, error.what());
  } catch (const po::too_many_positional_options_error&) {
    fmt::print(stderr, "{}: every option begins with --, after the lesson's name (see --help)\n",
               name_);
  } catch (const po::error& error) {
    fmt::print(stderr, "{}: {} (see --help)\n", name_, error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "{}: not enough memory for these sizes\n", name_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name_, error.what());
  }
  return 2;
}

bool Lesson::report() {
  const Terminal terminal = terminal_of(stdout);
  fmt::print("\n{}\n", to_string(claims_, terminal));
  bool holds = all_hold(claims_);
  for (const auto& [name, figure] : drawn_) {
    for (const std::string& number : unfounded_numbers(figure, claims_)) {
      fmt::print("  ✗ {}.svg: its title says {}, which is neither drawn nor claimed\n", name,
                 number);
      holds = false;
    }
  }
  if (!predictions_.empty()) report_predictions();
  if (!problem_.empty()) {
    fmt::print("  No pictures: {}. The numbers are in the CSV files.\n", problem_);
  }
  fmt::print("  Charts  {}\n", folder_.string());
  for (const std::string& line :
       wrap(fmt::format("{}", fmt::join(files_, " ")), terminal.width - 10))
    fmt::print("          {}\n", line);
  fmt::print("  Read    lessons/{}/README.md\n", name_);
  if (!try_next_.empty()) fmt::print("  Try     {}\n", try_next_);
  return holds;
}

// The record of a person's predictions grows by what this run's are; lessons/run predictions shows
// it.
void Lesson::report_predictions() {
  const std::vector<std::string> lines = predictions_.compare(questions_, claims_);
  const std::filesystem::path path = std::filesystem::path(out_) / "predictions.txt";
  std::string all = std::filesystem::exists(path) ? read_bytes("--predict", path) : "";
  fmt::print("  Predicted\n");
  for (const std::string& line : lines) {
    fmt::print("    {}\n", line);
    all += fmt::format("{}  {}\n", name_.substr(0, 2), line);
  }
  fmt::print("\n");
  if (const auto figure = predictions_.histograms(questions_, claims_)) chart(*figure, "class");
  if (!predict_) return;
  FileWriter writer("--predict", path);
  writer.write(all);
  writer.commit();
}

// --- measuring -----------------------------------------------------------------------------------

void Lesson::setting(const std::string& text) {
  setting_ = seeds_ == 1 ? fmt::format("{}, seed {}", text, seed_)
                         : fmt::format("{}, {} seeds from {}; pale: 5–95 %", text, seeds_, seed_);
  fmt::print("{}: {}\n", about_, setting_);
}

Record Lesson::over_seeds(const std::vector<std::string>& series, const Measure& measure,
                          const std::function<Figure(const Record&)>& live,
                          const std::string& name) {
  std::vector<Record> parts(series.size() * seeds_);  // seed by seed
  const auto together = [&] {
    Record record;
    for (const Record& part : parts) record.append(part);
    return record;
  };
  Progress progress("runs", parts.size());
  std::mutex one_at_a_time;
  std::size_t done = 0;
  parallel_blocks(parts.size(), 1, [&](std::size_t task, std::size_t) {
    Record measured;
    measure(series[task % series.size()], seed_ + task / series.size(), measured);
    const std::lock_guard lock(one_at_a_time);
    parts[task] = std::move(measured);
    progress.update(++done);
    if (live) this->live([&] { return live(together()); });
  });
  progress.finish();
  const Record record = together();
  CsvWriter csv(folder_ / (name + ".csv"), {"quantity", "series", "seed", "x", "value"});
  record.write(csv, seed_);
  csv.close();
  wrote(name + ".csv");
  return record;
}

void Lesson::claim(std::string text, double value, Accepted accepted, bool judged) {
  claim(std::move(text), std::vector<double>{value}, std::move(accepted), judged);
}

void Lesson::claim(std::string text, const std::vector<double>& values, Accepted accepted,
                   bool judged) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  claims_.push_back({std::move(text), *low, *high, accepted.low, accepted.high,
                     std::move(accepted.because), accepted.digits, judged && standard_});
}

void Lesson::claim_means(const std::string& text, const std::vector<double>& means,
                         const Expectations& expectations) {
  const auto found = expectations.find(text);
  const bool known = found != expectations.end();
  claim(text, means, known ? found->second.of_mean(seeds_) : Accepted{0, 0, "no band is known"},
        known);
}

void Lesson::claim(const std::string& text, double median,
                   const std::map<std::string, Known>& known) {
  if (const auto found = known.find(text); found != known.end())
    claim(text, median, found->second.of(seeds_));
}

void Lesson::claim_means(const Record& record, const Styles& styles,
                         const std::vector<MeanClaim>& expected, bool judged) {
  for (const auto& [quantity, series, x, accepted] : expected) {
    if (!record.has(quantity, series)) continue;
    const Curve& curve = record.of(quantity, series);
    if (std::find(curve.x.begin(), curve.x.end(), x) == curve.x.end()) continue;
    const std::string at = quantity.x.empty() ? "" : fmt::format(", {}", x);
    claim(fmt::format("{}, {}{}", quantity.y, style_of(styles, series).title, at),
          mean_of(curve.at(x)), accepted, judged);
  }
}

Lesson& Lesson::ask(Question question) {
  questions_.push_back(std::move(question));
  return *this;
}

// --- files ---------------------------------------------------------------------------------------

void Lesson::wrote(const std::string& file) {
  if (std::find(files_.begin(), files_.end(), file) == files_.end()) files_.push_back(file);
}

void Lesson::file(const std::string& name, std::string_view text) {
  FileWriter writer("lesson", folder_ / name);
  writer.write(text);
  writer.commit();
  wrote(name);
}

void Lesson::chart(Figure figure, const std::string& name) {
  if (figure.subtitle.empty()) figure.subtitle = setting_;
  for (Chart& panel : figure.panels) {
    if (panel.title == panel.y.label) panel.y.label.clear();
  }
  drawn_.emplace_back(name, figure);
  const bool written = std::find(files_.begin(), files_.end(), name + ".csv") != files_.end();
  if (!written && write_figure(folder_ / (name + ".csv"), figure)) wrote(name + ".csv");
  if (charts_ == "none" || !problem_.empty()) return;  // a gnuplot that hangs is waited for once
  Drawing drawing;
  if (charts_ == "projector") drawing.size = Size::projector;
  const ChartResult result = save(figure, folder_, name, {Format::svg, Format::png}, drawing);
  for (const std::filesystem::path& file : result.files) {
    wrote(file.filename().string());
  }
  if (!result.drawn()) problem_ = result.problem;
  if (charts_ == "terminal") {
    const ChartResult drawn = draw_as_text(figure, terminal_of(stdout).width);
    fmt::print("\n{}", drawn.text);
    if (!drawn.drawn()) problem_ = drawn.problem;
  }
}

void Lesson::live(const std::function<Figure()>& make) {
  if (!window_) return;
  if (window_->open()) return window_->show(make());
  // In letters, once a second, where the terminal can be redrawn.
  const Terminal terminal = terminal_of(stdout);
  const auto now = std::chrono::steady_clock::now();
  if (!terminal.redraws || now - drawn_live_ < std::chrono::seconds(1)) return;
  drawn_live_ = now;
  fmt::print("\x1b[2J\x1b[H{}", draw_as_text(make(), terminal.width).text);
}

}  // namespace evenkeel::lesson
