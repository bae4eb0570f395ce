#pragma once

#include "layout.hpp"

namespace evenkeel::detail {

/// The axes of a chart whose box is `width` pixels wide or `height` pixels high.
Scale x_scale(const Chart& chart, double width);
Scale y_scale(const Chart& chart, double height);

/// The same where the chart is made of cells: a heat map, a tile map or an image.
Scale cells_across(const Chart& chart, double width);
Scale cells_down(const Chart& chart, double height);

/// Whether all lines have so few values that each deserves a dot.
bool dotted_lines(const Chart& chart);

/// Pixels to the right of the box for labels, a legend or a colour scale.
double right_margin(const Chart& chart);

/// Adds the texts in and beside the box: labels at line ends or the legend, marks, μ and σ.
void annotate(Panel& panel);

inline constexpr double label_height = 22;  // of one label, so that two never overlap

/// The largest finite number of a heat map, and the smallest, as its colour scale.
Scale colour_scale(const HeatMap& map);

/// The colour at `share` of the scale, 0 to 1.
Colour heat_colour(double share);

}  // namespace evenkeel::detail
