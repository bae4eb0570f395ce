// Armadillo and Boost are most of what a lesson's compiler reads: precompiled, a lesson that was
// changed is there in half the time.
#include <fmt/format.h>

#include <boost/program_options.hpp>

#include "evenkeel/core/types.hpp"
