// Armadillo is most of what every file here would parse: precompiled, a file costs 0.9 s, else 4 s.
#include <fmt/format.h>

#include "evenkeel/core/types.hpp"
