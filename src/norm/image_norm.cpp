#include "evenkeel/norm/image_norm.hpp"

#include <numeric>

#include "base/fail.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"

namespace evenkeel {

MakeImageNorm image_norm(std::string_view name) {
  if (name == "none") return {};
  if (name == "batch") return [](ImageShape s) { return BatchNorm(s.channels); };
  if (name == "layer") {
    return [](ImageShape s) { return GroupNorm(1, s.channels, {.name = "layer_norm"}); };
  }
  if (name == "group") {
    return [](ImageShape s) { return GroupNorm(std::gcd(Index{8}, s.channels), s.channels); };
  }
  if (name == "instance") {
    return [](ImageShape s) { return InstanceNorm(s.channels, {.affine = true}); };
  }
  if (name == "rms") {
    const GroupNormOptions rms{
        .bias = false, .centering = Centering::keep_mean, .name = "rms_norm"};
    return [rms](ImageShape s) { return GroupNorm(1, s.channels, rms); };
  }
  fail("image_norm", "there is no norm '{}': none, batch, layer, group, instance, rms", name);
}

}  // namespace evenkeel
