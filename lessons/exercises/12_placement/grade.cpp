#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::placement_task {

Var divided_by_rms(Var x, double gain) {
  return gain * (x / sqrt(mean(square(x), Over::rows) + 0.01));
}

struct Form {
  Var y;
  std::string effect;
};

// The right form first; then what else the same parts can be put together to.
std::vector<Form> forms(Place place, Var x, const Branch& b, Index blocks) {
  const auto L = static_cast<double>(blocks);
  const double alpha = std::pow(2 * L, 0.25);
  const Var none = x + b.f(x);
  const Var post = b.norm(none);
  const Var pre = x + b.f(b.norm(x));
  const Var peri = x + b.norm_after(b.f(b.norm(x)));
  const Var deep = b.norm(alpha * x + b.f(x));
  const Var after_only = x + b.norm(b.f(x));
  const Var normed_stream = b.norm(x) + b.f(b.norm(x));
  const std::vector<Form> all = {
      {none, "that is none: no norm is there"},
      {post, place == Place::deep ? "the factor α is missing, " + number(alpha) + " for " +
                                        number(L) + " blocks: that is post"
                                  : "that is post: the norm is around the sum"},
      {pre, place == Place::peri ? "N′ behind the branch is missing: that is pre"
                                 : "that is pre: the norm is before the branch"},
      {peri, "that is peri: a norm before the branch and one behind it"},
      {deep, "that is deep: x is multiplied by α = " + number(alpha)}};
  std::vector<Form> result = {all[static_cast<std::size_t>(place)]};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i != static_cast<std::size_t>(place)) result.push_back(all[i]);
  }
  const std::vector<Form> slips = {
      {normed_stream, "the stream is normalized too: it should be x + …, not N(x) + …"},
      {after_only, "the norm is behind the branch, x + N(f(x))"},
      {b.f(b.norm(x)), "x is not added"},
      {b.norm(b.f(x)), "x is not added before the norm"},
      {x + b.norm(b.f(b.norm(x))),
       "N stands on both sides; behind the branch it should be N′, "
       "norm_after"},
      {x + b.norm(b.f(b.norm_after(x))), "N and N′ are exchanged"},
      {b.norm_after(x + b.f(b.norm(x))),
       "N′ is around the sum; it should be around the branch only, so "
       "that the stream goes through untouched"},
      {b.norm(x + alpha * b.f(x)),
       "α multiplies the branch; it should multiply x, which it keeps "
       "alive through many norms"},
      {b.norm(alpha * none), "α multiplies the whole sum, and the norm takes it out again"},
      {alpha * x + b.f(b.norm(x)), "the norm is before the branch; deep has it around the sum"},
      {b.norm(std::sqrt(2 * L) * x + b.f(x)),
       fmt::format("your α is (2 L)^½ = {}; it should be (2 L)^¼ = {}", number(std::sqrt(2 * L)),
                   number(alpha))},
      {b.norm(std::pow(8 * L, 0.25) * x + b.f(x)),
       fmt::format(
           "your α is (8 L)^¼ = {}; it should be (2 L)^¼ = {}. (8 L)^−¼ is β, of the weights",
           number(std::pow(8 * L, 0.25)), number(alpha))},
      {b.norm(std::pow(2 * L, -0.25) * x + b.f(x)),
       fmt::format("your α is (2 L)^−¼ = {}; it should be larger than 1", number(1 / alpha))},
      {b.norm(2 * L * x + b.f(x)),
       fmt::format("your α is 2 L = {}, without its fourth root {}", number(2 * L), number(alpha))},
  };
  result.insert(result.end(), slips.begin(), slips.end());
  return result;
}

std::string test(Random& random, Place place) {
  const Index features = between(random, 3, 6);
  const Index blocks = between(random, 2, 20);
  const Matrix start = draw(random, features, between(random, 7, 10));
  const Matrix a = random.normal(features, features, 0.5);
  const Matrix dy = draw(random, start.n_rows, start.n_cols);
  const Branch branch = {[&a](Var v) { return tanh(v.tape().constant(a) * v); },
                         [](Var v) { return divided_by_rms(v, 1); },
                         [](Var v) { return divided_by_rms(v, 1.5); }};
  const auto run = [&](const std::function<Var(Var)>& form, Matrix& gradient) {
    Tape tape;
    const Var x = tape.variable(start);
    const Var y = form(x);
    if (y.requires_grad() && shape_of(y.value()) == shape_of(dy)) {
      tape.backward(y, dy);
      if (x.has_gradient()) gradient = x.gradient();
    }
    return y.value();
  };
  Matrix dx;
  Matrix right_dx;
  const Matrix got = run(
      [&](Var x) { return written<decltype(residual)>("residual")(place, x, branch, blocks); }, dx);
  const Matrix right = run([&](Var x) { return forms(place, x, branch, blocks)[0].y; }, right_dx);

  Tape tape;
  std::vector<Mistake> mistakes;
  for (const Form& form : forms(place, tape.constant(start), branch, blocks)) {
    const Matrix& y = form.y.value();
    mistakes.push_back({y, fmt::format("{}. y(0, 0) = {}, it should be {}", form.effect,
                                       number(y(0)), number(right(0)))});
  }
  const std::string wrong = judge("y", got, right, mistakes, {{"x", start}});
  if (!wrong.empty()) return wrong;
  if (dx.is_empty()) return "y is right, but no gradient arrives at x: make y by ops of the tape";
  return judge("dx", dx, right_dx);
}

const bool added =
    add_exercise("12_placement", {{1, "none", [](Random& r) { return test(r, Place::none); }},
                                  {2, "post", [](Random& r) { return test(r, Place::post); }},
                                  {2, "pre", [](Random& r) { return test(r, Place::pre); }},
                                  {2, "peri", [](Random& r) { return test(r, Place::peri); }},
                                  {3, "deep", [](Random& r) { return test(r, Place::deep); }}});

}  // namespace exercises::placement_task
