#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::chain_rule_task {

struct Drawn {
  double x, w, b, a, t;
};

Drawn draw_numbers(Random& random) {
  return {random.normal(), random.normal(), random.normal(), 1 + random.uniform(), random.normal()};
}

// What factor of the chain was left out of a gradient, seen from its value; `exchanged` is the last
// factor of the gradient that is easily taken for this one.
std::string judge_gradient(std::string_view name, double got, double dy, double h, double a,
                           double z, double last, double exchanged) {
  const double dz = dy * a * (1 - h * h);
  return judge(
      name, got, dz * last,
      {{dy * a * last, "the factor 1 − h² is missing, the slope of tanh"},
       {dz * last / 2, "half of it: the square gives a factor 2"},
       {dz * last / a, "the factor a is missing, through which the loss sees h"},
       {dz * exchanged, "dw and dx are exchanged: z = w x + b changes by x with w, by w with x"},
       {dz, fmt::format("the last factor is missing: z = w x + b, by {}", name.substr(1))},
       {dy * a * (1 - z * z) * last, "the slope of tanh is 1 − tanh(z)², not 1 − z²"},
       {dy * a * (1 - std::tanh(h) * std::tanh(h)) * last,
        "the slope takes tanh of h, which is a tanh already: 1 − h²"}});
}

std::string test(Random& random, char which) {
  const Drawn in = draw_numbers(random);
  const ChainGradients got =
      written<decltype(chain_rule)>("chain_rule")(in.x, in.w, in.b, in.a, in.t);
  const double z = in.w * in.x + in.b;
  const double h = std::tanh(z);
  const double dy = 2 * (in.a * h - in.t);
  switch (which) {
    case 'a':
      return judge("da", got.da, dy * h,
                   {{dy * h / 2, "half of it: the square gives a factor 2"},
                    {dy, "the factor h is missing: y = a h"},
                    {dy * z, "a is multiplied by h = tanh(z), not by z"}});
    case 'b':
      return judge_gradient("db", got.db, dy, h, in.a, z, 1, 1);
    case 'w':
      return judge_gradient("dw", got.dw, dy, h, in.a, z, in.x, in.w);
    default:
      return judge_gradient("dx", got.dx, dy, h, in.a, z, in.w, in.x);
  }
}

const bool added =
    add_exercise("01_chain_rule", {{3, "da", [](Random& r) { return test(r, 'a'); }},
                                   {3, "db", [](Random& r) { return test(r, 'b'); }},
                                   {2, "dw", [](Random& r) { return test(r, 'w'); }},
                                   {2, "dx", [](Random& r) { return test(r, 'x'); }}});

}  // namespace exercises::chain_rule_task
