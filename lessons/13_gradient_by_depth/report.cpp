// What lesson 13 claims, writes and draws.

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "gradients.hpp"

namespace gradients {

using namespace ek::lesson;

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

std::vector<double> Study::ratios(Weight weight) const {
  std::vector<double> all;
  for (const Run& run : runs) {
    const ByLayer& norms = run[static_cast<int>(weight)];
    all.push_back(norms.back() / norms.front());
  }
  return all;
}

std::vector<double> Study::last(Weight weight) const {
  std::vector<double> all;
  for (const Run& run : runs) all.push_back(run[static_cast<int>(weight)].back());
  return all;
}

ByLayer Study::typical(Weight weight) const {
  ByLayer means;
  for (ek::Index layer = 0; layer < setting.layers; ++layer) {
    std::vector<double> all;
    for (const Run& run : runs) all.push_back(run[static_cast<int>(weight)][layer]);
    means.push_back(geometric_mean(all));
  }
  return means;
}

std::vector<double> slopes(const Studies& studies, const std::string& scheme) {
  std::vector<double> log_depths;
  std::vector<std::vector<double>> norms;  // [depth][seed]
  for (const Study& study : studies.by_depth) {
    if (study.scheme.name != scheme) continue;
    log_depths.push_back(std::log(static_cast<double>(study.setting.layers)));
    norms.push_back(study.last(Weight::w2));
  }
  const double mean = mean_of(log_depths);
  std::vector<double> all;
  for (std::size_t seed = 0; seed < norms.front().size(); ++seed) {
    double above = 0;
    double below = 0;
    for (std::size_t d = 0; d < norms.size(); ++d) {
      above += (log_depths[d] - mean) * std::log(norms[d][seed]);
      below += (log_depths[d] - mean) * (log_depths[d] - mean);
    }
    all.push_back(above / below);
  }
  return all;
}

// --- claims --------------------------------------------------------------------------------------

namespace {

// What 800 simulated seeds say: their mean, and the standard deviation of a single one.
struct Expected {
  double value, sd;
  std::string because;
};

// Four standard errors of the difference between these seeds' mean and that of the 800: fourteen
// claims are judged at once, so three would fail too often.
double allowed(const Expected& expected, std::size_t seeds) {
  return 4 * expected.sd * std::sqrt(1 / static_cast<double>(seeds) + 1.0 / 800);
}

void claim_mean(Lesson& lesson, std::string text, const std::vector<double>& values,
                const Expected& expected, bool judged) {
  const double mean = mean_of(values);
  const double off = allowed(expected, values.size());
  lesson.claim({std::move(text), mean, mean, expected.value - off, expected.value + off,
                expected.because, ek::Digits::decimals(3), judged});
}

// The same for the geometric mean; sd: of the logarithm.
void claim_ratio(Lesson& lesson, std::string text, const std::vector<double>& values,
                 const Expected& expected, bool judged) {
  const double mean = geometric_mean(values);
  const double off = std::exp(allowed(expected, values.size()));
  lesson.claim({std::move(text), mean, mean, expected.value / off, expected.value * off,
                expected.because, ek::Digits::significant(3), judged});
}

// Without attention: what theory says, which the simulated seeds meet within 2 %.
void claim_feed_forward(Lesson& lesson, const std::vector<Study>& studies, bool judged) {
  const Expected post[] = {{1, 0.13, "theory 1"}, {1, 0.21, "theory 1"}, {1, 0.33, "theory 1"}};
  const Expected pre[] = {{0.612, 0.10, "theory √(3/8)"},
                          {0.463, 0.12, "theory √(3/14)"},
                          {0.340, 0.15, "theory √(3/26)"}};
  for (std::size_t i = 0; i < studies.size(); ++i) {
    const Study& study = studies[i];
    const std::size_t depth = i % std::size(feed_forward_depths);
    const Expected& expected = study.scheme.name == "post" ? post[depth] : pre[depth];
    claim_ratio(lesson,
                fmt::format("W2 last/first of {}, {}, feed-forward only", study.setting.layers,
                            study.scheme.title),
                study.ratios(Weight::w2), expected, judged);
  }
}

}  // namespace

void claim_all(Lesson& lesson, const StackSetting& setting, const Studies& studies) {
  const bool any_depth = setting.width == 64 && setting.length == 16;
  const auto slope = [&](const char* name, double expected, double sd, const char* because) {
    claim_mean(lesson, fmt::format("slope against L, {}", scheme_by_name(name).title),
               slopes(studies, name), {expected, sd, because}, any_depth);
  };
  slope("post", 0.028, 0.103, "Theorem 1: at most L^0");
  slope("pre", -0.499, 0.104, "Theorem 1: at most L^−½");
  slope("peri", -0.454, 0.092, "theory (1 + 2L)^−½: −0.475");
  slope("deep", -0.499, 0.040, "theory L^−½");

  claim_feed_forward(lesson, studies.feed_forward, any_depth);

  const bool standard = any_depth && setting.layers == 6 && studies.by_layer[0].batches == 20;
  const Study& full_post = studies.by_layer[0];
  const std::string of = fmt::format("last/first of {}, ", setting.layers);
  const std::string text = of + "post-norm, whole block";
  const std::string because =
      fmt::format("heuristic (3/2)^((L−1)/2) = {:.2f}",
                  std::pow(1.5, (static_cast<double>(setting.layers) - 1) / 2));
  claim_ratio(lesson, "V " + text, full_post.ratios(Weight::v), {2.83, 0.295, because}, standard);
  claim_ratio(lesson, "W1 " + text, full_post.ratios(Weight::w1), {2.04, 0.30, because}, standard);
  claim_ratio(lesson, "W2 " + text, full_post.ratios(Weight::w2), {1.06, 0.297, because}, standard);
  claim_ratio(lesson, "W2 " + of + "DeepNorm, whole block", studies.by_layer[3].ratios(Weight::w2),
              {0.995, 0.032, "the same in all blocks"}, standard);
}

// --- tables --------------------------------------------------------------------------------------

namespace {

void write_layers(ek::CsvWriter& csv, const Study& study, const std::string& series) {
  for (Weight weight : weights) {
    if (study.branches == Branches::feed_forward && weight == Weight::v) continue;
    const ByLayer norms = study.typical(weight);
    for (std::size_t layer = 0; layer < norms.size(); ++layer) {
      csv.row({series, layer + 1, weight_names[static_cast<int>(weight)], norms[layer]});
    }
  }
}

}  // namespace

void write_tables(Lesson& lesson, const Studies& studies) {
  ek::CsvWriter layers(lesson.folder() / "gradient_by_layer.csv",
                       {"series", "layer", "parameter", "grad_norm"});
  for (const Study& study : studies.by_layer) write_layers(layers, study, study.scheme.name);
  for (const Study& study : studies.feed_forward) {
    write_layers(layers, study,
                 fmt::format("{}_feed_forward_only_{}", study.scheme.name, study.setting.layers));
  }
  layers.close();
  lesson.wrote("gradient_by_layer.csv");

  ek::CsvWriter depth(lesson.folder() / "gradient_by_depth.csv",
                      {"series", "depth", "parameter", "grad_norm"});
  for (const Study& study : studies.by_depth) {
    for (Weight weight : weights) {
      depth.row({study.scheme.name, study.setting.layers, weight_names[static_cast<int>(weight)],
                 geometric_mean(study.last(weight))});
    }
  }
  depth.close();
  lesson.wrote("gradient_by_depth.csv");
}

// --- charts --------------------------------------------------------------------------------------

namespace {

std::vector<double> blocks(ek::Index layers) {
  std::vector<double> numbers = counted(layers);
  for (double& number : numbers) number += 1;
  return numbers;
}

ByLayer over(ByLayer norms, double reference) {
  for (double& norm : norms) norm /= reference;
  return norms;
}

const Study& find(const std::vector<Study>& studies, const std::string& scheme, ek::Index layers) {
  for (const Study& study : studies) {
    if (study.scheme.name == scheme && study.setting.layers == layers) return study;
  }
  throw std::out_of_range("no study of " + scheme);
}

ek::Chart depth_chart(const Studies& studies, const std::string& about) {
  ek::Chart chart{
      fmt::format("The deeper the stack, the smaller the gradient: exponent {:.2f} under pre-norm, "
                  "{:.2f} under post-norm",
                  mean_of(slopes(studies, "pre")), mean_of(slopes(studies, "post"))),
      about + ", causal"};
  chart.x_axis("blocks of the stack, L", ek::Axis::log)
      .y_axis("‖∂loss/∂W2‖, last block", ek::Axis::log);
  const std::vector<double> all_depths(std::begin(depths), std::end(depths));
  for (const char* name : {"post", "pre", "peri", "deep"}) {
    std::vector<double> norms;
    for (ek::Index layers : depths) {
      norms.push_back(geometric_mean(find(studies.by_depth, name, layers).last(Weight::w2)));
    }
    const Scheme& scheme = scheme_by_name(name);
    chart.line(scheme.title, all_depths, norms, scheme.colour);
    if (scheme.name == "post") continue;
    std::vector<double> theory;
    for (double depth : all_depths) theory.push_back(norms[0] * std::sqrt(all_depths[0] / depth));
    chart.theory(scheme.name == "deep" ? "1/√L" : "", all_depths, theory);
  }
  return chart;
}

ek::Chart layer_chart(const Studies& studies, const std::string& about) {
  const double up = geometric_mean(studies.by_layer[0].ratios(Weight::w1));
  const double down = geometric_mean(studies.by_layer[1].ratios(Weight::w1));
  ek::Chart chart{
      fmt::format(
          "W1's gradient from the first block to the last: {:.1f}× under post-norm, {:.1f}× "
          "under pre-norm",
          up, down),
      fmt::format("{}, mean gradient of {} batches", about, studies.by_layer[0].batches)};
  chart.x_axis("block").y_axis("‖∂loss/∂W1‖", ek::Axis::log);
  for (const Study& study : studies.by_layer) {
    chart.line(study.scheme.title, blocks(study.setting.layers), study.typical(Weight::w1),
               study.scheme.colour);
  }
  return chart;
}

ek::Chart heuristic_chart(const Studies& studies, const std::string& about) {
  const Study& full = studies.by_layer[0];
  const ek::Index layers = full.setting.layers;
  ek::Chart chart{"Post-norm: the gradient falls towards the first block in V and W1, not in W2",
                  fmt::format("{}, mean gradient of {} batches", about, full.batches)};
  chart.x_axis("block").y_axis("‖gradient‖, first block = 1", ek::Axis::log);
  constexpr ek::Colour colours[] = {ek::colour::instance, ek::colour::batch, ek::colour::post};
  for (Weight weight : weights) {
    const int w = static_cast<int>(weight);
    const ByLayer norms = full.typical(weight);
    chart.line(weight_names[w], blocks(layers), over(norms, norms.front()), colours[w]);
  }
  ByLayer heuristic;
  for (double block : blocks(layers)) {
    heuristic.push_back(std::pow(1.5, (block - 1) / 2));
  }
  chart.theory("heuristic", blocks(layers), heuristic);
  return chart;
}

ek::Chart feed_forward_chart(const Studies& studies, const std::string& about) {
  const ek::Index layers = feed_forward_depths[2];
  ek::Chart chart{"Without attention post-norm's gradient is flat, pre-norm's falls with the block",
                  fmt::format("{} blocks, feed-forward only, {}", layers, about)};
  chart.x_axis("block").y_axis("‖∂loss/∂W2‖, first block = 1").y_range(0, 1.5);
  for (const char* name : {"post", "pre"}) {
    const Study& study = find(studies.feed_forward, name, layers);
    const ByLayer norms = study.typical(Weight::w2);
    chart.line(study.scheme.title, blocks(layers), over(norms, norms.front()), study.scheme.colour);
  }
  ByLayer pre;
  for (double block : blocks(layers)) pre.push_back(std::sqrt(1.5 / (1 + block / 2)));
  chart.theory("√(3/2 / (1 + l/2))", blocks(layers), pre);
  chart.theory("", blocks(layers), ByLayer(layers, 1.0));
  return chart;
}

}  // namespace

void draw_all(Lesson& lesson, const Studies& studies, const std::string& about) {
  const std::string at_depth =
      fmt::format("{} blocks, {}", studies.by_layer[0].setting.layers, about);
  lesson.chart(depth_chart(studies, about), "gradient_by_depth");
  lesson.chart(layer_chart(studies, at_depth), "gradient_by_layer");
  lesson.chart(heuristic_chart(studies, at_depth), "heuristic");
  lesson.chart(feed_forward_chart(studies, about), "feed_forward_only");
}

}  // namespace gradients
