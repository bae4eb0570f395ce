#pragma once
// Lesson 08: what the program measures, the theory, and the parts that judge and draw it.

#include <string>
#include <vector>

#include "lesson.hpp"
#include "norms.hpp"
#include "seeds.hpp"

namespace batchnorm_gradients {

namespace ek = evenkeel;

enum class Activation { relu, tanh, linear };
std::string name_of(Activation activation);

/// One network: h ← φ(norm(W h)), as often as there are layers.
struct Stack {
  ek::lesson::NamedNorm norm;
  Activation activation;
  ek::Index batch;
  ek::Index width;
  ek::Index layers;
};

/// By layer: σ of the activations, σ of the gradient that arrives there, and the mean
/// cosine between the activations of two samples.
struct Run {
  ek::lesson::ByLayer activation, gradient, cosine;
};

/// All seeds of one network.
struct Study {
  Stack stack;
  std::vector<Run> runs;

  /// Growth of σ of the gradient by one layer, over the middle two thirds of them; one a seed.
  std::vector<double> growths() const;
  std::vector<ek::lesson::ByLayer> all(ek::lesson::ByLayer Run::*which) const;
};

/// What the program was asked for, and what came of it.
struct Result {
  ek::Index layers = 30;
  ek::Index width = 256;
  ek::Index seeds = 10;
  std::vector<Study> depth;    ///< no norm, BatchNorm, LayerNorm; ReLU, 64 samples
  std::vector<Study> batches;  ///< BatchNorm with ReLU and without activation, by batch size
  std::vector<Study> tanhs;    ///< BatchNorm and LayerNorm; tanh, 64 samples

  bool standard() const { return layers == 30 && width == 256; }
};

// --- theory (theory.cpp) ---

/// Growth of the gradient's norm by one layer under BatchNorm with `batch` ≥ 4 samples, for ReLU or
/// no activation; the limit of a large batch for tanh.
double batch_norm_growth(Activation activation, ek::Index batch);
/// The same under LayerNorm, or without norm and with He's weights: √(E[φ'²] / E[φ²]).
double layer_norm_growth(Activation activation);
/// Cosine of relu(a) and relu(b) for Gaussians a, b with cosine c: the map f of the page.
double relu_cosine(double c);
/// Mean cosine after each ReLU: from independent samples without norm or with LayerNorm, and the
/// value that BatchNorm holds.
ek::lesson::ByLayer layer_norm_cosines(ek::Index layers);
double batch_norm_cosine(ek::Index batch);

// --- report.cpp, charts.cpp ---
void print_tables(const Result& result);
void claim_all(ek::lesson::Lesson& lesson, const Result& result);
void write_tables(ek::lesson::Lesson& lesson, const Result& result);
void draw_all(ek::lesson::Lesson& lesson, const Result& result);

}  // namespace batchnorm_gradients
