#pragma once
// Lesson 01: what the program measures, and the parts that judge and draw it.

#include <string>
#include <vector>

#include "lesson.hpp"
#include "norms.hpp"
#include "seeds.hpp"

namespace explosion {

namespace ek = evenkeel;

struct Setting {
  ek::Index layers = 10;
  ek::Index width = 64;
  ek::Index samples = 100;
  double weight_scale = 0.5;

  bool operator==(const Setting&) const = default;
};

/// σ of the activations after each ReLU, and σ of the gradient that arrives there.
struct Run {
  ek::lesson::ByLayer activation, gradient;
};

/// All seeds of one norm.
struct Study {
  ek::lesson::NamedNorm norm;
  std::vector<Run> runs;

  std::vector<ek::lesson::ByLayer> activations() const;
  std::vector<ek::lesson::ByLayer> gradients() const;
  std::vector<double> growths() const;
  std::vector<double> last_sigmas() const;
};

/// √(½ − 1/2π) = 0.584: the standard deviation of relu(z), z ~ N(0, 1).
extern const double relu_sigma;

/// What theory says of the run without norm: the first layer gives s·√n·0.584, since its
/// pre-activations are N(0, s²n); each later one multiplies by s·√(n/2), since relu keeps half of
/// the mean square.
double theory_growth(const Setting& setting);
ek::lesson::ByLayer theory_sigma(const Setting& setting);

/// "10 ReLU layers, 64 wide, weights 0.5·N(0,1), 100 samples, seed 46"
std::string describe(const Setting& setting, std::uint64_t seed);

void claim_all(ek::lesson::Lesson& lesson, const Setting& setting,
               const std::vector<Study>& studies);

/// σ of the activations by layer: the first seed as a line, all seeds as a band.
ek::Chart activation_chart(const std::vector<Study>& studies, const Setting& setting,
                           std::uint64_t seed);

/// σ by layer forward and backward, where the published run stands among all seeds, and the
/// distributions after three layers.
void draw_all(ek::lesson::Lesson& lesson, const Setting& setting,
              const std::vector<Study>& studies);

/// The four-panel figure: activations after 3 layers (W = 0.8·N(0,1), 1,000 samples) and mean |h|
/// over 20 layers (W = 0.5·N(0,1)). Its numbers go to distributions.csv and mean_size.csv.
void draw_distributions(ek::lesson::Lesson& lesson);

}  // namespace explosion
