#pragma once
// What most lessons need: tape, ops, statistics, Lesson, norms by name, theory.

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
