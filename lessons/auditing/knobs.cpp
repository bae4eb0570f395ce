#include "knobs.hpp"

#include <algorithm>

namespace evenkeel::audit {

namespace {

// One knob turned one way: what it does to a formula, and its mistake ("" for none).
struct Turn {
  const char* mistake;
  void (*apply)(Formula&);
};

std::vector<Turn> centre_turns(Norm norm) {
  const auto layer = [](Formula& f) { f.subtracts_mean = f.spread_about_mean = true; };
  const auto rms = [](Formula& f) { f.subtracts_mean = f.spread_about_mean = false; };
  const auto std_alone = [](Formula& f) { f.subtracts_mean = false, f.spread_about_mean = true; };
  const auto mean_alone = [](Formula& f) { f.subtracts_mean = true, f.spread_about_mean = false; };
  if (norm == Norm::rms_norm) {
    return {{"", rms}, {"layer_norm_for_rms", layer}, {"std_for_rms", std_alone}};
  }
  const char* uncentred = norm == Norm::layer_norm ? "rms_for_layer_norm" : "mean_not_subtracted";
  return {{"", layer},
          {uncentred, rms},
          {"mean_not_subtracted", std_alone},
          {"rms_for_std", mean_alone}};
}

std::vector<Turn> spread_turns() {
  return {{"", [](Formula&) {}}, {"variance_n_minus_1", [](Formula& f) { f.n_minus_1 = true; }}};
}

std::vector<Turn> root_turns() {
  return {{"", [](Formula&) {}},
          {"eps_outside_root", [](Formula& f) { f.eps_place = Eps::outside; }},
          {"rsqrt_for_sqrt", [](Formula& f) { f.root = Root::multiplied; }},
          {"no_square_root", [](Formula& f) { f.root = Root::none; }},
          {"square_for_root", [](Formula& f) { f.root = Root::squared; }},
          {"root_of_std", [](Formula& f) { f.root = Root::twice; }}};
}

std::vector<Turn> gain_turns(const Evidence& evidence) {
  if (!evidence.find("gamma")) return {{"", [](Formula&) {}}};
  const auto plain = [](Formula& f) { f.gain = Gain::gamma; };
  const auto plus_one = [](Formula& f) { f.gain = Gain::one_plus_gamma; };
  const auto none = [](Formula& f) { f.gain = Gain::none; };
  if (evidence.gain_plus_one) {
    return {{"", plus_one}, {"gain_without_one", plain}, {"gamma_missing", none}};
  }
  return {{"", plain}, {"gain_plus_one", plus_one}, {"gamma_missing", none}};
}

std::vector<Turn> shift_turns(const Evidence& evidence) {
  std::vector<Turn> turns = {{"", [](Formula&) {}}};
  if (!evidence.find("beta")) return turns;
  turns.push_back({"beta_missing", [](Formula& f) { f.shift = Shift::none; }});
  if (evidence.find("gamma")) {
    turns.push_back({"beta_before_gamma", [](Formula& f) { f.shift = Shift::before_gain; }});
  }
  return turns;
}

struct EpsChoice {
  double eps;
  const char* mistake;
};

// The usual ones, by how often they are met; among them the epsilon of each type.
std::vector<EpsChoice> eps_choices(const Evidence& evidence) {
  std::vector<EpsChoice> choices;
  if (evidence.eps) choices.push_back({*evidence.eps, ""});
  const bool told = evidence.eps.has_value();
  for (const double eps : {1e-5, 1e-6, 1e-3, 1e-8, 1e-12, 0.0, 0x1p-23, 0x1p-52, 1e-4, 1e-7, 1e-2,
                           1e-10, 1e-9, 0x1p-10, 0x1p-7}) {
    if (told && eps == *evidence.eps) continue;
    choices.push_back({eps, !told ? "" : eps == 0 ? "eps_missing" : "eps_differs"});
  }
  return choices;
}

std::vector<Knobs> turned(const std::vector<Knobs>& all, const std::vector<Turn>& turns,
                          std::size_t most) {
  std::vector<Knobs> result;
  for (const Knobs& knobs : all) {
    for (const Turn& turn : turns) {
      Knobs next = knobs;
      turn.apply(next.formula);
      if (*turn.mistake) next.mistakes.push_back(turn.mistake);
      if (next.mistakes.size() <= most) result.push_back(std::move(next));
    }
  }
  return result;
}

}  // namespace

std::vector<Knobs> formulas_for(const Evidence& evidence, Norm norm, std::size_t most) {
  std::vector<Knobs> all = {{}};
  for (const std::vector<Turn>& turns : {centre_turns(norm), root_turns(), spread_turns(),
                                         gain_turns(evidence), shift_turns(evidence)}) {
    all = turned(all, turns, most);
  }
  std::vector<Knobs> result;
  for (const EpsChoice& choice : eps_choices(evidence)) {
    for (Knobs knobs : all) {
      if (*choice.mistake && knobs.mistakes.size() + 1 > std::min<std::size_t>(most, 2)) continue;
      // Without an eps, its place says nothing.
      if (choice.eps == 0 && knobs.formula.eps_place == Eps::outside) continue;
      knobs.formula.eps = choice.eps;
      if (*choice.mistake) knobs.mistakes.push_back(choice.mistake);
      result.push_back(std::move(knobs));
    }
  }
  std::ranges::stable_sort(result, {}, [](const Knobs& knobs) { return knobs.mistakes.size(); });
  return result;
}

}  // namespace evenkeel::audit
