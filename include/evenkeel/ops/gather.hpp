#pragma once
// Columns picked by number: with x a table of one column per word, an embedding.

#include <vector>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y(:, j) = x(:, columns[j]);  dx(:, c) = the sum of dy(:, j) over every j with columns[j] = c.
/// x rows×n → rows×(number of columns asked for), counted from 0; a column may be asked for more
/// than once. Throws when one is not in x.
Var gather(Var x, const std::vector<Index>& columns);
/// The same from a parameter, which gets a leaf of its own on the tape.
Var gather(Tape& tape, Parameter& table, const std::vector<Index>& columns);

}  // namespace evenkeel
