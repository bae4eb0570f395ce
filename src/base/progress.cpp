#include "evenkeel/base/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace evenkeel {
namespace {

constexpr std::size_t widest_bar = 30, narrowest_bar = 6;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// 0:21, 12:05, 1:02:03
std::string clock_time(double seconds) {
  const long s = std::lround(std::max(0.0, seconds));
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

Progress::Progress(std::string label, std::size_t total, std::FILE* stream,
                   std::optional<Terminal> terminal, Clock clock)
    : label_(std::move(label)),
      total_(total),
      stream_(stream),
      terminal_(terminal || !stream ? terminal.value_or(Terminal{}) : terminal_of(stream)),
      clock_(clock ? std::move(clock) : steady_seconds),
      start_(clock_()),
      drawn_(start_),
      finished_(stream == nullptr) {}

void Progress::update(std::size_t done, std::string_view text) {
  if (finished_) return;
  done_ = std::min(done, total_);
  text_ = text;
  const double now = clock_();
  if (now - drawn_ < (terminal_.redraws ? 0.1 : 10)) return;
  drawn_ = now;
  draw();
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  draw();
  if (terminal_.redraws) std::fputc('\n', stream_);
  std::fflush(stream_);
}

void Progress::draw() {
  const double passed = clock_() - start_, done = static_cast<double>(done_);
  const std::string head = fmt::format("  {} {}/{}", label_, done_, total_);
  std::string tail = text_.empty() ? "" : "  " + text_;
  if (finished_) {
    tail = "  in " + clock_time(passed) + tail;
  } else if (done_ > 0) {
    tail = "  " + clock_time(passed * static_cast<double>(total_ - done_) / done) + " left" + tail;
  }
  std::string line = head + tail + "\n";
  if (terminal_.redraws) {
    // The last column stays free: some terminals wrap as soon as it is written.
    const std::size_t room = std::max<std::size_t>(terminal_.width, 2) - 1;
    const std::size_t used = display_width(head + tail) + 1;
    const bool fits = used + narrowest_bar <= room;
    line =
        fits ? head + " " + bar(std::min(room - used, widest_bar)) + tail : fit(head + tail, room);
    line = "\r" + line + "\x1b[K";
  }
  std::fwrite(line.data(), 1, line.size(), stream_);  // a closed terminal is no reason to throw
  std::fflush(stream_);
}

// What is left is a thinner line: the eye needs another sign than a dimmer one.
std::string Progress::bar(std::size_t width) const {
  const double share = total_ == 0 ? 1 : static_cast<double>(done_) / static_cast<double>(total_);
  const auto halves = static_cast<std::size_t>(share * 2 * static_cast<double>(width));
  return fmt::format("{:━<{}}{}", "", halves / 2, halves % 2 == 1 ? "╸" : "") +
         paint(fmt::format("{:─<{}}", "", width - (halves + 1) / 2), Paint::dim, terminal_);
}

}  // namespace evenkeel
