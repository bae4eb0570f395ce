#pragma once
// How many times memory for matrices was taken from the heap so far, by any thread.

/// Not there in builds with sanitizers, which count for themselves.
long matrix_allocations();
