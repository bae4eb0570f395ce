#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "evenkeel/base/terminal.hpp"

namespace evenkeel {

/// One line that says how far a run is and how long it will still take:
///
///       iter 1240/2000 ━━━━━━━━━━━╸───────  0:21 left  train 1.84  val 1.97
///
/// A terminal sees it redrawn in place, at most ten times a second. A pipe or a file gets a plain
/// line every ten seconds and one at the end, without a single escape code. For one thread.
class Progress {
 public:
  /// Seconds on a clock that never goes back.
  using Clock = std::function<double()>;

  /// stream: nullptr for nowhere. Tests bring a terminal and a clock of their own.
  Progress(std::string label, std::size_t total, std::FILE* stream = stderr,
           std::optional<Terminal> terminal = {}, Clock clock = {});
  ~Progress() { finish(); }
  Progress(Progress&&) = delete;

  /// `done` of the total; `text` is what else to show, for example the loss.
  void update(std::size_t done, std::string_view text = "");
  /// Leaves the last state on the screen, with the time it took. The destructor does it too.
  void finish();

 private:
  void draw();
  std::string bar(std::size_t width) const;

  std::string label_;
  std::size_t total_;
  std::FILE* stream_;
  Terminal terminal_;
  Clock clock_;
  double start_, drawn_;  // when
  std::size_t done_ = 0;
  std::string text_;
  bool finished_;
};

}  // namespace evenkeel
