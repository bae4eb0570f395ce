#pragma once
// Most ops have two bodies that give the same numbers up to rounding: the plain one, which is the
// formula, and a kernel (in src/kernels, or in the folder kernels of its module). Release builds
// (NDEBUG) run the kernel, all others the plain body, so that stepping through an op shows the
// formula. Tests switch between them and assert that they agree.

namespace evenkeel {

enum class Kernels { plain, fast };

Kernels current_kernels();
void set_kernels(Kernels which);
inline bool fast_kernels() {
  return current_kernels() == Kernels::fast;
}

}  // namespace evenkeel
