// 19 Many machines: a batch of 32 on several processes, and what it costs them to talk.
//
//   per process     each normalizes its own columns: BatchNorm on 2 samples, if 16 share a batch
//   SyncBatchNorm   n, mean and Σ(x − mean)² travel forward, Σdy and Σdy ⊙ x̂ backward: by
//                   construction BatchNorm of the whole batch
//   all-reduce      α: seconds a message, B: bytes a second; three ways to add up (machines.hpp)
//
// A ResNet 8-16-32-64 learns digits; the processes are played in one.

#include "digits_task.hpp"
#include "evenkeel/base/table.hpp"
#include "evenkeel/models/resnet.hpp"
#include "evenkeel/variants/batch_renorm.hpp"
#include "mistakes.hpp"
#include "on_each_process.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

const Quantity error{"error", "samples a process, of 32", "test error, %"};
const Quantity learned{"learned", error.x, "error while training, last epoch, %"};
const std::string faster = "ResNet-50 on 64 machines, speed-up";

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
};

void draw_split(Lesson& lesson, const Record& record, const Styles& norms) {
  const auto wrong_at_two = [&](const Style& norm) {
    return fmt::format("{} {:.0f} %", norm.title, mean_of(record.of(error, norm.name).at(2)));
  };
  Figure split("Wrong with two samples a process: " + wrong_at_two(norms.front()));
  if (norms.size() > 1) split.title += ", " + wrong_at_two(norms.back());
  for (const Quantity* what : {&error, &learned})
    split.add(chart_of(record, *what, norms, Line::mean).x_axis(what->x, Axis::log));
  lesson.chart(split, "split");
}

/// A training step on p machines: a table, and charts of a sum's time and of the speed-up.
void show_costs(Lesson& lesson, const Network& wire, double speed) {
  const Step now{resnet_50, wire, speed}, fast{resnet_50, fast_network, speed};
  fmt::print("ResNet-50, a batch of 1,024, {}, {:g} Tflop/s a machine\n", wire.label(),
             speed / 1e12);
  Table table({"machines", "ring, ms", "tree, ms", "halving, ms", "statistics, ms", "computing, ms",
               "speed-up", fast_network.label(), "this lesson's network"});
  const double n = 4 * resnet_50.parameters;
  for (double p : {8, 64, 512, 1024})
    table.row({Index(p), 1e3 * ring(p, n, wire), 1e3 * tree(p, n, wire), 1e3 * halving(p, n, wire),
               1e3 * now.statistics(p), 1e3 * now.computing(p), now.speed_up(p), fast.speed_up(p),
               Step{resnet_digits, wire, speed}.speed_up(p)});
  table.print();
  lesson.claim(faster, {now.speed_up(64)},
               between(10.4, 10.5, "by hand: 2,335 / (36.5 + 161.5 + 26.1)"));
  Figure figure(fmt::format("64 machines train ResNet-50 {} times as fast as one",
                            lesson.claimed(faster, Digits::decimals(1))),
                wire.label() + " a message, batch of 1,024; green: " + fast_network.label(), 3);
  const auto bytes = map(one_to(14), [](double i) { return std::exp2(2 * i + 1); }),
             machines = map(one_to(11), [](double i) { return std::exp2(i - 1); });
  const auto sum = [&](auto by) { return map(bytes, [&](double b) { return by(64, b, wire); }); };
  Chart sums("A sum over 64 machines");
  sums.line("ring", bytes, sum(ring), colour::batch)
      .line("tree", bytes, sum(tree), colour::none)
      .line("halving", bytes, sum(halving), colour::layer);
  figure.add(sums.x_axis("bytes", Axis::log).y_axis("seconds", Axis::log));
  for (const Training& net : {resnet_50, resnet_digits}) {
    const Step slow{net, wire, speed}, quick{net, fast_network, speed};
    Chart chart(fmt::format("{}: speed-up", net.name));
    chart.theory("ideal", machines, machines)
        .line(fast_network.gbit(), machines, quick.speed_ups(machines), colour::layer)
        .line(wire.gbit(), machines, slow.speed_ups(machines), colour::batch)
        .line("no statistics", machines, slow.speed_ups(machines, false), colour::rms);
    figure.add(chart.x_axis("machines", Axis::log).y_axis("times as fast as one", Axis::log));
  }
  lesson.chart(figure, "costs");
}

}  // namespace

int main(int argc, char* argv[]) {
  Index epochs = 4;
  double latency = 20, bandwidth = 10, speed = 10;
  std::vector<std::string> names = {"batch", "renorm", "group", "sync"};
  Lesson lesson("19_many_machines", "A batch on many processes: its statistics and what they cost");
  lesson.option("norm", names, names_of(answers()), "which norms, separated by commas")
      .option("epochs", epochs, 1, "of each training")
      .option("latency", latency, "of a message, microseconds")
      .option("bandwidth", bandwidth, "of a machine, Gbit/s")
      .option("speed", speed, "of a machine, Tflop/s")
      .seeds(6, 2)
      .ask({"test error, %, BatchNorm, 2",
            "A batch of 32 on one process: 3 % wrong. On 16, each with BatchNorm of its own two?"})
      .ask({faster, "64 machines, 10 Gbit/s: how much faster?"});
  return lesson.run(argc, argv, [&] {
    const std::vector<Index> few = {2, 32}, all_splits = {2, 4, 8, 16, 32};
    lesson.setting(fmt::format("ResNet 8-16-32-64 on digits, batches of 32, {} epochs", epochs));
    const Record record = lesson.over_seeds(names, [&](auto& norm, auto seed, Record& r) {
      run(lesson.quick() ? few : all_splits, epochs, norm, seed, r);
    });
    const Styles norms = choose(answers(), names);
    for (const Quantity* what : {&error, &learned}) print_table(record, *what, norms, Line::mean);
    lesson.claim_means(record, {error, learned}, norms, known);
    draw_split(lesson, record, norms);
    show_mistakes(lesson);
    show_costs(lesson, {latency / 1e6, bandwidth * 1e9 / 8}, speed * 1e12);
    lesson.try_next("lessons/run 19 --latency 2 --bandwidth 100");
  });
}
