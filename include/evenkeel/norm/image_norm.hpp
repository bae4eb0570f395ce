#pragma once
// A norm for images of any shape, as a value: models take one and do not care which.
//
//   Mlp mlp({.widths = {784, 256, 10}, .norm = image_norm("batch")}, random);
//   Mlp mine({.widths = {784, 256, 10},
//             .norm = [](ImageShape s) { return MyNorm(s.channels); }}, random);
//
// Plain features are images of one position. All norms here learn gamma and
// beta for each channel (RMSNorm gamma only), so that models which differ in
// their norm have the same parameters otherwise.

#include <functional>
#include <string_view>

#include "evenkeel/core/any_layer.hpp"

namespace evenkeel {

/// Makes a norm for images of this shape; empty: no norm.
using MakeImageNorm = std::function<AnyLayer(ImageShape)>;

/// By its name:
///   none      empty
///   batch     BatchNorm
///   layer     LayerNorm over channels and positions of a sample
///   group     GroupNorm with 8 groups, or as many as divide both 8 and the channels
///   instance  InstanceNorm; fails on plain features, which have one value for each channel
///   rms       RMSNorm over channels and positions of a sample
/// On images layer and rms have a gamma for each channel, not for each entry, as
/// group does (Wu & He 2018, section 3); PyTorch's LayerNorm((C, H, W)) has one
/// for each entry. Throws for any other name.
MakeImageNorm image_norm(std::string_view name);

}  // namespace evenkeel
