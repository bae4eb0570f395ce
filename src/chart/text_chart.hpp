#pragma once

#include <cstddef>
#include <string>

#include "evenkeel/chart/chart.hpp"

/// \file
/// Charts in letters: lines and histograms by gnuplot's "dumb" terminal, grids of cells by
/// ourselves.
namespace evenkeel::detail {

std::string heading_as_text(const std::string& title, const std::string& subtitle,
                            std::size_t width);

/// The script that lets gnuplot draw lines, points and histograms in letters.
std::string text_script(const Chart& chart, std::size_t width);

/// What gnuplot drew, with the label of the y axis above and a legend below, and without empty
/// lines.
std::string frame_text(const Chart& chart, const std::string& drawn, std::size_t width);

/// A heat map and an image as shades, a tile map as the numbers of its tiles.
std::string cells_as_text(const Chart& chart, std::size_t width);

}  // namespace evenkeel::detail
