#pragma once
// A matrix as a panel of cells: blue below zero, red above, paler the nearer to it.

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/core/types.hpp"
#include "evenkeel/trace/trace.hpp"

namespace evenkeel::lesson {

enum class Cells { with_numbers, colours_alone };

Chart matrix_chart(const Matrix& m, const std::string& title, Cells cells = Cells::with_numbers);
/// The corner that a trace keeps.
Chart matrix_chart(const TracedMatrix& m, const std::string& title);

}  // namespace evenkeel::lesson
