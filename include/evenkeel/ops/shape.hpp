#pragma once
// Ops that move entries and compute nothing: their gradients move back the same way.

#include <initializer_list>
#include <span>
#include <vector>

#include "evenkeel/core/tape.hpp"

namespace evenkeel {

/// y = xᵀ;  dx = dyᵀ
Var transpose(Var x);

/// y = rows first … first + count − 1 of x, counted from 0;  dx = dy there, 0 elsewhere. Throws
/// when they are not all in x, or count is 0.
Var slice_rows(Var x, Index first, Index count);

/// y = the x one below the other;  each dx = its rows of dy. All must have the same number of
/// columns. Throws on none at all.
Var concatenate_rows(std::initializer_list<Input> x);
Var concatenate_rows(std::span<const Var> x);

/// Columns picked by number; with x a table of one column per word, an embedding:
/// y(:, j) = x(:, columns[j]);  dx(:, c) = the sum of dy(:, j) over every j with columns[j] = c.
/// x rows×n → rows×(number of columns asked for), counted from 0; a column may be asked for more
/// than once. Throws when one is not in x.
Var gather(Var x, const std::vector<Index>& columns);

/// y = the entries of x, read down the columns and filled down the columns of rows × cols;  dx = dy
/// the same way. Throws unless x has rows · cols entries.
Var reshape(Var x, Index rows, Index cols);

/// The value of x as a new constant: backward stops here. Nothing in Evenkeel detaches silently.
Var detach(Var x);

}  // namespace evenkeel
