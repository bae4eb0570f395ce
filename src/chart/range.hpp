#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"

/// \file
/// From where to where an axis runs, and how far its ticks lie apart. gnuplot could choose both, but
/// gives up where the data are flat to the last bit, denormal or near 1e308.
namespace evenkeel::detail {

/// The finite values seen, on a logarithmic axis those above zero.
class Extent {
 public:
  explicit Extent(Axis axis) : log_(axis == Axis::log) {}

  bool shows(double value) const;
  void include(double value);
  void include(const std::vector<double>& values);

  bool log_, whole_ = true;
  double low_ = INFINITY, high_ = -INFINITY;
};

/// Makes room around one value alone, or around values that differ in their last bits.
void widen_if_flat(double& low, double& high);

struct Range {
  double low = 0, high = 1;
  bool log = false;
  bool whole = false;  // nothing but whole numbers: no tick between them

  /// Where `value` stands: 0 at the lower end, 1 at the upper one, between them always.
  double share(double value) const;
};

/// The range that shows `extent` with a share of `padding` at each end, and what `setting` fixes.
Range range_of(const Extent& extent, const Chart::AxisSetting& setting, double padding);

/// The commands that set range, scale, ticks and their format of an axis ("x", "y" or "cb") with
/// room for at most `most` labels, decades in the format `powers`. `measured` are values that label a
/// logarithmic axis themselves if they are few.
std::string axis_commands(const std::string& name, const Range& range, int most, const char* powers,
                          const std::vector<double>& measured = {});

}  // namespace evenkeel::detail
