// lessons/run sums --processes 2: what a sum over the processes takes on this machine, and the
// straight line a + b·bytes through it, read as a tree's messages (machines.hpp). Also whether
// SyncBatchNorm over them is BatchNorm of the whole batch.

#include <chrono>

#include "evenkeel/distributed/data_parallel.hpp"
#include "evenkeel/distributed/sync_batch_norm.hpp"
#include "evenkeel/mpi/run_processes.hpp"
#include "lab.hpp"
#include "machines.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

/// Seconds a + b·bytes, by least squares of the relative error.
struct Straight {
  double a, b;
};

Straight fit(const std::vector<double>& bytes, const std::vector<double>& seconds) {
  const arma::vec weight = 1 / arma::vec(seconds);
  arma::mat lines(bytes.size(), 2, arma::fill::ones);
  lines.col(1) = arma::vec(bytes);
  lines.each_col() %= weight;
  const arma::vec best = arma::solve(lines, arma::ones(bytes.size()));
  return {best[0], best[1]};
}

/// As tests/distributed holds it in double, for shards of any size.
void check_sync_batch_norm(Lesson& lesson, Communicator& all) {
  Random random(lesson.seed());
  const Matrix x = random.normal(64, 37);
  Tape tape;
  const Matrix mine = sync_batch_norm(all, tape.constant(share_of(all, x)), 64).value();
  const Matrix whole = share_of(all, batch_norm(tape.constant(x), 64).value());
  lesson.claim("SyncBatchNorm − BatchNorm of the whole batch, relative",
               {arma::norm(mine - whole, "fro") / arma::norm(whole, "fro")},
               between(0, 1e-5, "rounding in float"));
}

void measure(Lesson& lesson, Communicator& all) {
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

int sums(int argc, char* argv[], Communicator& all) {
  Lesson lesson("sums", "What a sum over the processes takes");
  return lesson.over(all).run(argc, argv, [&] {
    lesson.setting(all.size() == 1 ? "one process"
                                   : fmt::format("the network between {} processes", all.size()));
    check_sync_batch_norm(lesson, all);
    if (all.size() > 1) return measure(lesson, all);
    fmt::print(
        "One process: no network was measured. lessons/run sums --processes 2 measures.\n\n");
  });
}

}  // namespace

int main(int argc, char* argv[]) {
  return run_processes(argc, argv, [&](Communicator& all) { return sums(argc, argv, all); });
}
