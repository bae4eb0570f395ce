#include <fmt/format.h>

#include "evenkeel/core/types.hpp"
