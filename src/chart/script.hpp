#pragma once

#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/draw.hpp"

/// \file
/// A figure as a gnuplot script that holds its data.
namespace evenkeel::detail {

/// The script with its terminal; gnuplot writes the picture to standard output.
std::string picture_script(const Figure& figure, Format format, Size size);
std::string window_script(const Figure& figure, const std::string& terminal);
/// One panel in letters, without its titles.
std::string text_script(const Chart& panel, std::size_t width);

/// Whether the chart is a grid of cells: a heat map, tiles or an image.
bool is_cells(const Chart& chart);

/// The same in letters, without gnuplot: shades for numbers, digits for tiles.
std::string cells_as_text(const Chart& chart, std::size_t width);

}  // namespace evenkeel::detail
