#pragma once
// Four streams in place of one, mixed again and again: X ← H X (hyper_connection.hpp).

#include "lab.hpp"

namespace evenkeel::lesson {

/// The series: H = I + 0.3·N(0, 1) as it is; made doubly stochastic; and as the library makes it.
const Styles& mixes();

/// Records the products of one to 60 mixings.
void multiply(Index sinkhorn_steps, const std::string& mix, std::uint64_t seed, Record& record);
void report_mixes(Lesson& lesson, const Record& record);

}  // namespace evenkeel::lesson
