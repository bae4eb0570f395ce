#include "evenkeel/base/memory.hpp"

#include <cstdlib>  // tells whether this is glibc

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace evenkeel {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int megabyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * megabyte);  // the most it takes; larger matrices are few
  mallopt(M_TRIM_THRESHOLD, 2047 * megabyte);
  mallopt(M_TOP_PAD, 16 * megabyte);
#endif
}

}  // namespace evenkeel
