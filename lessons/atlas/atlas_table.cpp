#include "atlas_table.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/file.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/base/progress.hpp"
#include "evenkeel/base/table.hpp"
#include "words.hpp"

namespace evenkeel::lesson {

namespace {

const std::vector<std::string> columns = {"optimizer", "norm", "placement", "width", "steps",
                                          "layers",    "rate", "seed",      "loss",  "trains"};

template <class Number>
bool read_number(const std::string& text, Number& number) {
  const std::optional<Number> read = number_of<Number>(text);
  if (read) number = *read;
  return read.has_value();
}

bool read_row(const std::vector<std::string>& cells, Trial& trial, double& loss) {
  if (cells.size() != columns.size()) return false;
  trial.optimizer = cells[0];
  trial.norm = cells[1];
  trial.placement = cells[2];
  return read_number(cells[3], trial.width) && read_number(cells[4], trial.steps) &&
         read_number(cells[5], trial.layers) && read_number(cells[6], trial.rate) &&
         read_number(cells[7], trial.seed) && read_number(cells[8], loss) && trial.rate > 0 &&
         std::isfinite(trial.rate) && loss >= 0;
}

}  // namespace

AtlasTable::AtlasTable(std::filesystem::path path, double limit)
    : path_(std::move(path)), limit_(limit) {}

void AtlasTable::read() {
  if (!std::filesystem::exists(path_)) return;
  const std::string text = read_bytes("atlas", path_);
  std::vector<std::string> lines = split(text, '\n');
  const auto refuse = [&](std::size_t line, const std::string& why) {
    fail("atlas", fmt::format("{}, line {}: {}; move the file away, or choose another folder with "
                              "--out",
                              path_.string(), line, why));
  };
  const std::string header = fmt::format("{}", fmt::join(columns, ","));
  if (lines[0] != header) refuse(1, fmt::format("expected {}, got {}", header, lines[0]));
  if (!lines.back().empty()) refuse(lines.size(), "the line has no end");
  lines.pop_back();
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = split(lines[i], ',');
    Trial trial;
    double loss = 0;
    if (!read_row(cells, trial, loss)) refuse(i + 1, "not a training's row: " + lines[i]);
    if (has(trial)) refuse(i + 1, "this training stands there twice");
    add(trial, loss);
    if (cells.back() != (trains(trial) ? "yes" : "no"))
      refuse(i + 1, fmt::format("trains is {} where the loss is {}", cells.back(), loss));
  }
}

void AtlasTable::add(const Trial& trial, double loss) {
  losses_[trial] = std::isnan(loss) ? std::numeric_limits<double>::infinity() : loss;
}

void AtlasTable::write() const {
  CsvWriter csv(path_, columns);
  for (const auto& [trial, loss] : losses_) {
    csv.row({trial.optimizer, trial.norm, trial.placement, trial.width, trial.steps, trial.layers,
             trial.rate, trial.seed, loss, loss < limit_ ? "yes" : "no"});
  }
  csv.close();
}

void AtlasTable::complete(std::vector<Trial> trials,
                          const std::function<std::optional<double>(const Trial&)>& measure,
                          std::FILE* stream) {
  using Clock = std::chrono::steady_clock;
  std::erase_if(trials, [&](const Trial& trial) { return has(trial); });
  if (trials.empty()) return;
  Progress progress("trainings", trials.size(), stream);
  std::mutex one_at_a_time;
  std::atomic<std::size_t> next = 0, done = 0;
  Clock::time_point written = Clock::now();
  parallel_blocks(trials.size(), 1, [&](std::size_t, std::size_t) {
    const Trial& trial = trials[next++];
    const std::optional<double> loss = measure(trial);
    if (!loss) return;
    const std::lock_guard lock(one_at_a_time);
    add(trial, *loss);
    progress.update(++done);
    if (Clock::now() - written < std::chrono::seconds(5)) return;
    write();
    written = Clock::now();
  });
  write();
}

double AtlasTable::loss(const Trial& trial) const {
  const auto found = losses_.find(trial);
  if (found == losses_.end())
    fail("atlas",
         fmt::format("no training of {} under {}, {} blocks, {}, {}, seed {}", trial.norm,
                     trial.placement, trial.layers, trial.optimizer, trial.rate, trial.seed));
  return found->second;
}

}  // namespace evenkeel::lesson
