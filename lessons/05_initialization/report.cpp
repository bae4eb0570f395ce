// What lesson 05 prints, claims and writes.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "evenkeel/chart/table.hpp"
#include "initialization.hpp"

namespace initialization {

using namespace ek::lesson;

namespace {

struct Interval {
  double low, high;
};

const ek::Digits three = ek::Digits::significant(3);

bool standard(const Setting& s) {
  const Setting usual;
  return s.width == usual.width && s.samples == usual.samples && s.layers == usual.layers;
}

const Study& by_name(const std::vector<Study>& studies, const std::string& name) {
  return *std::find_if(studies.begin(), studies.end(),
                       [&](const Study& study) { return study.recipe.name == name; });
}

// All bands hold 99 of 100 draws; of one run from 2,000 simulated seeds, of the
// median of 20 from 4,000 draws of 20 of these.
void claim_layer(Lesson& lesson, const std::string& text, const Study& study, ByLayer Run::*which,
                 std::size_t layer, Interval one, Interval median, const std::string& because,
                 bool judged) {
  const double value = (study.runs.front().*which)[layer];
  const double middle = study.median(which)[layer];
  lesson.claim({text, value, value, one.low, one.high, because, three, judged});
  lesson.claim({"  median over seeds", middle, middle, median.low, median.high, because, three,
                judged && study.runs.size() >= 20});
}

void claim_relu(Lesson& lesson, const Results& r) {
  const bool judged = standard(r.setting);
  const std::size_t last = r.setting.layers - 1;
  const double he = relu_rms(ek::gain::relu, r.setting.layers).back();
  const double xavier = relu_rms(1, r.setting.layers).back();
  claim_layer(lesson, "rms after the last ReLU, He", by_name(r.relu, "he"), &Run::rms, last,
              {0.554, 1.670}, {0.805, 1.100}, fmt::format("theory {:.3g}", he), judged);
  claim_layer(lesson, "rms after the last ReLU, Xavier", by_name(r.relu, "xavier"), &Run::rms, last,
              {0.0166, 0.0524}, {0.0256, 0.0349},
              fmt::format("theory (1/√2)^{} = {:.3g}", r.setting.layers, xavier), judged);
  const ByLayer& normed = by_name(r.relu, "layer_norm").runs.front().rms;
  const auto [low, high] = std::minmax_element(normed.begin(), normed.end());
  lesson.claim({"rms with LayerNorm, all layers", *low, *high, 0.655, 0.755,
                "theory 1/√2 = 0.707, for any weights", three, judged});
}

void claim_tanh(Lesson& lesson, const Results& r) {
  const bool judged = standard(r.setting);
  const ByLayer theory = tanh_rms(1, r.setting.layers);
  const Study& tanh = by_name(r.tanh, "gain_1");
  const Interval bands[] = {{0.620, 0.634}, {0.309, 0.332}, {0.211, 0.243}};
  const std::size_t layers[] = {1, 5, 10};
  for (int i = 0; i < 3; ++i) {
    if (layers[i] > r.setting.layers) continue;
    const double value = tanh.runs.front().rms[layers[i] - 1];
    lesson.claim({fmt::format("rms after {} tanh, gain 1", layers[i]), value, value, bands[i].low,
                  bands[i].high, fmt::format("theory {:.3f}", theory[layers[i] - 1]), three,
                  judged});
  }
}

void claim_saturation(Lesson& lesson, const Results& r) {
  const Study& study = by_name(r.saturation, "gain_5_3");
  const ByLayer theory = tanh_saturated(ek::gain::tanh, saturation_setting.layers);
  const ByLayer median = study.median(&Run::saturated);
  const Interval bands[] = {{20.1, 21.6}, {9.28, 10.25}, {6.53, 7.38}, {5.59, 6.41}, {5.24, 6.07}};
  for (std::size_t l = 0; l < theory.size(); ++l) {
    lesson.claim({fmt::format("% of |tanh| > 0.97 in layer {}, gain 5/3", l + 1), median[l],
                  median[l], bands[l].low, bands[l].high,
                  fmt::format("theory {:.1f}; median over seeds", theory[l]), three,
                  study.runs.size() >= 20});
  }
}

void claim_dead(Lesson& lesson, const Results& r) {
  const std::size_t last = dead_setting.layers - 1;
  const std::string because = "64 wide, 100 samples, W = 0.5·N(0,1), layer 10";
  claim_layer(lesson, "% of units dead, no norm", by_name(r.dead, "none"), &Run::dead, last,
              {3.1, 36.0}, {12.4, 22.0}, because, true);
  claim_layer(lesson, "% of units dead, LayerNorm", by_name(r.dead, "layer_norm"), &Run::dead, last,
              {4.6, 32.9}, {14.0, 22.0}, because, true);
  double most = 0;
  for (const Run& run : by_name(r.dead, "batch_norm").runs) {
    most = std::max(most, *std::max_element(run.dead.begin(), run.dead.end()));
  }
  lesson.claim({"% of units dead, BatchNorm, all layers and seeds", most, most, 0, 0,
                "a mean of 0 over the batch: something is above it", three});
}

// The mean of four seeds, from 200 seeds for each σw.
void claim_sweep(Lesson& lesson, const Results& r) {
  const Sweep& plain = r.sweeps[0];
  const std::pair<double, Interval> bands[] = {
      {0.5, {0.495, 0.504}}, {1, {0.957, 0.972}}, {2, {1.155, 1.179}}, {3, {1.342, 1.383}}};
  for (const auto& [sigma_w, band] : bands) {
    const auto at = std::find_if(plain.sigma_w.begin(), plain.sigma_w.end(),
                                 [&, s = sigma_w](double x) { return std::abs(x - s) < 1e-9; });
    const std::vector<double>& seeds =
        plain.growth[static_cast<std::size_t>(at - plain.sigma_w.begin())];
    const double mean = mean_of(seeds);
    lesson.claim({fmt::format("tanh gradient per layer, σw = {}", sigma_w), mean, mean, band.low,
                  band.high,
                  fmt::format("theory {:.3f}", tanh_gradient_growth(sigma_w, sweep_setting.layers)),
                  three, seeds.size() >= 4});
  }
  std::vector<double> normed;
  for (const std::vector<double>& seeds : r.sweeps[1].growth) normed.push_back(mean_of(seeds));
  const auto [low, high] = std::minmax_element(normed.begin(), normed.end());
  lesson.claim({"  with LayerNorm, all σw", *low, *high, 1.077, 1.104,
                fmt::format("theory {:.3f}", normalized_tanh_gradient_growth()), three,
                r.sweeps[1].growth.front().size() >= 4});
}

}  // namespace

void print_table(const Results& r) {
  const ek::Digits three_decimals = ek::Digits::decimals(3), one = ek::Digits::decimals(1);
  ek::Table table({"layer",
                   {"ReLU: He", three_decimals},
                   {"Xavier", three_decimals},
                   {"Xavier, LN", three_decimals},
                   {"tanh: gain 1", three_decimals},
                   {"gain 5/3", three_decimals},
                   {"dead %: none", one},
                   {"LN", one},
                   {"BN", one}});
  const std::size_t rows = std::min<std::size_t>(r.setting.layers, dead_setting.layers);
  for (std::size_t l = 0; l < rows; ++l) {
    table.row({l + 1, r.relu[0].runs.front().rms[l], r.relu[1].runs.front().rms[l],
               r.relu[2].runs.front().rms[l], r.tanh[0].runs.front().rms[l],
               r.tanh[1].runs.front().rms[l], r.dead[0].runs.front().dead[l],
               r.dead[1].runs.front().dead[l], r.dead[2].runs.front().dead[l]});
  }
  fmt::print(
      "  rms of what leaves the layer, and units that are 0 for every sample; first seed\n\n");
  table.print();
}

void claim_all(Lesson& lesson, const Results& r) {
  claim_relu(lesson, r);
  claim_dead(lesson, r);
  claim_tanh(lesson, r);
  claim_saturation(lesson, r);
  claim_sweep(lesson, r);
  // Adam divides each gradient by its own size, so that every entry moves by the learning rate; eps
  // takes a part of 1e-8 over the gradient's size from it.
  lesson.claim({"Adam's first update ÷ σ of the weights", r.first_update, r.first_update,
                0.99 * r.first_update_theory, 1.001 * r.first_update_theory,
                fmt::format("lr/σ(W) = {:.4g}", r.first_update_theory), three});
}

void write_tables(Lesson& lesson, const Results& r) {
  ek::CsvWriter layers(lesson.folder() / "layers.csv", {"experiment", "recipe", "seed", "layer",
                                                        "rms", "saturated", "dead", "gradient"});
  const std::pair<const char*, const std::vector<Study>*> all[] = {
      {"relu", &r.relu}, {"tanh", &r.tanh}, {"saturation", &r.saturation}, {"dead", &r.dead}};
  for (const auto& [experiment, studies] : all) {
    for (const Study& study : *studies) {
      for (std::size_t i = 0; i < study.runs.size(); ++i) {
        const Run& run = study.runs[i];
        for (std::size_t l = 0; l < run.rms.size(); ++l) {
          layers.row({experiment, study.recipe.name, lesson.seed() + i, l + 1, run.rms[l],
                      run.saturated[l], run.dead[l], run.gradient[l]});
        }
      }
    }
  }
  layers.close();
  lesson.wrote("layers.csv");
  ek::CsvWriter sweeps(lesson.folder() / "edge_of_chaos.csv",
                       {"norm", "sigma_w", "seed", "growth"});
  for (const Sweep& sweep : r.sweeps) {
    for (std::size_t i = 0; i < sweep.sigma_w.size(); ++i) {
      for (std::size_t seed = 0; seed < sweep.growth[i].size(); ++seed) {
        sweeps.row({sweep.norm, sweep.sigma_w[i], lesson.seed() + seed, sweep.growth[i][seed]});
      }
    }
  }
  sweeps.close();
  lesson.wrote("edge_of_chaos.csv");
}

}  // namespace initialization
