#include "evenkeel/norm/image_norm.hpp"

#include <numeric>

#include "base/fail.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/scale_shift.hpp"

namespace evenkeel {

namespace {

// LayerNorm or RMSNorm with a gamma for each channel; LayerNorm with a beta too.
class ImageSampleNorm final : public Layer {
 public:
  ImageSampleNorm(std::string_view name, Index num_channels, Centering centering)
      : affine_(num_channels, true, centering == Centering::subtract_mean),
        name_(name),
        num_channels_(num_channels),
        centering_(centering) {}

  Var operator()(Var x) override {
    return normalized(name_, x, layer_tile(x.shape()), 1e-5, affine_.inputs(), num_channels_,
                      centering_);
  }
  void members(Members& m) override { affine_.members(m); }

 private:
  AffineParameters affine_;
  std::string_view name_;
  Index num_channels_;
  Centering centering_;
};

}  // namespace

MakeImageNorm image_norm(std::string_view name) {
  if (name == "none") return {};
  if (name == "batch") return [](ImageShape s) { return BatchNorm(s.channels); };
  if (name == "layer") {
    return [](ImageShape s) {
      return ImageSampleNorm("layer_norm", s.channels, Centering::subtract_mean);
    };
  }
  if (name == "group") {
    return [](ImageShape s) { return GroupNorm(std::gcd(Index{8}, s.channels), s.channels); };
  }
  if (name == "instance") {
    return [](ImageShape s) { return InstanceNorm(s.channels, {.affine = true}); };
  }
  if (name == "rms") {
    return
        [](ImageShape s) { return ImageSampleNorm("rms_norm", s.channels, Centering::keep_mean); };
  }
  fail("image_norm", "there is no norm '{}': none, batch, layer, group, instance, rms", name);
}

}  // namespace evenkeel
