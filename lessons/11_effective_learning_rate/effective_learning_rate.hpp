#pragma once
// Lesson 11: what the program measures, and the parts that judge and draw it.

#include <cstdint>
#include <vector>

#include "lesson.hpp"

namespace effective_learning_rate {

namespace ek = evenkeel;

// --- part 1: one training run, started from a·w₀ -------------------------------------------------

/// A layer of 16 units with BatchNorm learns to imitate another one.
struct Training {
  double factor = 1;  ///< a: the run starts from a·w₀
  double rate = 0.5;  ///< η
  double eps = 0;     ///< of BatchNorm
  std::vector<double> loss = {};
};

/// What the gradient does at the start of the run.
struct Invariance {
  double cosine = 0;           ///< the largest |cos(g, w)| of a unit
  double scaled_gradient = 0;  ///< the largest ‖a·g(a·w) − g(w)‖ / ‖g(w)‖ of a unit, a = 5
};

// --- part 2: the walk of one unit's weights ------------------------------------------------------

/// Plain SGD on targets that are noise: there is nothing to learn, w only walks.
struct Walk {
  double rate = 0.5;  ///< η
  double decay = 0;   ///< λ
  double start = 1;   ///< ‖w₀‖
  ek::Index steps = 0;
  std::vector<double> weight = {};    ///< ‖w‖ before each step
  std::vector<double> gradient = {};  ///< ‖g‖ of each step
  std::vector<double> angle = {};     ///< between w before and after each step, in radians
  double identity_error = 0;  ///< the largest relative error of ‖w'‖² = (1−ηλ)²‖w‖² + η²‖g‖²

  /// The mean of g̃² = ‖g‖²‖w‖², from a step on.
  double mean_g2(std::size_t from = 0) const;
  /// ‖w‖ by the growth law, before step t: (‖w₀‖⁴ + 2η²g̃²t)^¼.
  double grown(double t) const;
  /// ‖w‖ in equilibrium: (η g̃² / (λ (2 − ηλ)))^¼.
  double equilibrium() const;
  /// √(2ηλ), what the root mean square angle of a step tends to.
  double equilibrium_angle() const;
  /// The mean ‖w‖ and the root mean square angle over the last two thirds of the steps, when the
  /// start is forgotten.
  double settled_weight() const;
  double settled_angle() const;
};

struct Result {
  ek::Index seeds = 4;
  ek::Index steps = 8000;
  std::vector<Training> trainings;  ///< a = 1; a = 4, 5 with η·a²; a = 5 with η; with eps
  Invariance invariance;
  std::vector<Walk> growth;               ///< λ = 0, one a seed
  std::vector<std::vector<Walk>> decays;  ///< by (η, λ), then one a seed
  std::vector<Walk> starts;               ///< one (η, λ) from several ‖w₀‖
};

/// The largest |loss − other's loss| over all steps.
double largest_difference(const Training& a, const Training& b);

void print_tables(const Result& result);
void claim_all(ek::lesson::Lesson& lesson, const Result& result);
void write_tables(ek::lesson::Lesson& lesson, const Result& result);
void draw_all(ek::lesson::Lesson& lesson, const Result& result);

}  // namespace effective_learning_rate
