#pragma once
// Lesson 14: what the program trains, and the parts that judge and draw it.

#include <string>
#include <vector>

#include "evenkeel/transformer/placement.hpp"
#include "lesson.hpp"
#include "seeds.hpp"

namespace warmup {

namespace ek = evenkeel;

struct Setting {
  ek::Index layers = 6;
  double learning_rate = 0.01;
  ek::Index steps = 400;

  bool operator==(const Setting&) const = default;
};

/// The task: sixteen random symbols, and at each place the symbol from three places before.
inline constexpr ek::Index vocabulary = 16;
inline constexpr ek::Index length = 16;
inline constexpr ek::Index back = 3;

/// A placement of the norm, and over how many steps the learning rate rises.
struct Case {
  std::string name;  ///< "post_warmup", in CSV files
  std::string title;
  ek::Placement placement;
  ek::Index warmup;
  ek::Colour colour;
};

/// Five of them; those with warm-up over 100 steps.
const std::vector<Case>& all_cases();

/// One training.
struct Run {
  std::vector<double> losses;          ///< by step
  std::vector<double> likeness;        ///< mean cosine between tokens, as the head sees them
  std::vector<double> first_gradient;  ///< ‖∂loss/∂W1‖ of the first block

  double final_loss() const;  ///< the mean over the last ten steps
  /// Ended above half of ln 16, what guessing gives, or not as a number.
  bool failed() const;
};

/// One case at one learning rate, over seeds.
struct Study {
  Case setup;
  double learning_rate;
  std::vector<Run> runs;

  ek::Index failed() const;
};

struct Studies {
  std::vector<double> learning_rates;
  std::vector<Study> all;  ///< case by case, each with all learning rates

  const Study& find(const std::string& name, double learning_rate) const;
};

void claim_all(ek::lesson::Lesson& lesson, const Setting& setting, const Studies& studies);
void write_tables(ek::lesson::Lesson& lesson, const Setting& setting, const Studies& studies);
/// `about` names the setting, for the subtitles.
void draw_all(ek::lesson::Lesson& lesson, const Setting& setting, const Studies& studies,
              const std::string& about);

}  // namespace warmup
