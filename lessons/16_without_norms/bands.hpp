#pragma once
// What is known of lesson 16's claims: L = 32 blocks, n = 128 wide, 64 where digits are learned.

#include "claims.hpp"

namespace evenkeel::lesson {

/// The standard deviation of one seed is that of seeds 5000 to 5059. Theory is for infinitely wide
/// layers: where those seeds' mean is another one, the band reaches from theory to it, give or take
/// its standard error.
inline const Bands known = {
    {"mean square after block 8, no normalization", mean_near(256, 49, "theory 2⁸")},
    {"mean square after the last block, LayerNorm", mean_near(33, 2.3, "theory 1 + L")},
    {"mean square after the last block, DyT", mean_near(15.09, 1.12, "theory 15.1, by quadrature")},
    {"mean square after the last block, Derf", mean_near(18.12, 1.31, "theory 18.1, exact law")},
    {"mean square after the last block, scaled WS", mean_near(33, 3.4, "theory 1 + L")},
    {"gradient at the bottom of L/8 blocks, no normalization",
     means_near(15.7, 16, 1.22, "theory 2⁴")},
    {"gradient at the bottom of L/8 blocks, LayerNorm", means_near(5, 5.05, 0.33, "theory 5")},
    {"gradient at the bottom of L/8 blocks, DyT",
     mean_near(1.87, 0.073, "theory 1.87, by quadrature")},
    {"gradient at the bottom of L/8 blocks, Derf",
     mean_near(2.13, 0.089, "theory 2.13, exact law")},
    {"gradient at the bottom of L/8 blocks, scaled WS",
     means_near(8.59, 8.70, 0.63, "theory 8.70")},
    {"gradient at the bottom of L/8 blocks, scaled WS, no skip",
     means_near(4.51, 4.63, 0.44, "theory (π/(π − 1))⁴ = 4.63")},
    {"gradient at the bottom of 4L blocks, LayerNorm",
     means_near(129, 147, 31, "theory 1 + 4L = 129")},
    {"gradient at the bottom of 4L blocks, DyT", means_near(1145, 1238, 257, "theory 1145")},
    {"gradient at the bottom of 4L blocks, Derf", means_near(2888, 3184, 809, "theory 2888")},
    {"gradient at the bottom of 4L blocks, scaled WS", means_near(904, 963, 101, "theory 963")},
    {"gradient at the bottom of 4L blocks, Fixup", between(1 - 1e-5, 1 + 1e-5, "theory 1")},
    {"gradient at the bottom of 4L blocks, ReZero", between(1 - 1e-5, 1 + 1e-5, "theory 1")},
    {"first step at every depth, Fixup", mean_near(128, 7.1, "theory n")},
    {"first step of 4L blocks, ReZero", mean_near(128, 16.4, "theory 4L")},
    {"test error, %, LayerNorm, 0.03", mean_like(2.57, 0.76, 60)},
    {"test error, %, LayerNorm, 0.1", mean_like(3.19, 0.85, 60)},
    {"test error, %, DyT, 0.03", mean_like(3.03, 0.76, 60)},
    {"test error, %, DyT, 0.1", mean_like(73.1, 30, 60)},
    {"test error, %, Derf, 0.03", mean_like(3.25, 0.83, 60)},
    {"test error, %, Derf, 0.1", mean_like(78.8, 22.4, 60)},
    {"test error, %, Fixup, 0.03", mean_like(2.64, 0.79, 60)},
    {"test error, %, Fixup, 0.1", mean_like(1.9, 0.58, 60)},
    {"test error, %, ReZero, 0.03", mean_like(2.52, 0.7, 60)},
    {"test error, %, ReZero, 0.1", mean_like(96.7, 17.7, 60)},
    {"test error, %, scaled WS, 0.03", mean_like(2.7, 0.71, 60)},
    {"test error, %, no normalization, 0.01", between(90, 100, "60 seeds: 100, it diverges")},
    {"test error, %, scaled WS, 0.1", mean_like(96.8, 17.5, 60)},
    {"test error, %, scaled WS, no skip, 0.01", between(90, 100, "60 seeds: 100, it diverges")},
};

}  // namespace evenkeel::lesson
