#pragma once
// Lesson 03: what the program measures, and the parts that judge and draw it.

#include <cstdint>
#include <string>
#include <vector>

#include "lesson.hpp"
#include "norms.hpp"
#include "seeds.hpp"

namespace placement {

namespace ek = evenkeel;

struct Setting {
  ek::Index layers = 5;
  ek::Index width = 32;
  ek::Index samples = 100;
  double weight_scale = 0.3;

  bool operator==(const Setting&) const = default;
};

enum class Placement { post, pre };
inline constexpr Placement placements[] = {Placement::post, Placement::pre};
inline constexpr const char* titles[] = {"post-norm", "pre-norm"};
inline constexpr ek::Colour colours[] = {ek::colour::post, ek::colour::pre};

/// σ of the activations after each layer, and σ of the gradient that arrives there.
struct Run {
  ek::lesson::ByLayer activation, gradient;
};

/// [placement][seed]
using Studies = std::vector<std::vector<Run>>;

/// σ of the activations in every layer.
double theory(const Setting& setting, Placement placement);

void claim_all(ek::lesson::Lesson& lesson, const Setting& setting, const std::string& norm,
               const Studies& studies);
void write_tables(ek::lesson::Lesson& lesson, const std::string& norm, const Studies& studies);
/// `about` names the setting, for the subtitles.
void draw_all(ek::lesson::Lesson& lesson, const Setting& setting, const Studies& studies,
              const std::string& about);

}  // namespace placement
