#include "evenkeel/kernels/kernels.hpp"

namespace evenkeel {

namespace {

#ifdef NDEBUG
Kernels current = Kernels::fast;
#else
Kernels current = Kernels::plain;
#endif

}  // namespace

Kernels current_kernels() {
  return current;
}
void set_kernels(Kernels which) {
  current = which;
}

}  // namespace evenkeel
