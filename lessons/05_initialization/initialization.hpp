#pragma once
// Lesson 05: what the program measures, the theory of it, and the parts that judge and draw it.

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/nn/init.hpp"
#include "lesson.hpp"
#include "norms.hpp"
#include "seeds.hpp"

namespace initialization {

namespace ek = evenkeel;
using ek::lesson::ByLayer;

struct Setting {
  ek::Index width = 128;
  ek::Index samples = 200;
  ek::Index layers = 10;
};

/// How a stack is made: h ← activation(norm(W h)), W drawn by init.
struct Recipe {
  std::string name;   ///< "he", in CSV files
  std::string title;  ///< "He"
  ek::Init init;
  ek::Var (*activation)(ek::Var);
  std::string norm;  ///< by its name in norms.hpp
  ek::Colour colour;
};

/// One number for each layer, of what comes out of it.
struct Run {
  ByLayer rms;
  ByLayer saturated;  ///< percent of the entries with |h| > 0.97
  ByLayer dead;       ///< percent of the units that are 0 for every sample
  ByLayer gradient;   ///< rms of ∂loss/∂h
};

/// One recipe, one run for each seed.
struct Study {
  Recipe recipe;
  std::vector<Run> runs;

  std::vector<ByLayer> all(ByLayer Run::*which) const;
  ByLayer median(ByLayer Run::*which) const;
};

Run run_once(const Setting& setting, const Recipe& recipe, std::uint64_t seed);

// --- the settings of the experiments -------------------------------------------------------------

/// The first 32 samples through 100 units, five layers of tanh.
inline constexpr Setting saturation_setting{.width = 100, .samples = 32, .layers = 5};
/// Lesson 01's: 64 units, 100 samples, W = 0.5·N(0,1).
inline constexpr Setting dead_setting{.width = 64, .samples = 100, .layers = 10};
inline constexpr Setting sweep_setting{.width = 128, .samples = 20, .layers = 30};
inline constexpr double saturated_beyond = 0.97;

/// Gradient per layer on its way back, over the middle layers of the sweep, for each σw and seed.
struct Sweep {
  std::string norm;
  std::vector<double> sigma_w;
  std::vector<std::vector<double>> growth;  ///< [σw][seed]
};
double gradient_growth(const Run& run);

struct Results {
  Setting setting;
  std::vector<Study> relu;        ///< He, Xavier, Xavier with LayerNorm
  std::vector<Study> tanh;        ///< gain 1, 5/3, gain 1 with LayerNorm
  std::vector<Study> saturation;  ///< gains 1, 5/3, 3
  std::vector<Study> dead;        ///< none, LayerNorm, BatchNorm
  std::vector<Sweep> sweeps;      ///< none, LayerNorm
  double first_update = 0;  ///< rms of Adam's first update of a weight ÷ its standard deviation
  double first_update_theory = 0;
};

// --- theory: wide layers, all entries Gaussian ---------------------------------------------------

/// rms after each relu: the gain over √2, once a layer.
ByLayer relu_rms(double gain, ek::Index layers);
/// rms after each tanh: q ← gain²·E[tanh²(√q z)].
ByLayer tanh_rms(double gain, ek::Index layers);
/// Percent beyond `saturated_beyond` after each tanh.
ByLayer tanh_saturated(double gain, ek::Index layers);
/// What gradient_growth tends to: √(gain²·E[tanh′²(√q z)]), over the same layers.
double tanh_gradient_growth(double gain, ek::Index layers);
/// The same behind LayerNorm: √(E[tanh′²(z)] / E[tanh²(z)]), whatever the gain.
double normalized_tanh_gradient_growth();

// --- report --------------------------------------------------------------------------------------

void print_table(const Results& results);
void claim_all(ek::lesson::Lesson& lesson, const Results& results);
void write_tables(ek::lesson::Lesson& lesson, const Results& results);
void draw_all(ek::lesson::Lesson& lesson, const Results& results);

}  // namespace initialization
