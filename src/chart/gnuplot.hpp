#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "evenkeel/chart/draw.hpp"

/// \file
/// gnuplot at the other end of gnuplot-iostream's pipe: it may be absent, fail, hang or die, and we
/// go on. It knows neither our locale nor GNUTERM.
namespace evenkeel::detail {

/// What came of a script.
struct Outcome {
  std::string picture;   ///< what gnuplot wrote to standard output
  std::string messages;  ///< and to standard error
  std::string problem;   ///< one line; empty if it ended well
};

/// Lets gnuplot run `script`, and ends it with all its children after drawing.limit.
Outcome run_gnuplot(const Drawing& drawing, const std::string& script);

/// A gnuplot that stays, for a window.
class GnuplotSession {
 public:
  explicit GnuplotSession(const Drawing& drawing);
  ~GnuplotSession();

  /// Loads the script, which must be a short one where the last is still being drawn.
  void load(const std::string& script);
  /// Whether the last script has been drawn.
  bool drawn() const;
  bool ended() const;

 private:
  struct Process;
  std::unique_ptr<Process> process_;
};

}  // namespace evenkeel::detail
