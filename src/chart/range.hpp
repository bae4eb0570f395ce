#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"

namespace evenkeel::detail {

/// From where to where an axis runs, and how far its ticks lie apart. gnuplot could choose both,
/// but gives up where the data are flat to the last bit, denormal or near 1e308.
struct Range {
  explicit Range(Axis axis = Axis::linear) : log(axis == Axis::log) {}

  bool shows(double value) const { return std::isfinite(value) && (!log || value > 0); }
  void include(double value);
  void include(const std::vector<double>& values);
  /// The last of these: what `setting` fixes, a share of `padding` at the other ends, and some room
  /// around one value alone.
  void finish(const Chart::AxisSetting& setting, double padding);

  /// Where `value` stands: 0 at the lower end, 1 at the upper one, between them always.
  double share(double value) const;
  /// What sets range, scale, ticks and their format of an axis ("x", "y" or "cb") with room for at
  /// most `most` labels, decades in the format `powers`. `measured` are values that label a
  /// logarithmic axis themselves if they are few.
  std::string commands(const std::string& name, int most, const char* powers,
                       const std::vector<double>& measured = {}) const;

  bool log;
  bool whole = true;  // nothing but whole numbers: no tick between them
  double low = INFINITY, high = -INFINITY;
};

/// Makes room around one value alone, or around values that differ in their last bits.
void widen_if_flat(double& low, double& high);

}  // namespace evenkeel::detail
