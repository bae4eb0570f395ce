#pragma once
// No vectors, no SLEEF: kernels/simd.hpp takes std::erfc.
