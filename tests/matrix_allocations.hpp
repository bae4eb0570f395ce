#pragma once
// How many times memory for matrices was taken from the heap so far, by any thread, and how much.
// Not there in builds with sanitizers, which count for themselves.

long matrix_allocations();
long matrix_bytes();
