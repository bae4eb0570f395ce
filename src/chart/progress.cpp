#include "evenkeel/chart/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "evenkeel/chart/text.hpp"

namespace evenkeel {
namespace {

constexpr double seconds_between_redraws = 0.1, seconds_between_lines = 10;
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

Progress::Progress(std::string label, std::size_t total, std::FILE* stream)
    : Progress(std::move(label), total, stream, stream ? terminal_of(stream) : Terminal{},
               steady_seconds) {}

Progress::Progress(std::string label, std::size_t total, std::FILE* stream, Terminal terminal,
                   Clock clock)
    : label_(std::move(label)),
      total_(total),
      stream_(stream),
      terminal_(terminal),
      clock_(std::move(clock)),
      start_(clock_()),
      next_(start_ + (terminal.redraws ? 0 : seconds_between_lines)),
      finished_(stream == nullptr) {}

Progress::~Progress() {
  finish();
}

void Progress::update(std::size_t done, std::string_view text) {
  if (finished_) return;
  done_ = std::min(done, total_);
  text_ = text;
  const double now = clock_();
  if (now < next_) return;
  next_ = now + (terminal_.redraws ? seconds_between_redraws : seconds_between_lines);
  redraw();
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  redraw();
  if (terminal_.redraws) std::fputc('\n', stream_);
  std::fflush(stream_);
}

void Progress::redraw() {
  const std::string text =
      terminal_.redraws ? fmt::format("\r{}\x1b[K", line()) : fmt::format("{}\n", line());
  std::fwrite(text.data(), 1, text.size(), stream_);  // a closed terminal is no reason to throw
  std::fflush(stream_);
}

std::string Progress::line() const {
  const std::string head = fmt::format("  {} {}/{}", label_, done_, total_);
  const std::string tail = time() + (text_.empty() ? "" : "  " + text_);
  if (!terminal_.redraws) return head + tail;
  // The last column stays free: some terminals wrap as soon as it is written.
  const std::size_t room = std::max<std::size_t>(terminal_.width, 2) - 1;
  const std::size_t used = display_width(head + tail) + 1;
  if (room < used + narrowest_bar) return fit(head + tail, room);
  return head + " " + bar(std::min(room - used, widest_bar)) + tail;
}

std::string Progress::bar(std::size_t width) const {
  const double share = total_ == 0 ? 1 : static_cast<double>(done_) / static_cast<double>(total_);
  const auto halves = static_cast<std::size_t>(std::floor(share * 2 * static_cast<double>(width)));
  const std::size_t full = halves / 2, half = halves % 2;
  // Without colour the rest is a thinner line: the eye needs another sign than a dimmer one.
  const std::string rest =
      fmt::format(fmt::runtime(terminal_.colour ? "{:━<{}}" : "{:─<{}}"), "", width - full - half);
  return fmt::format("{:━<{}}{}", "", full, half == 1 ? "╸" : "") +
         paint(rest, Paint::dim, terminal_);
}

std::string Progress::time() const {
  const double passed = clock_() - start_;
  if (finished_) return "  in " + clock_time(passed);
  if (done_ == 0) return "";
  const double left = passed * static_cast<double>(total_ - done_) / static_cast<double>(done_);
  return "  " + clock_time(left) + " left";
}

}  // namespace evenkeel
