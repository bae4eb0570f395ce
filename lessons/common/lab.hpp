#pragma once
// Everything that a lesson about layers and norms speaks of, and its vocabulary.

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/probe/statistics.hpp"
#include "lesson.hpp"
#include "norms.hpp"
#include "theory.hpp"
