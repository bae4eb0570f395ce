#include "norms.hpp"

#include "evenkeel/core/shape.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"

namespace evenkeel::lesson {

const std::vector<NamedNorm>& all_norms() {
  static const std::vector<NamedNorm> norms = {
      {"none", "no norm", "none", colour::none, [](Var x) { return x; }},
      {"batch", "BatchNorm", "batch_norm", colour::batch,
       [](Var x) { return batch_norm(x, x.rows()); }},
      {"layer", "LayerNorm", "layer_norm", colour::layer, [](Var x) { return layer_norm(x); }},
      {"rms", "RMSNorm", "rms_norm", colour::rms, [](Var x) { return rms_norm(x); }},
      {"group", "GroupNorm", "group_norm", colour::group,
       [](Var x) { return group_norm(x, 8, x.rows()); }},
  };
  return norms;
}

std::vector<std::string> norm_names() {
  std::vector<std::string> names;
  for (const NamedNorm& norm : all_norms()) names.push_back(norm.name);
  return names;
}

const NamedNorm& norm_by_name(const std::string& name) {
  for (const NamedNorm& norm : all_norms()) {
    if (norm.name == name) return norm;
  }
  fail("norm_by_name", "there is no norm '" + name + "'");
}

}  // namespace evenkeel::lesson
