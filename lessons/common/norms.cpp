#include "norms.hpp"

#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/variants/pointwise_norm.hpp"
#include "evenkeel/variants/scale_norm.hpp"

namespace evenkeel::lesson {

const std::vector<NamedNorm>& all_norms() {
  static const std::vector<NamedNorm> norms = {
      {{"none", "no normalization", colour::none}, {}},
      {{"batch", "BatchNorm", colour::batch}, image_norm("batch")},
      {{"layer", "LayerNorm", colour::layer}, image_norm("layer")},
      {{"rms", "RMSNorm", colour::rms}, image_norm("rms")},
      {{"group", "GroupNorm", colour::group}, image_norm("group")},
      {{"instance", "InstanceNorm", colour::instance}, image_norm("instance")},
      {{"dyt", "DyT", colour::post}, [](ImageShape s) { return DyT(s.channels); }},
      {{"derf", "Derf", colour::deep}, [](ImageShape s) { return Derf(s.channels); }},
      {{"scale", "ScaleNorm", colour::pre}, [](ImageShape s) { return ScaleNorm(s.rows()); }},
      {{"prms", "pRMSNorm", colour::peri},
       [](ImageShape s) { return RmsNorm(s.channels, {.part = 0.0625}); }},
      // {{"mine", "MyNorm", colour::black}, [](ImageShape s) { return MyNorm(s.channels); }},
  };
  return norms;
}

std::vector<std::string> feature_norm_names() {
  std::vector<std::string> names = names_of(all_norms());
  std::erase(names, "instance");
  return names;
}

namespace {

class NoNorm final : public Layer {
 public:
  Var operator()(Var x) override { return x; }
  void members(Members&) override {}
};

}  // namespace

AnyLayer feature_norm(const std::string& name, Index features) {
  const MakeImageNorm& make = by_name(all_norms(), name).make;
  if (!make) return NoNorm();
  return make({.channels = features, .height = 1, .width = 1});
}

}  // namespace evenkeel::lesson
