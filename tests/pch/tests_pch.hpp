#include <boost/test/unit_test.hpp>

#include "evenkeel/core/types.hpp"
