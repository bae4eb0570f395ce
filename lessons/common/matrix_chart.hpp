#pragma once
// A matrix as a panel of cells: blue below zero, red above, paler the nearer to it.

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/core/types.hpp"
#include "evenkeel/trace/trace.hpp"

namespace evenkeel::lesson {

enum class Cells { with_numbers, colours_alone };

/// What is rounding beside the largest entry is shown as 0.
Chart matrix_chart(Matrix m, const std::string& title, Cells cells = Cells::with_numbers);
/// The corner that a trace keeps; what is rounding beside the entries of x, too, is shown as 0.
Chart matrix_chart(const TracedMatrix& m, const std::string& title, const TracedMatrix& x);

}  // namespace evenkeel::lesson
