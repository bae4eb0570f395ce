#pragma once

#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"

namespace evenkeel::detail {

struct Tick {
  double at;
  std::string label;  // empty for a small tick between two decades
};

/// One axis as it is drawn: its ends and its ticks.
struct Scale {
  Axis axis = Axis::linear;
  double low = 0, high = 1;
  std::vector<Tick> ticks;

  /// Where `value` stands between the ends: 0 at low, 1 at high.
  double share(double value) const;
  /// Whether `value` can be drawn on this axis at all.
  bool shows(double value) const;
};

/// The smallest and the largest of the values that an axis can show.
class Extent {
 public:
  explicit Extent(Axis axis) : axis_(axis) {}

  void include(double value);
  void include(const std::vector<double>& values);

  bool empty() const { return low_ > high_; }
  /// Layers and iterations are whole: no tick at 0.5.
  bool whole() const { return whole_; }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  Axis axis_;
  double low_ = 1e300, high_ = -1e300;
  bool whole_ = true;
};

/// Free space between the data and each end of the axis, as a share of the span.
struct Padding {
  double low = 0, high = 0;
};

/// The scale that shows `extent`, or the ends that `setting` asks for, with at most `most` labels.
Scale scale_for(const Chart::AxisSetting& setting, const Extent& extent, Padding padding, int most);

}  // namespace evenkeel::detail
