#include <boost/test/unit_test.hpp>

#include "with_armadillo.hpp"
