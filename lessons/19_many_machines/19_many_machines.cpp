// 19 Many machines: a batch of 32 on several processes, and what it costs them to talk.
//
//   per process     each normalizes its own columns: BatchNorm on 2 samples, if 16 share a batch
//   SyncBatchNorm   n, mean and Σ(x − mean)² travel forward, Σdy and Σdy ⊙ x̂ backward: by
//                   construction BatchNorm of the whole batch
//   all-reduce      α: seconds a message, B: bytes a second; three ways to add up (all_reduce.hpp)
//
// A ResNet 8-16-32-64 learns digits; the processes are played in one. Under mpirun there are real
// ones: then only the network between them is measured.

#include "costs.hpp"
#include "digits_task.hpp"
#include "evenkeel/mpi/run_processes.hpp"
#include "evenkeel/norm/batch_renorm.hpp"
#include "lab.hpp"
#include "measured_sums.hpp"
#include "mistakes.hpp"
#include "on_each_process.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

const Quantity error{"error", "samples a process, of 32", "test error, %"};
const Quantity learned{"learned", error.x, "error while training, last epoch, %"};

std::vector<NamedNorm> answers() {
  std::vector<NamedNorm> all = all_norms();
  all.push_back({{"sync", "SyncBatchNorm", colour::post}, image_norm("batch")});
  all.push_back({{"renorm", "Batch Renorm", colour::deep},
                 [](ImageShape s) { return BatchRenorm(s.channels, {.momentum = 0.1}); }});
  std::erase_if(all, [](const NamedNorm& n) { return n.name == "instance"; });  // 1×1 at the end
  return all;
}

ResNet network(const MakeImageNorm& norm, std::uint64_t seed) {
  Random random(seed);
  return {{.in = {1, 8, 8}, .widths = {8, 16, 32, 64}, .conv = {.norm = norm}}, random};
}

/// A norm without running statistics looks at one sample at a time, and SyncBatchNorm at all: how
/// they are shared out makes no difference to them.
void run(const std::vector<Index>& splits, Index epochs, const std::string& name,
         std::uint64_t seed, Record& record) {
  const MakeImageNorm whole = by_name(answers(), name).make;
  const Split sets = split_digits(seed);
  const bool by_shards = name != "sync" && !network(whole, seed).named_buffers().empty();
  EpochReport end;
  for (Index samples : splits) {
    if (by_shards || samples == splits.front()) {
      const auto shard = [&](ImageShape s) { return OnEachProcess(whole(s), samples); };
      ResNet net = network(by_shards ? MakeImageNorm(shard) : whole, seed);
      end = train(net, sets, {.epochs = epochs}, seed).back();
    }
    record.add(error, name, double(samples), error_percent(end.test));
    record.add(learned, name, double(samples), error_percent(end.train));
  }
}

Band near(const std::string& mistake, double sd) {
  const double expected = theory(mistake, 1);
  return mean_near(expected, sd, fmt::format("theory {:.3f}", expected));
}

const Bands known = {
    {"test error, %, BatchNorm, 2", mean_like(60.9, 9.4, 40)},
    {"test error, %, BatchNorm, 4", mean_like(3.98, 1.09, 40)},
    {"test error, %, Batch Renorm, 2", mean_like(57.6, 9.9, 40)},
    {"test error, %, Batch Renorm, 4", mean_like(4.50, 1.43, 40)},
    {"test error, %, GroupNorm, 2", mean_like(2.78, 0.90, 40)},
    {"test error, %, SyncBatchNorm, 2", mean_like(2.07, 0.77, 40)},
    {"error while training, last epoch, %, BatchNorm, 2", mean_like(73.8, 4.8, 40)},
    {"error while training, last epoch, %, BatchNorm, 4", mean_like(11.2, 1.1, 40)},
    {"error while training, last epoch, %, Batch Renorm, 4", mean_like(2.28, 0.52, 40)},
    {"relative error, means averaged, forward, 6",
     between(0.0268, 0.0285, fmt::format("theory, first order, {:.4f}", theory("forward", 6)))},
    {"relative error, means averaged, backward, 1", near("backward", 0.0046)},
    {"relative error, gradients weighted after backward, 1", near("after", 0.0051)},
    {"relative error, sums and counts, 1", between(0, 1e-6, "rounding in float")},
};

void draw(Lesson& lesson, const Record& record, const Styles& norms) {
  const auto wrong_at_two = [&](const Style& norm) {
    return fmt::format("{} {:.0f} %", norm.title, mean_of(record.of(error, norm.name).at(2)));
  };
  Figure split("Wrong with two samples a process: " + wrong_at_two(norms.front()));
  if (norms.size() > 1) split.title += ", " + wrong_at_two(norms.back());
  for (const Quantity* what : {&error, &learned})
    split.add(chart_of(record, *what, norms, Line::mean).x_axis(what->x, Axis::log));
  lesson.chart(split, "split");

  Chart unequal = chart_of(record, wrong, mistakes, Line::mean, Axis::linear);
  unequal.title = fmt::format("One sample beside 8, 8, 8: averaged means make dx wrong by {}",
                              lesson.claimed("relative error, means averaged, backward, 1"));
  unequal.subtitle = "N(0, 1), 4,000 features; dashed: theory";
  for (const char* mistake : {"forward", "backward", "after"})
    add_theory(unequal, "", {1, 2, 3, 4, 6, 8}, [&](double n) { return theory(mistake, n); });
  lesson.chart(unequal, "unequal");
}

int learn(int argc, char* argv[], Communicator& all) {
  Index epochs = 4;
  double latency = 20, bandwidth = 10, speed = 10;
  std::vector<std::string> names = {"batch", "renorm", "group", "sync"};
  Lesson lesson("19_many_machines", "A batch on many processes: its statistics and what they cost");
  lesson.option("norm", names, names_of(answers()), "which norms, separated by commas")
      .option("epochs", epochs, 1, "of each training")
      .option("latency", latency, "of a message, microseconds")
      .option("bandwidth", bandwidth, "of a machine, Gbit/s")
      .option("speed", speed, "of a machine, Tflop/s")
      .seeds(6, 2);
  const bool alone = all.size() == 1;
  if (alone)
    lesson
        .ask(
            {"test error, %, BatchNorm, 2",
             "A batch of 32 on one process: 3 % wrong. On 16, each with BatchNorm of its own two?"})
        .ask({"ResNet-50 on 64 machines, speed-up", "64 machines, 10 Gbit/s: how much faster?"});
  return lesson.over(all).run(argc, argv, [&] {
    if (!alone) {
      lesson.setting(fmt::format("the network between {} processes", all.size()));
      return measure_sums(lesson, all);
    }
    const std::vector<Index> few = {2, 32}, all_splits = {2, 4, 8, 16, 32};
    lesson.setting(fmt::format("ResNet 8-16-32-64 on digits, batches of 32, {} epochs", epochs));
    Record record = lesson.over_seeds({"mistakes"}, go_wrong, {}, "mistakes");
    record.append(lesson.over_seeds(names, [&](auto& norm, auto seed, Record& r) {
      run(lesson.quick() ? few : all_splits, epochs, norm, seed, r);
    }));
    const Styles norms = choose(answers(), names);
    for (const Quantity* what : {&error, &learned}) print_table(record, *what, norms, Line::mean);
    print_table(record, wrong, mistakes, Line::mean);
    lesson.claim_means(record, {error, learned}, norms, known);
    lesson.claim_means(record, {wrong}, mistakes, known);
    measure_sums(lesson, all);
    const Network wire{latency / 1e6, bandwidth * 1e9 / 8};
    play(lesson, wire);
    draw(lesson, record, norms);
    costs(lesson, counted(network(image_norm("batch"), 1)), wire, speed * 1e12);
    lesson.try_next("lessons/run 19 --latency 2 --bandwidth 100");
  });
}

}  // namespace

int main(int argc, char* argv[]) {
  return run_processes(argc, argv, [&](Communicator& all) { return learn(argc, argv, all); });
}
