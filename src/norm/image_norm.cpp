#include "evenkeel/norm/image_norm.hpp"

#include <numeric>

#include "base/fail.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

namespace {

// The tile of RmsNorm with a gamma for each channel.
class ImageRmsNorm final : public Layer {
 public:
  explicit ImageRmsNorm(Index num_channels)
      : affine_(num_channels, true, false), num_channels_(num_channels) {}

  Var operator()(Var x) override {
    return normalized("rms_norm", x, layer_tile(x.shape()), 1e-5, affine_.inputs(), num_channels_,
                      Centering::keep_mean);
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
  if (name == "layer") {
    return [](ImageShape s) {
      return s.positions() == 1 ? AnyLayer(LayerNorm(s.channels)) : GroupNorm(1, s.channels);
    };
  }
  if (name == "group") {
    return [](ImageShape s) { return GroupNorm(std::gcd(Index{8}, s.channels), s.channels); };
  }
  if (name == "instance") {
    return [](ImageShape s) { return InstanceNorm(s.channels, {.affine = true}); };
  }
  if (name == "rms") {
    return [](ImageShape s) {
      return s.positions() == 1 ? AnyLayer(RmsNorm(s.channels)) : ImageRmsNorm(s.channels);
    };
  }
  fail("image_norm", "there is no norm '{}': none, batch, layer, group, instance, rms", name);
}

}  // namespace evenkeel
