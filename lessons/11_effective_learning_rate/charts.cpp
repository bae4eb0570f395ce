// The charts of lesson 11.

#include <fmt/format.h>

#include <cmath>

#include "effective_learning_rate.hpp"
#include "seeds.hpp"

namespace effective_learning_rate {

using namespace ek::lesson;

namespace {

// Every `stride`-th value: a line of thousands of points is a large file and looks the same.
std::vector<double> thinned(const std::vector<double>& values, std::size_t stride) {
  std::vector<double> few;
  for (std::size_t i = 0; i < values.size(); i += stride) few.push_back(values[i]);
  return few;
}

ek::Chart loss_chart(const Result& r, std::uint64_t seed) {
  const Training& base = r.trainings[0];
  const Training& rescaled = r.trainings[2];
  const Training& slow = r.trainings[3];
  const std::vector<double> steps = counted(base.loss.size());
  ek::Chart chart{
      "Weights 5 times as long are the same network, and learn 25 times as slowly",
      fmt::format(
          "32 → 16 units, BatchNorm, ReLU; SGD, η = {}, seed {}; the dots differ "
          "from the line by at most {}",
          base.rate, seed,
          ek::format_number(largest_difference(base, rescaled), ek::Digits::significant(2)))};
  chart.x_axis("step").y_axis("loss", ek::Axis::log);
  chart.line("5·w₀, η", steps, slow.loss, ek::colour::none);
  chart.line("w₀, η", steps, base.loss, ek::colour::batch);
  chart.points("5·w₀, 25·η", thinned(steps, 10), thinned(rescaled.loss, 10), ek::colour::black);
  return chart;
}

ek::Chart growth_chart(const Result& r, std::uint64_t seed) {
  const Walk& free = r.growth.front();
  const std::size_t stride = free.weight.size() / 400 + 1;
  const std::vector<double> steps = thinned(counted(free.weight.size()), stride);
  std::vector<double> law;
  for (double t : steps) law.push_back(free.grown(t));
  ek::Chart chart{
      fmt::format(
          "Without weight decay ‖w‖ never stops growing, with λ = 0.01 it settles at {:.2f}",
          r.decays[0].front().settled_weight()),
      fmt::format("one unit with BatchNorm, targets are noise, SGD, η = 0.5, seed {}", seed)};
  chart.x_axis("step").y_axis("‖w‖").y_range(0, std::ceil(free.weight.back()));
  chart.line("λ = 0", steps, thinned(free.weight, stride), ek::colour::none);
  chart.theory("theory", steps, law);
  for (std::size_t which : {2, 0}) {
    const Walk& walk = r.decays[which].front();
    const ek::Colour colour = which == 0 ? ek::colour::batch : ek::colour::instance;
    chart.line(fmt::format("λ = {}", walk.decay), steps, thinned(walk.weight, stride), colour);
    chart.theory("", steps, std::vector<double>(steps.size(), walk.equilibrium()));
  }
  return chart;
}

ek::Chart start_chart(const Result& r) {
  const double settled = r.decays[0].front().equilibrium();
  ek::Chart chart{fmt::format("Wherever ‖w‖ starts, it ends at {:.2f}", settled),
                  "η = 0.5, λ = 0.01; too short grows at once, too long decays by 1 − ηλ a step"};
  const std::vector<double> steps = counted(r.starts.front().weight.size());
  chart.x_axis("step").y_axis("‖w‖", ek::Axis::log).y_range(0.4, 10);
  const ek::Colour colours[] = {ek::colour::layer, ek::colour::batch, ek::colour::none};
  for (std::size_t i = 0; i < r.starts.size(); ++i) {
    const Walk& walk = r.starts[i];
    chart.line(fmt::format("‖w₀‖ = {}", walk.start), thinned(steps, 4), thinned(walk.weight, 4),
               colours[i]);
  }
  chart.theory("theory", steps, std::vector<double>(steps.size(), settled));
  return chart;
}

ek::Chart angle_chart(const Result& r) {
  ek::Chart chart{"The angle of a step is √(2ηλ)",
                  fmt::format("rms over the last two thirds of {} steps, one dot a seed", r.steps)};
  chart.x_axis("η·λ", ek::Axis::log).y_axis("angle of one step, radians", ek::Axis::log);
  chart.y_range(0.03, 0.4);
  std::vector<double> products, angles;
  for (const std::vector<Walk>& seeds : r.decays) {
    for (const Walk& walk : seeds) {
      products.push_back(walk.rate * walk.decay);
      angles.push_back(walk.settled_angle());
    }
  }
  const std::vector<double> line = {7e-4, 4e-2};
  chart.points("measured", products, angles, ek::colour::batch);
  chart.theory("√(2ηλ)", line, {std::sqrt(2 * line[0]), std::sqrt(2 * line[1])});
  return chart;
}

}  // namespace

void draw_all(Lesson& lesson, const Result& r) {
  lesson.chart(loss_chart(r, lesson.seed()), "loss");
  const ek::Chart growth = growth_chart(r, lesson.seed());
  lesson.chart(growth, "weight_norm");
  lesson.live([&] { return growth; });
  ek::Figure equilibrium{"Weight decay behind a norm sets the size of the steps",
                         "one unit with BatchNorm, targets are noise, SGD"};
  equilibrium.add(start_chart(r)).add(angle_chart(r));
  lesson.chart(equilibrium, "equilibrium");
}

}  // namespace effective_learning_rate
