#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../../lessons/atlas/atlas_table.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/base/parallel.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(atlas_table)

const std::string header = "optimizer,norm,placement,width,steps,layers,rate,seed,loss,trains\n";
const std::string row = "adamw,layer,post,32,400,6,0.01,42,2.5,no\n";
const Trial trial{"adamw", "layer", "post", 32, 400, 6, 0.01, 42};

Trial with(Index layers, double rate, std::uint64_t seed) {
  Trial other = trial;
  other.layers = layers;
  other.rate = rate;
  other.seed = seed;
  return other;
}

BOOST_AUTO_TEST_CASE(it_begins_empty_and_finds_again_what_it_wrote) {
  const Scratch folder;
  AtlasTable table(folder / "atlas.csv", 1.4);
  table.read();
  BOOST_TEST(table.size() == 0u);
  table.add(trial, 2.5);
  table.add(with(6, 0.01, 43), 1.0 / 3);
  table.write();
  BOOST_TEST(bytes_of(folder / "atlas.csv") ==
             header + row + "adamw,layer,post,32,400,6,0.01,43,0.3333333333333333,yes\n");
  AtlasTable again(folder / "atlas.csv", 1.4);
  again.read();
  BOOST_TEST(again.size() == 2u);
  BOOST_TEST(again.has(trial));
  BOOST_TEST(!again.trains(trial));
  BOOST_TEST(again.loss(with(6, 0.01, 43)) == 1.0 / 3);
  BOOST_TEST(again.trains(with(6, 0.01, 43)));
  BOOST_TEST(!again.has(with(6, 0.01, 44)));
  BOOST_CHECK_THROW(again.trains(with(6, 0.01, 44)), Error);
}

BOOST_AUTO_TEST_CASE(every_column_of_the_key_parts_trainings) {
  const Scratch folder;
  AtlasTable table(folder / "atlas.csv", 1.4);
  table.add(trial, 2.5);
  std::vector<Trial> others(8, trial);
  others[0].optimizer = "sgd";
  others[1].norm = "rms";
  others[2].placement = "pre";
  others[3].width = 64;
  others[4].steps = 200;
  others[5].layers = 12;
  others[6].rate = 0.02;
  others[7].seed = 43;
  for (const Trial& other : others) BOOST_TEST(!table.has(other));
  for (const Trial& other : others) table.add(other, 1);
  table.write();
  AtlasTable again(folder / "atlas.csv", 1.4);
  again.read();
  BOOST_TEST(again.size() == 9u);
  for (const Trial& other : others) BOOST_TEST(again.loss(other) == 1);
  BOOST_TEST(again.loss(trial) == 2.5);
}

BOOST_AUTO_TEST_CASE(the_file_is_the_same_in_whichever_order_and_in_how_many_runs) {
  const Scratch folder;
  const std::vector<Trial> trials = {with(16, 0.01, 42), with(2, 0.04, 43), with(2, 0.01, 43),
                                     with(2, 0.01, 42)};
  AtlasTable forth(folder / "forth.csv", 1.4);
  for (std::size_t i = 0; i < 4; ++i) forth.add(trials[i], static_cast<double>(trials[i].layers));
  forth.write();
  for (std::size_t i = 4; i-- > 0;) {
    AtlasTable run(folder / "back.csv", 1.4);
    run.read();
    run.add(trials[i], static_cast<double>(trials[i].layers));
    run.write();
  }
  BOOST_TEST(bytes_of(folder / "forth.csv") == bytes_of(folder / "back.csv"));
  BOOST_TEST(bytes_of(folder / "forth.csv") ==  // 2 before 16, as numbers
             header + "adamw,layer,post,32,400,2,0.01,42,2,no\n" +
                 "adamw,layer,post,32,400,2,0.01,43,2,no\n" +
                 "adamw,layer,post,32,400,2,0.04,43,2,no\n" +
                 "adamw,layer,post,32,400,16,0.01,42,16,no\n");
}

/// What a training ends with: its depth.
std::optional<double> depth_of(const Trial& trial) {
  return static_cast<double>(trial.layers);
}

BOOST_AUTO_TEST_CASE(it_measures_what_it_lacks_in_the_order_given) {
  const Scratch folder;
  set_num_threads(1);
  AtlasTable table(folder / "atlas.csv", 1.4);
  table.add(with(8, 0.01, 42), 1);
  std::vector<Index> measured;
  const auto measure = [&](const Trial& trial) {
    measured.push_back(trial.layers);
    return depth_of(trial);
  };
  table.complete({with(16, 0.01, 42), with(2, 0.01, 42), with(8, 0.01, 42), with(4, 0.01, 42)},
                 measure, nullptr);
  set_num_threads(0);
  BOOST_TEST(measured == (std::vector<Index>{16, 2, 4}), boost::test_tools::per_element());
  BOOST_TEST(table.loss(with(8, 0.01, 42)) == 1);
  BOOST_TEST(table.loss(with(4, 0.01, 42)) == 4);
}

BOOST_AUTO_TEST_CASE(a_run_that_was_stopped_goes_on_to_the_same_bytes) {
  const Scratch folder;
  std::vector<Trial> trials;
  for (std::uint64_t seed = 0; seed < 40; ++seed) trials.push_back(with(seed % 7, 0.01, seed));
  std::string written[2];
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    const std::string name = fmt::format("{}.csv", threads);
    AtlasTable stopped(folder / name, 1.4);
    std::atomic<int> left = 15;  // then comes Ctrl-C
    stopped.complete(
        trials, [&](const Trial& t) { return --left < 0 ? std::optional<double>() : depth_of(t); },
        nullptr);
    BOOST_TEST(stopped.size() == 15u);
    AtlasTable again(folder / name, 1.4);
    again.read();
    BOOST_TEST(again.size() == 15u);
    again.complete(trials, depth_of, nullptr);
    written[threads - 1] = bytes_of(folder / name);
  }
  set_num_threads(0);
  AtlasTable at_once(folder / "at once.csv", 1.4);
  at_once.complete(trials, depth_of, nullptr);
  const std::string expected = bytes_of(folder / "at once.csv");
  BOOST_TEST(std::ranges::count(expected, '\n') == 41);
  for (const std::string& one : written) BOOST_TEST(one == expected);
}

BOOST_AUTO_TEST_CASE(what_diverged_has_an_infinite_loss) {
  const Scratch folder;
  AtlasTable table(folder / "atlas.csv", 1.4);
  table.add(trial, NAN);
  table.write();
  BOOST_TEST(bytes_of(folder / "atlas.csv") ==
             header + "adamw,layer,post,32,400,6,0.01,42,inf,no\n");
  AtlasTable again(folder / "atlas.csv", 1.4);
  again.read();
  BOOST_TEST(again.loss(trial) == std::numeric_limits<double>::infinity());
  BOOST_TEST(!again.trains(trial));
}

BOOST_AUTO_TEST_CASE(what_it_did_not_write_is_refused_by_line_and_stays_as_it_was) {
  const std::string twice = "this training stands there twice", no_row = "not a training's row";
  const std::map<std::string, std::pair<int, std::string>> files = {
      {"", {1, "expected optimizer,"}},
      {"quantity,series,seed,x,value\n", {1, "expected optimizer,"}},
      {header + "adamw,layer,post,32,400,6,0.01,42\n", {2, no_row}},
      {header + row + "adamw,layer,post,32,400,6,0.01,43,nan,no\n", {3, no_row}},
      {header + "adamw,layer,post,32,400,6,0.01,42,-2.5,yes\n", {2, no_row}},
      {header + "adamw,layer,post,32,400,6,nan,42,2.5,no\n", {2, no_row}},
      {header + "adamw,layer,post,32,400,6,0,42,2.5,no\n", {2, no_row}},
      {header + "adamw,layer,post,32,400,6.5,0.01,42,2.5,no\n", {2, no_row}},
      {header + "adamw,layer,post,32,400,6,0.01,42,2.5,no,\n", {2, no_row}},
      {header + row + row, {3, twice}},
      {header + "adamw,layer,post,32,400,6,0.01,42,2.5,yes\n", {2, "trains is yes where"}},
      {header + row + "adamw,layer,post,32,4", {3, "the line has no end"}},
      {header + row.substr(0, row.size() - 1), {2, "the line has no end"}},
  };
  const Scratch folder;
  for (const auto& [bytes, refused] : files) {
    const auto& [line, why] = refused;
    const std::string expected = fmt::format("line {}: {}", line, why);
    folder.write("atlas.csv", bytes);
    AtlasTable table(folder / "atlas.csv", 1.4);
    BOOST_TEST_CONTEXT(bytes) {
      BOOST_CHECK_EXCEPTION(table.read(), Error, [&](const Error& error) {
        return std::string(error.what()).find(expected) != std::string::npos;
      });
      BOOST_TEST(bytes_of(folder / "atlas.csv") == bytes);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
