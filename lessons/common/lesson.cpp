#include "lesson.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/join.hpp>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <system_error>

#include "evenkeel/base/file.hpp"
#include "evenkeel/base/memory.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/base/progress.hpp"
#include "evenkeel/base/terminal.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel::lesson {

// --- running -------------------------------------------------------------------------------------

Lesson& Lesson::over(Communicator& processes) {
  processes_ = &processes;
  if (!processes.is_first() && !std::freopen("/dev/null", "w", stdout))
    fail(name_, "cannot write to /dev/null");
  return *this;
}

void Lesson::prepare() {
  const bool several = processes_->size() > 1;
  if (several && (step_ || live_))
    throw UsageError("--step and --live look at one process, not at several");
  folder_ = std::filesystem::path(out_) / name_;
  if (processes_->is_first()) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error)
      throw UsageError(fmt::format("--out: cannot make {}: {}", folder_.string(), error.message()));
    require_writable("--out", folder_ / "file");           // now, not after the run
    std::filesystem::remove(folder_ / "run.json", error);  // what it tells is written over
  } else {
    trace_file_.clear();
  }
  if (threads_ > 0 || !several) set_num_threads(static_cast<int>(threads_));
  Tape::check_finite_everywhere(check_finite_);
  if (!class_file_.empty()) predictions_.read_class(questions_, class_file_);
  look_backward();
  if (live_) window_ = std::make_unique<LiveWindow>();
}

int Lesson::run(int argc, char* argv[], const std::function<void()>& body) {
  keep_freed_memory();
  try {
    if (!parse(argc, argv)) return 0;
  } catch (const UsageError& error) {
    return refused(fmt::format("{} (see --help)", error.what()));
  }
  try {
    prepare();
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // in a pipe, too, the setting stands before the run
    std::erase_if(questions_, [](const Question& q) { return q.wanted && !q.wanted(); });
    if (predict_) ask();
    body();
    if (looks_backward() && passes_ == 0)
      fail("--step", "this lesson runs nothing backward: there are no steps to go through");
    const bool holds = report();
    make_page();
    return holds ? 0 : 1;
  } catch (const SeenEnough&) {
    fmt::print("{}: stopped after this backward pass, without claims\n", name_);
    return 0;
  } catch (const UsageError& error) {
    return ended(fmt::format("{} (see --help)", error.what()));
  } catch (const std::bad_alloc&) {
    return ended("not enough memory for these sizes");
  } catch (const std::exception& error) {
    return ended(error.what());
  }
}

// A person thinks as long as they like; the other processes wait.
void Lesson::ask() {
  predictions_.ask(questions_, std::cin, stdout);
  if (processes_->size() == 1) return;
  processes_->set_time_limit(24 * 3600);
  processes_->barrier("the questions");
  processes_->set_time_limit(60);
}

// Every process was given the same command line: one says what is wrong with it.
int Lesson::refused(const std::string& why) const {
  if (processes_->is_first()) fmt::print(stderr, "{}: {}\n", name_, why);
  return 2;
}

int Lesson::ended(const std::string& why) const {
  if (processes_->size() > 1) throw std::runtime_error(fmt::format("{}: {}", name_, why));
  return refused(why);
}

bool Lesson::report() {
  const Terminal terminal = terminal_of(stdout);
  fmt::print("\n{}\n", to_string(claims_, terminal));
  bool holds = all_hold(claims_);
  for (const auto& [name, figure] : drawn_) {
    const std::vector<std::string> unfounded = unfounded_numbers(figure, claims_);
    holds = holds && unfounded.empty();
    for (const std::string& number : unfounded)
      fmt::print("  ✗ {}.svg: its title says {}, which is neither drawn nor claimed\n", name,
                 number);
  }
  const std::vector<std::string> predicted = predictions_.compare(questions_, claims_);
  if (!predictions_.empty()) report_predictions(predicted);
  if (!problem_.empty())
    fmt::print("  No pictures: {}. The numbers are in the CSV files.\n", problem_);
  write_run(holds, predicted);
  fmt::print("  Charts  {}\n", folder_.string());
  for (const std::string& line : wrap(boost::algorithm::join(files_, " "), terminal.width - 10))
    fmt::print("          {}\n", line);
  fmt::print("  Read    lessons/{}/README.md\n", name_);
  if (!try_next_.empty()) fmt::print("  Try     {}\n", try_next_);
  say_there_is_no_live_figure();
  return holds;
}

// The record of a person's predictions grows by what this run's are; lessons/run predictions shows
// it.
void Lesson::report_predictions(const std::vector<std::string>& lines) {
  const std::filesystem::path path = std::filesystem::path(out_) / "predictions.txt";
  std::string all = std::filesystem::exists(path) ? read_bytes("--predict", path) : "";
  fmt::print("  Predicted\n");
  for (const std::string& line : lines) {
    fmt::print("    {}\n", line);
    all += fmt::format("{}  {}\n", name_.substr(0, 2), line);
  }
  fmt::print("\n");
  if (const auto figure = predictions_.histograms(questions_, claims_)) chart(*figure, "class");
  if (!predict_ || !processes_->is_first()) return;
  FileWriter writer("--predict", path);
  writer.write(all);
  writer.commit();
}

// --- measuring -----------------------------------------------------------------------------------

void Lesson::setting(const std::string& text) {
  if (seeds_ == 1) return setting_by_hand(fmt::format("{}, seed {}", text, seed_));
  pale_ = "; pale: 5–95 %";
  setting_by_hand(fmt::format("{}, {} seeds from {}", text, seeds_, seed_));
}

void Lesson::setting_by_hand(const std::string& text) {
  setting_ = text;
  fmt::print("{}: {}\n", about_, setting());
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
  if (!live) say_there_is_no_live_figure();
  Progress progress("runs", parts.size(), this->progress());
  std::mutex one_at_a_time;
  std::size_t done = 0;
  const auto run = [&](std::size_t task, std::size_t) {
    Record measured;
    measure(series[task % series.size()], seed_ + task / series.size(), measured);
    const std::lock_guard lock(one_at_a_time);
    parts[task] = std::move(measured);
    progress.update(++done);
    if (live) this->live([&] { return live(together()); });
  };
  if (processes_->size() == 1)
    parallel_blocks(parts.size(), 1, run);
  else
    for (std::size_t task = 0; task < parts.size(); ++task) run(task, task + 1);
  progress.finish();
  const Record record = together();
  if (!processes_->is_first()) return record;
  CsvWriter csv(folder_ / (name + ".csv"), {"quantity", "series", "seed", "x", "value"});
  record.write(csv, seed_);
  csv.close();
  wrote(name + ".csv");
  return record;
}

namespace {

Claim claim_about(std::string text, const std::vector<double>& values) {
  if (values.empty()) fail("claim", fmt::format("'{}' has no value", text));
  auto [low, high] = std::ranges::minmax(values);
  // NaN compares with nothing: a band holds no values of which one is none.
  if (std::ranges::any_of(values, [](double value) { return std::isnan(value); })) low = high = NAN;
  return {std::move(text), low, high};
}

}  // namespace

void Lesson::claim(const std::string& text, const std::vector<double>& values, const Band& band) {
  claims_.push_back(claim_about(text, values));
  claims_.back().accepted = band(seeds_);
  claims_.back().judged = standard_;
}

void Lesson::claim(const std::string& what, const Style& series, const std::vector<double>& values,
                   const Bands& bands, const std::string& at) {
  const std::string of_series = ", " + series.title, text = what + of_series + at;
  if (const auto found = bands.find(text); found != bands.end())
    return claim(text, values, found->second);
  for (const auto& [other, band] : bands)
    if (other.find(of_series) != std::string::npos) return;
  claims_.push_back(claim_about(text, values));
}

void Lesson::claim_means(const Record& record, const std::vector<Quantity>& quantities,
                         const Styles& series, const Bands& bands) {
  for (const Quantity& quantity : quantities) {
    for (const Style& style : series) {
      if (!record.has(quantity, style.name)) continue;
      const Curve& curve = record.of(quantity, style.name);
      for (double x : curve.x) {
        const std::string at = quantity.x.empty() ? "" : fmt::format(", {}", x);
        const bool known = std::ranges::any_of(bands, [&](const auto& band) {
          return band.first.starts_with(quantity.y + ", ") && band.first.ends_with(at);
        });
        if (known) claim(quantity.y, style, {mean_of(curve.at(x))}, bands, at);
      }
    }
  }
}

std::string Lesson::claimed(const std::string& text, Digits digits) const {
  const auto found = std::ranges::find(claims_, text, &Claim::text);
  return found == claims_.end() ? "–" : format_number(found->high, digits);
}

}  // namespace evenkeel::lesson
