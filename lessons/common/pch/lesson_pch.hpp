#include <fmt/format.h>

#include <boost/program_options.hpp>

#include "evenkeel/core/types.hpp"
