#pragma once
// When do machines pay? A training step on p of them: computing, its gradients' sum, and those of
// SyncBatchNorm, one after the other.

#include "all_reduce.hpp"
#include "evenkeel/chart/table.hpp"
#include "evenkeel/models/resnet.hpp"
#include "lab.hpp"

namespace evenkeel::lesson {

/// What a training step asks for.
struct Training {
  double parameters;  ///< one gradient of 4 bytes each
  double norms;       ///< layers of SyncBatchNorm: two sums each …
  double channels;    ///< … together of about 2 numbers a channel, 4 bytes each
  double flops;       ///< of one sample, forward and backward: 6 for each multiply-add of forward
};
/// He et al. 2015, arXiv:1512.03385, table 1: 3.8·10⁹ multiply-adds for an image.
inline constexpr Training resnet_50{25.6e6, 53, 26'560, 6 * 3.8e9};

inline double cheapest(double p, double bytes, const Network& net) {
  return p == 1 ? 0 : std::min({ring(p, bytes, net), tree(p, bytes, net), halving(p, bytes, net)});
}
inline double gradients(const Training& net, double p, const Network& wire) {
  return cheapest(p, 4 * net.parameters, wire);
}
inline double statistics(const Training& net, double p, const Network& wire) {
  return net.norms * 2 * cheapest(p, 4 * (2 * net.channels / net.norms + 1), wire);
}
inline double computing(const Training& net, double p, double batch, double speed) {
  return batch / p * net.flops / speed;
}
/// Of a batch that is shared out to p machines, one thing after another; speed: flop/s.
inline double speed_up(const Training& net, double p, double batch, double speed,
                       const Network& wire, bool sync) {
  const double step = computing(net, p, batch, speed) + gradients(net, p, wire);
  return computing(net, 1, batch, speed) / (step + (sync ? statistics(net, p, wire) : 0));
}

/// What there is to add up when the lesson's network trains.
inline Training counted(ResNet net) {
  Training sum{};
  for (const NamedParameter& p : net.named_parameters()) {
    const double entries = double(p.parameter->value.n_elem);
    const bool in_stage = p.name.starts_with("layer"), is_weight = !p.form.shape.empty();
    // The head comes after all positions have become one.
    const double positions =
        p.name.starts_with("fc") ? 1 : 64 / std::pow(4, in_stage ? p.name[5] - '1' : 0);
    sum.parameters += entries;
    if (is_weight) sum.flops += 6 * entries * positions;
  }
  for (const NamedBuffer& b : net.named_buffers()) {
    if (!b.name.ends_with("running_mean")) continue;
    ++sum.norms;
    sum.channels += double(b.buffer->n_elem);
  }
  return sum;
}

inline const Band exact = between(1 - 1e-9, 1 + 1e-9, "the formula");

inline void play(Lesson& lesson, const Network& wire) {
  for (Index p : {2, 8, 64}) {
    Played played{p, 1e6, wire};
    lesson.claim(fmt::format("ring of {}, played through / formula", p),
                 {played.by_ring() / ring(double(p), 1e6, wire)}, exact);
    lesson.claim(fmt::format("halving and doubling of {}, the same", p),
                 {played.by_halving() / halving(double(p), 1e6, wire)}, exact);
  }
}

inline void costs(Lesson& lesson, const Training& small, const Network& wire, double speed) {
  const Network fast{2e-6, 100e9 / 8};
  const auto label = [](const Network& net) {
    return fmt::format("{:g} Gbit/s, {:g} µs", 8e-9 * net.bandwidth, 1e6 * net.latency);
  };
  const auto gbit = [](const Network& net) {
    return fmt::format("{:g} Gbit/s", 8e-9 * net.bandwidth);
  };
  Table table({{"machines", Digits::decimals(0)},
               "ring, ms",
               "tree, ms",
               "halving, ms",
               "statistics, ms",
               "computing, ms",
               "speed-up",
               label(fast),
               "this lesson's network"});
  std::vector<double> machines, bytes;
  for (double p = 1; p <= 1024; p *= 2) machines.push_back(p);
  for (double n = 8; n < 2e9; n *= 4) bytes.push_back(n);
  const double n = 4 * resnet_50.parameters, batch = 1024;
  const auto speed_of = [&](const Training& net, const Network& by, bool sync) {
    return map(machines, [&, sync](double p) { return speed_up(net, p, batch, speed, by, sync); });
  };
  for (double p : {8, 64, 512, 1024})
    table.row({p, 1e3 * ring(p, n, wire), 1e3 * tree(p, n, wire), 1e3 * halving(p, n, wire),
               1e3 * statistics(resnet_50, p, wire), 1e3 * computing(resnet_50, p, batch, speed),
               speed_up(resnet_50, p, batch, speed, wire, true),
               speed_up(resnet_50, p, batch, speed, fast, true),
               speed_up(small, p, batch, speed, wire, true)});
  fmt::print("ResNet-50, a batch of 1,024, {}, {:g} Tflop/s a machine\n", label(wire),
             speed / 1e12);
  table.print();
  lesson.claim("ResNet-50 on 64 machines, speed-up",
               {speed_up(resnet_50, 64, batch, speed, wire, true)},
               between(10.4, 10.5, "by hand: 2,335 / (36.5 + 161.5 + 26.1)"));
  Figure figure(
      fmt::format("64 machines train ResNet-50 {} times as fast as one",
                  lesson.claimed("ResNet-50 on 64 machines, speed-up", Digits::decimals(1))),
      label(wire) + " a message, batch of 1,024; green: " + label(fast), 3);
  Chart sums("A sum over 64 machines");
  const auto add = [&](const char* name, auto& cost, Colour colour) {
    sums.line(name, bytes, map(bytes, [&](double b) { return cost(64, b, wire); }), colour);
  };
  add("ring", ring, colour::batch);
  add("tree", tree, colour::none);
  add("halving", halving, colour::layer);
  sums.x_axis("bytes", Axis::log).y_axis("seconds", Axis::log);
  figure.add(sums);
  const std::vector<std::pair<const char*, const Training*>> nets = {
      {"ResNet-50: speed-up", &resnet_50}, {"This lesson's network: speed-up", &small}};
  for (const auto& [title, net] : nets) {
    Chart chart(title);
    chart.theory("ideal", machines, machines)
        .line(gbit(fast), machines, speed_of(*net, fast, true), colour::layer)
        .line(gbit(wire), machines, speed_of(*net, wire, true), colour::batch)
        .line("no statistics", machines, speed_of(*net, wire, false), colour::rms)
        .x_axis("machines", Axis::log)
        .y_axis("times as fast as one", Axis::log);
    figure.add(chart);
  }
  lesson.chart(figure, "costs");
}

}  // namespace evenkeel::lesson
