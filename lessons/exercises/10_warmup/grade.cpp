#include <numbers>

#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::warmup_task {

constexpr double pi = std::numbers::pi;

Schedule drawn(Random& random) {
  const double peak = 1e-3 * (1 + random.uniform());
  const Index warmup = between(random, 5, 20);
  return {peak, peak * (0.1 + 0.1 * random.uniform()), warmup, warmup + between(random, 30, 90)};
}

double mine(Index step, const Schedule& s) {
  return written<decltype(learning_rate)>("learning_rate")(step, s);
}

std::string at(Index step, const Schedule& s) {
  return fmt::format("rate at step {} (warmup {}, total {}, peak {}, low {})", step, s.warmup,
                     s.total, number(s.peak), number(s.low));
}

std::string rise(Random& random) {
  const Schedule s = drawn(random);
  const auto warmup = static_cast<double>(s.warmup);
  for (const Index step : {Index{0}, s.warmup / 2, s.warmup - 1}) {
    const auto now = static_cast<double>(step);
    const std::string wrong = judge(
        at(step, s), mine(step, s), s.peak * (now + 1) / (warmup + 1),
        {{0, step == 0 ? "step/warmup would be 0 at the first step, and the step lost"
                       : "0: a whole number divided by a larger one is 0. Make them double first"},
         {s.peak * now / warmup, "that is step/warmup; it should be (step + 1)/(warmup + 1)"},
         {s.peak * (now + 1) / warmup,
          "that is (step + 1)/warmup, which is at the peak one step early"},
         {s.low + (s.peak - s.low) * (now + 1) / (warmup + 1),
          "the rise begins at low; it begins at 0"},
         {s.peak, "there is no rise, it is at the peak"},
         {s.low + (s.peak - s.low) * (1 + std::cos(pi * now / static_cast<double>(s.total))) / 2,
          "there is no rise: the cosine begins at step 0"}});
    if (!wrong.empty()) return wrong;
  }
  return "";
}

std::string fall(Random& random) {
  const Schedule s = drawn(random);
  const auto warmup = static_cast<double>(s.warmup);
  const auto total = static_cast<double>(s.total);
  const Index middle = (s.warmup + s.total) / 2 - between(random, 2, 6);
  for (const Index step : {s.warmup, middle, s.total - 1}) {
    const auto now = static_cast<double>(step);
    const double p = (now - warmup) / (total - warmup);
    const auto wave = [](double q) { return (1 + std::cos(pi * q)) / 2; };
    const std::string wrong = judge(
        at(step, s), mine(step, s), s.low + (s.peak - s.low) * wave(p),
        {{s.low + (s.peak - s.low) * wave(now / total),
          "the fall is measured from step 0; at the end of warm-up it jumps down. Measure from "
          "warmup"},
         {s.peak * wave(p), "it falls to 0, not to low"},
         {s.low + s.peak * wave(p), "it starts from peak + low: scale peak − low"},
         {s.low + (s.peak - s.low) * (1 - p), "it falls in a line, not along a cosine"},
         {s.low + (s.peak - s.low) * wave(p * 2),
          "a whole cosine: it would be back at the peak at the "
          "end. Half of one: cos(π p)"},
         {s.low + (s.peak - s.low) * std::cos(pi * p / 2), "a quarter of a cosine: cos(π p / 2)"},
         {s.low + (s.peak - s.low) * wave((now - warmup) / total),
          "the fall is spread over total steps, not over total − warmup"},
         {s.peak,
          p > 0 ? "it stays at the peak: (step − warmup)/(total − warmup) of whole numbers is 0"
                : "it is at the peak"},
         {s.low, "it is at low already"}});
    if (!wrong.empty()) return wrong;
  }
  return "";
}

std::string afterwards(Random& random) {
  const Schedule s = drawn(random);
  for (const Index step : {s.total, s.total + 1, 2 * s.total - s.warmup, 5 * s.total}) {
    const double got = mine(step, s);
    if (std::abs(got - s.low) <= 1e-9 * s.low) continue;
    return fmt::format(
        "your {} is {}, it should be low{}", at(step, s), number(got),
        got > s.low ? ": the cosine goes up again behind total" : ": it fell below low");
  }
  return "";
}

std::string without_warmup(Random& random) {
  Schedule s = drawn(random);
  s.warmup = 0;
  const double got = mine(0, s);
  if (!std::isfinite(got)) {
    return fmt::format("with warmup = 0 your first rate is {}: something is divided by warmup",
                       got);
  }
  return judge(
      "first rate with warmup = 0", got, s.peak,
      {{0, "0: the first step is lost"}, {s.peak / 2, "half the peak: there is nothing to rise"}});
}

const bool added = add_exercise("10_warmup", {{4, "the rise", rise},
                                              {4, "the fall", fall},
                                              {1, "after the last step", afterwards},
                                              {1, "no warm-up", without_warmup}});

}  // namespace exercises::warmup_task
