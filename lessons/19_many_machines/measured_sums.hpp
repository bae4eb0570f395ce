#pragma once
// The processes of this run: is SyncBatchNorm exact over them, and what does a sum take?

#include <chrono>

#include "all_reduce.hpp"
#include "evenkeel/distributed/data_parallel.hpp"
#include "evenkeel/distributed/sync_batch_norm.hpp"
#include "mistakes.hpp"

namespace evenkeel::lesson {

/// The machines of this run, and the straight line through what they take.
inline void measure_sums(Lesson& lesson, Communicator& all) {
  // As tests/distributed holds it in double, for shards of any size.
  Random random(lesson.seed());
  const Matrix x = random.normal(64, 37);
  Tape tape;
  const Matrix mine = sync_batch_norm(all, tape.constant(share_of(all, x)), 64).value();
  const Matrix whole = batch_norm(tape.constant(x), 64).value();
  lesson.claim("SyncBatchNorm − BatchNorm of the whole batch, relative",
               {relative(mine, share_of(all, whole))}, between(0, 1e-5, "rounding in float"));
  if (all.size() == 1) {
    fmt::print("One process: no network was measured. lessons/run 19 --processes 2 measures.\n\n");
    return;
  }
  std::vector<double> bytes, seconds;
  for (Index count = 2; count <= 2'097'152; count *= 4) {
    std::vector<float> numbers(count);
    std::vector<double> times(lesson.quick() ? 5 : 15);
    for (double& time : times) {
      all.barrier("a sum to measure");
      const auto start = std::chrono::steady_clock::now();
      all.sum("a sum to measure", std::span(numbers));
      time = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    bytes.push_back(4 * double(count));
    seconds.push_back(median_of(times));
  }
  const Straight line = fit(bytes, seconds);
  const double messages = tree(double(all.size()), 0, {1, 1});
  fmt::print("{} processes: α = {:.1f} µs, B = {:.2f} Gbit/s, as a tree's messages\n\n", all.size(),
             1e6 * line.a / messages, 8e-9 * messages / line.b);
  lesson.claim("8 MB take how many times as long as 8 B", {seconds.back() / seconds.front()},
               between(1, 1e9, "bytes cost"));
  Chart chart("What a sum over the processes takes", fmt::format("{} processes", all.size()));
  chart.points("measured", bytes, seconds, colour::batch);
  chart.x_axis("bytes", Axis::log).y_axis("seconds", Axis::log);
  add_theory(chart, "a + b·bytes", bytes, [&](double n) { return line.a + line.b * n; });
  lesson.chart(chart, "measured_sums");
}

}  // namespace evenkeel::lesson
