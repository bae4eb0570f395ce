#pragma once

#include <filesystem>
#include <string>

#include "evenkeel/chart/chart.hpp"

#include "layout.hpp"

namespace evenkeel::detail {

/// `text` in gnuplot's quotes.
std::string in_quotes(const std::string& text);

/// The same for a label, where gnuplot would take {, ^, _ and others for markup.
std::string quoted_label(const std::string& text);

/// The lines that choose where a picture of the layout goes.
std::string svg_target(const Layout& layout, const std::filesystem::path& file);
std::string png_target(const Layout& layout, const std::filesystem::path& file);
std::string window_target(const Layout& layout, const std::string& terminal,
                          const std::string& title);

/// Everything else: the data and the drawing. Follows a target.
std::string drawing_of(const Layout& layout);

}  // namespace evenkeel::detail
