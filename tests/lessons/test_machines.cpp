#include "machines.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "evenkeel/models/resnet.hpp"
#include "evenkeel/norm/image_norm.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(machines)

const Network wire{20e-6, 10e9 / 8};

/// An all-reduce played through, message by message: machine i begins with i + 1 in each of p
/// numbers, `bytes` together.
struct Played {
  Index p;
  double bytes;
  std::vector<std::vector<double>> held{p, std::vector<double>(p)};  ///< by machine
  double seconds = 0;

  Played(Index machines, double all_bytes) : p(machines), bytes(all_bytes) {
    for (Index i = 0; i < p; ++i) held[i].assign(p, double(i + 1));
  }
  bool all_have_the_sum() const {
    for (const std::vector<double>& numbers : held) {
      for (double sum : numbers) {
        if (sum != double(p * (p + 1)) / 2) return false;
      }
    }
    return true;
  }
  void by_ring() {
    for (Index round = 0; round < 2 * (p - 1); ++round) {
      const auto sent = held;
      for (Index i = 0; i < p; ++i) {  // to its neighbour: first sums grow, then they go round
        const Index part = (i + 2 * p - round) % p, to = (i + 1) % p;
        held[to][part] = sent[i][part] + (round < p - 1 ? sent[to][part] : 0);
      }
      seconds += wire.message(bytes / double(p));
    }
  }
  /// Machine i gets all numbers of i + apart, or gives it all of its own.
  void by_tree() {
    Index widest = 1;
    for (; widest < p; widest *= 2) {
      for (Index i = 0; i + widest < p; i += 2 * widest) {
        for (Index part = 0; part < p; ++part) held[i][part] += held[i + widest][part];
      }
      seconds += wire.message(bytes);
    }
    for (Index apart = widest / 2; apart > 0; apart /= 2) {
      for (Index i = 0; i + apart < p; i += 2 * apart) held[i + apart] = held[i];
      seconds += wire.message(bytes);
    }
  }
  void by_halving() {
    for (Index apart = p / 2; apart > 0; apart /= 2) exchange(apart, true);
    for (Index apart = 1; apart < p; apart *= 2) exchange(apart, false);
  }
  /// Machines `apart` from each other: of the numbers they share, i answers for those that agree
  /// with it in this bit. It gets them to add up, or gives them away when they are.
  void exchange(Index apart, bool adding) {
    const auto sent = held;
    for (Index i = 0; i < p; ++i) {
      const Index other = i ^ apart;
      for (Index part = 0; part < p; ++part) {
        const Index answers = adding ? i : other;
        if (part / apart != answers / apart) continue;
        held[i][part] = sent[other][part] + (adding ? sent[i][part] : 0);
      }
    }
    seconds += wire.message(bytes * double(apart) / double(p));
  }
};

void plays(Index p, void (Played::*way)(), double (*formula)(double, double, const Network&)) {
  for (double bytes : {0.0, 1e6}) {
    Played played(p, bytes);
    (played.*way)();
    BOOST_TEST_CONTEXT(p << " machines, " << bytes << " bytes") {
      BOOST_TEST(played.all_have_the_sum());
      // Some hundred additions.
      BOOST_TEST(std::abs(played.seconds / formula(double(p), bytes, wire) - 1) < 1e-12);
    }
  }
}

BOOST_AUTO_TEST_CASE(all_reduces_played_through_take_what_the_formulas_say) {
  for (Index p : {2, 3, 8, 11, 64}) {
    plays(p, &Played::by_ring, ring);
    plays(p, &Played::by_tree, tree);
  }
  for (Index p : {2, 8, 64}) plays(p, &Played::by_halving, halving);
}

BOOST_AUTO_TEST_CASE(the_cheapest_takes_latency_for_few_bytes_and_bandwidth_for_many) {
  BOOST_TEST(cheapest(1, 1e6, wire) == 0);
  BOOST_TEST(cheapest(64, 0, wire) == tree(64, 0, wire));
  BOOST_TEST(cheapest(64, 1e9, wire) == halving(64, 1e9, wire));
}

// By hand, in ms: 1,024 · 22.8 Gflop at 10 Tflop/s are 2,335; 102.4 MB take 2·63/64·102.4/1.25 +
// 12·0.02; 106 sums of 4·(2·26,560/53 + 1) bytes 106·(0.24 + 2·63/64·4,012.9/1.25e6).
BOOST_AUTO_TEST_CASE(a_step_on_64_machines) {
  const Step step{resnet_50, wire, 10e12};
  BOOST_TEST(1e3 * step.computing(1) == 2334.72, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(1e3 * step.gradients(64) == 161.52, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(1e3 * step.statistics(64) == 26.11, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(step.speed_up(64) == 2334.72 / (36.48 + 161.52 + 26.11),
             boost::test_tools::tolerance(1e-4));
  BOOST_TEST(step.speed_up(64, false) == 2334.72 / (36.48 + 161.52),
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(step.speed_up(1) == 1);
  BOOST_TEST((step.speed_ups({1, 64}) == std::vector<double>{1, step.speed_up(64)}));
}

BOOST_AUTO_TEST_CASE(what_the_digits_network_asks_for_is_counted) {
  Random random(1);
  ResNet net({.in = {1, 8, 8}, .widths = {8, 16, 32, 64}, .conv = {.norm = image_norm("batch")}},
             random);
  Training counted{"", 0, 0, 0, 0};
  for (const NamedParameter& p : net.named_parameters()) {
    const double entries = double(p.parameter->value.n_elem);
    const bool in_stage = p.name.starts_with("layer"), is_weight = !p.form.shape.empty();
    // The head comes after all positions have become one.
    const double positions =
        p.name.starts_with("fc") ? 1 : 64 / std::pow(4, in_stage ? p.name[5] - '1' : 0);
    counted.parameters += entries;
    if (is_weight) counted.flops += 6 * entries * positions;
  }
  for (const NamedBuffer& b : net.named_buffers()) {
    if (!b.name.ends_with("running_mean")) continue;
    ++counted.norms;
    counted.channels += double(b.buffer->n_elem);
  }
  BOOST_TEST(resnet_digits.parameters == counted.parameters);
  BOOST_TEST(resnet_digits.norms == counted.norms);
  BOOST_TEST(resnet_digits.channels == counted.channels);
  BOOST_TEST(resnet_digits.flops == counted.flops);
}

// For 8, 8, 8, 1: Σ c²/n = 3·0.07²/8 + 0.21²/1 = 0.0459375.
BOOST_AUTO_TEST_CASE(mistakes_are_worth_what_they_are_by_hand) {
  BOOST_TEST(error_of("backward", {8, 8, 8, 1}) == std::sqrt(2 * 0.0459375 * 25 / 23),
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(error_of("forward", {8, 8, 8, 1}) == std::sqrt((1 + 23.0 / 52) * 0.0459375 * 25 / 24),
             boost::test_tools::tolerance(1e-12));
  for (const char* mistake : {"forward", "backward", "after"})
    BOOST_TEST(error_of(mistake, {8, 8, 8, 8}) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
