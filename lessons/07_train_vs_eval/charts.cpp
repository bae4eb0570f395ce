// The charts of lesson 07.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seeds.hpp"
#include "train_vs_eval.hpp"

namespace train_vs_eval {

using namespace ek::lesson;

namespace {

// Enough points for a logarithmic axis: each about 3 % further on than the one before.
std::vector<std::size_t> spaced(std::size_t last) {
  std::vector<std::size_t> steps;
  for (double t = 1; t < static_cast<double>(last); t = std::max(t + 1, t * 1.03)) {
    steps.push_back(static_cast<std::size_t>(t));
  }
  steps.push_back(last);
  return steps;
}

ek::Chart running_chart(const Result& r, std::uint64_t seed) {
  const Running& slow = r.running[2];
  ek::Chart chart{
      fmt::format("After 100 updates m = 0.01 still has {:.0f} % of its start",
                  100 * slow.start_left(100)),
      fmt::format("running mean of one feature of N(3, 1), batches of {}, from 0, seed {}",
                  running_batch, seed)};
  chart.x_axis("update", ek::Axis::log).y_axis("running mean");
  const std::vector<std::size_t> steps = spaced(slow.one.size() - 1);
  for (std::size_t i = 0; i < r.running.size(); ++i) {
    const Running& running = r.running[i];
    std::vector<double> x, one, theory;
    for (std::size_t t : steps) {
      x.push_back(static_cast<double>(t));
      one.push_back(running.one[t]);
      theory.push_back(true_mean * (1 - running.start_left(static_cast<double>(t))));
    }
    chart.line(name_of(running.momentum), x, one, ek::colour::series[i]);
    if (running.momentum) chart.theory(i == 2 ? "theory" : "", x, theory);
  }
  return chart;
}

ek::Chart momentum_chart(const Result& r) {
  ek::Chart chart{
      "One training, five momenta: the weights are the same, evaluation is not",
      fmt::format("digits, 64-128-128-10, BatchNorm, batches of 32 (42 an epoch); mean of "
                  "{} seeds",
                  r.seeds)};
  chart.x_axis("epoch").y_axis("test error in evaluation, %", ek::Axis::log);
  const ek::Colour colours[] = {ek::colour::batch, ek::colour::none, ek::colour::layer,
                                ek::colour::instance, ek::colour::group};
  for (std::size_t i = 0; i < r.patients.front().curves.size(); ++i) {
    std::vector<double> epochs, error;
    for (std::size_t epoch = 0; epoch < r.epochs; ++epoch) {
      double sum = 0;
      for (const Patient& patient : r.patients) sum += patient.curves[i].error[epoch];
      epochs.push_back(static_cast<double>(epoch + 1));
      error.push_back(sum / static_cast<double>(r.seeds));
    }
    chart.line(name_of(r.patients.front().curves[i].momentum), epochs, error, colours[i]);
  }
  return chart;
}

ek::Chart cases_chart(const Result& r) {
  ek::HeatMap map{.columns = {"evaluation", "of the batch", "recalibrated"},
                  .rows = {},
                  .values = {},
                  .meaning = "test error, %",
                  .scale = ek::Axis::log};
  for (std::size_t i = 0; i < r.patients.front().diagnoses.size(); ++i) {
    map.rows.push_back(r.patients.front().diagnoses[i].name);
    for (double Diagnosis::*which :
         {&Diagnosis::eval, &Diagnosis::batches, &Diagnosis::recalibrated}) {
      map.values.push_back(r.mean(i, which));
    }
  }
  ek::Chart chart{
      "New statistics heal evaluation, but not a training that failed",
      fmt::format("digits, test error in % by the statistics used, mean of {} seeds", r.seeds)};
  chart.heat_map(map);
  return chart;
}

}  // namespace

void draw_all(Lesson& lesson, const Result& r) {
  lesson.chart(running_chart(r, lesson.seed()), "running_mean");
  const ek::Chart momenta = momentum_chart(r);
  lesson.chart(momenta, "error_by_momentum");
  lesson.live([&] { return momenta; });
  lesson.chart(cases_chart(r), "cases");
}

}  // namespace train_vs_eval
