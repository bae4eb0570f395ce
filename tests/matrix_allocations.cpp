// Armadillo takes matrices of more than 16 elements from posix_memalign. This file defines that
// function for the whole test program and counts.

#include "matrix_allocations.hpp"

#include <atomic>
#include <cstdlib>

namespace {

std::atomic<long> allocations = 0;
std::atomic<long> allocated_bytes = 0;

}  // namespace

long matrix_allocations() {
  return allocations;
}

long matrix_bytes() {
  return allocated_bytes;
}

extern "C" int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  ++allocations;
  allocated_bytes += static_cast<long>(bytes);
  const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
  *memory = std::aligned_alloc(alignment, whole);
  return *memory ? 0 : 12;  // ENOMEM
}
