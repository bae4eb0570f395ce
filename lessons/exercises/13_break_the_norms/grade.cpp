#include "common/grade.hpp"
#include "wrong_norms.hpp"

namespace exercises::break_task {

// What the student's tests say of a norm: "" that it is right, else why not.
bool accepts(NormMistake mistake, std::string& why) {
  try {
    const bool right = written<decltype(norm_is_right)>("norm_is_right")(
        [&](Index features) { return make_norm_with(mistake, features); });
    why = "they return false (do they compare exactly? The last digits may differ)";
    return right;
  } catch (const NotWritten&) {
    throw;
  } catch (const std::exception& e) {
    why = std::string("they stop with an error: ") + e.what();
    return false;
  }
}

// Right norms in an order that is drawn, the wrong one somewhere among them: who counts calls, or
// guesses, does not find it.
std::string finds(Random& random, NormMistake mistake) {
  const Index place = random.below(4);
  for (Index i = 0; i < 4; ++i) {
    std::string why;
    if (i == place) {
      if (accepts(mistake, why)) return "it escapes: " + effect_of(mistake);
      continue;
    }
    if (accepts(NormMistake::none, why)) {
      if (accepts(NormMistake::rounds_differently, why)) continue;
      return "your tests accuse a right norm, whose y differs by a factor of 1 + 1e-12: " + why +
             ". Compare with a tolerance";
    }
    return "your tests accuse a right norm: " + why +
           ". Either they compare too exactly (allow 1e-6), or they want what the exercises do not "
           "say: running_var takes in the unbiased variance, divided by n - 1 (exercise 08)";
  }
  return "";
}

std::vector<Part> parts() {
  std::vector<Part> all;
  for (int i = 0; i < wrong_norms; ++i) {
    const auto mistake = static_cast<NormMistake>(first_wrong + i);
    all.push_back({1, fmt::format("wrong norm {}", i + 1),
                   [mistake](Random& r) { return finds(r, mistake); }, 2});
  }
  return all;
}

const bool added = add_exercise("13_break_the_norms", parts());

}  // namespace exercises::break_task
