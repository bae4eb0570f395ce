#include "evenkeel/models/image_norm.hpp"

#include <fmt/format.h>

#include <numeric>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/normalize_scale_shift.hpp"

namespace evenkeel {

namespace {

// The tile of RmsNorm with a gamma for each channel.
class ImageRmsNorm final : public Layer {
 public:
  explicit ImageRmsNorm(Index num_channels)
      : affine_(num_channels, true, false), num_channels_(num_channels) {}

  Var operator()(Var x) override {
    return normalize_affine("rms_norm", x, layer_tile(x.shape()), Centering::keep_mean, 1e-5,
                            affine_.inputs(), num_channels_);
  }
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
  Index num_channels_;
};

}  // namespace

MakeImageNorm image_norm(std::string_view name) {
  if (name == "none") return {};
  if (name == "batch") return [](ImageShape s) { return BatchNorm(s.channels); };
  if (name == "layer") return [](ImageShape s) { return GroupNorm(1, s.channels); };
  if (name == "group") {
    return [](ImageShape s) { return GroupNorm(std::gcd(Index{8}, s.channels), s.channels); };
  }
  if (name == "instance") {
    return [](ImageShape s) { return InstanceNorm(s.channels, {.affine = true}); };
  }
  if (name == "rms") return [](ImageShape s) { return ImageRmsNorm(s.channels); };
  fail("image_norm",
       fmt::format("there is no norm '{}': none, batch, layer, group, instance, rms", name));
}

}  // namespace evenkeel
