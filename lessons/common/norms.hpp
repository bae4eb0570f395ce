#pragma once
// The norms by the names they have on a lesson's command line. A norm of your own joins with one
// line in norms.cpp; then every lesson that has --norm knows it: --norm none,mine.

#include <string>

#include "evenkeel/base/communicator.hpp"
#include "evenkeel/norm/image_norm.hpp"
#include "measured.hpp"

namespace evenkeel::lesson {

struct NamedNorm : Style {
  MakeImageNorm make;  ///< empty: no norm
};

/// none, batch, layer, rms, group, instance; dyt, derf, scale, prms.
const std::vector<NamedNorm>& all_norms();
/// By its name; over several processes BatchNorm takes the statistics of all of them.
MakeImageNorm norm_over(Communicator& all, const std::string& name);
/// Those that work on plain features: all but instance.
std::vector<std::string> feature_norm_names();

/// A norm for features, with gamma = 1 and beta = 0 as at its start; none gives x back.
AnyLayer feature_norm(const std::string& name, Index features);

}  // namespace evenkeel::lesson
