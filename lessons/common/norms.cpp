#include "norms.hpp"

#include <fmt/format.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"

namespace evenkeel::lesson {

const std::vector<NamedNorm>& all_norms() {
  static const std::vector<NamedNorm> norms = {
      {{"none", "no normalization", colour::none}, {}, "none", [](Var x) { return x; }},
      {{"batch", "BatchNorm", colour::batch},
       image_norm("batch"),
       "batch_norm",
       [](Var x) { return batch_norm(x, x.rows()); }},
      {{"layer", "LayerNorm", colour::layer},
       image_norm("layer"),
       "layer_norm",
       [](Var x) { return layer_norm(x); }},
      {{"rms", "RMSNorm", colour::rms},
       image_norm("rms"),
       "rms_norm",
       [](Var x) { return rms_norm(x); }},
      {{"group", "GroupNorm", colour::group},
       image_norm("group"),
       "group_norm",
       [](Var x) { return group_norm(x, 8, x.rows()); }},
      {{"instance", "InstanceNorm", colour::instance}, image_norm("instance")},
      // {{"mine", "MyNorm", colour::black}, [](ImageShape s) { return MyNorm(s.channels); }},
  };
  return norms;
}

const NamedNorm& norm_by_name(const std::string& name) {
  for (const NamedNorm& norm : all_norms()) {
    if (norm.name == name) return norm;
  }
  fail("norm_by_name", fmt::format("there is no norm '{}'", name));
}

Styles norm_styles(const std::vector<std::string>& names) {
  Styles styles;
  for (const std::string& name : names) styles.push_back(norm_by_name(name));
  return styles;
}

std::vector<std::string> norm_names() {
  std::vector<std::string> names;
  for (const NamedNorm& norm : all_norms()) names.push_back(norm.name);
  return names;
}

std::vector<std::string> feature_norm_names() {
  std::vector<std::string> names = norm_names();
  std::erase(names, "instance");
  return names;
}

AnyLayer feature_norm(const std::string& name, Index features) {
  const MakeImageNorm& make = norm_by_name(name).make;
  if (!make) fail("feature_norm", fmt::format("'{}' is no layer", name));
  return make({.channels = features, .height = 1, .width = 1});
}

FeatureNorm::FeatureNorm(const std::string& name, Index features) {
  if (norm_by_name(name).make) norm_ = feature_norm(name, features);
}

}  // namespace evenkeel::lesson
