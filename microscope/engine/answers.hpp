#pragma once
// What the page can ask. Each answer runs the library, none repeats it.

#include "request.hpp"

namespace evenkeel::microscope {

/// One norm on a small x. Request: norm (batch, layer, rms, group, instance), rows, cols, positions
/// of a channel, groups, eps, x, gamma (one for each channel; 1 if it is not there); with dy the
/// backward pass, with jacobian: true ∂y/∂x. Answer: tile, mean, variance, rstd (a number for each
/// tile), xhat; dxhat = gamma ⊙ dy, dx and its three paths, which add up to it, dgamma and (but for
/// rms) dbeta; jacobian, its singular values and rank.
Json norm(const Json& request);

/// h ← φ(norm(W h)) by layer, lesson 01's run. Request: norm, activation, depth, width, samples,
/// scale (s in W = s·N(0, 1)), seed. Answer: σ of h (forward) and of ∂loss/∂h (backward).
Json explosion(const Json& request);

/// The same in mean-field theory; empty lists where there is none.
Json explosion_theory(const Json& request);

/// A stack of blocks before any training, lesson 12's. Request: placement, norm, blocks, width,
/// tokens, branches (both, feed_forward), seed. Answer: the mean square of the stream, the rms of
/// ∂loss/∂stream, from the input to the last block, and theory for the first.
Json placement(const Json& request);

/// A small network, forward and back, as a trace (docs/trace.md). Request: layers (a list of
/// linear, a norm, an activation, softmax, exp, log, sqrt, and addN, a skip connection from layer
/// N's output; 0: from x), features, samples, eps, seed.
Json network(const Json& request);

/// Whether `trace`, the text of a file, is one: throws what read_trace throws.
Json check_trace(const Json& request);

/// The answer to a request, by its member `ask`: the name of one of the above. Never throws: what
/// is wrong with a request is the answer's member `error`, a sentence.
std::string answer(const std::string& request);

}  // namespace evenkeel::microscope
