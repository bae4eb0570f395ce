#pragma once
// What becomes of memory that is freed.

namespace evenkeel {

/// From now on freed memory stays with the process, for the next matrix: given back to the system,
/// as is usual, it must be had again page by page. A program that makes many short-lived tapes or
/// matrices is up to twice as fast, and never smaller than it was at its largest. Call it at the
/// start of main. Does nothing where the C library is not glibc.
void keep_freed_memory();

}  // namespace evenkeel
