// What lesson 12 claims, writes and draws.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "growth.hpp"

namespace growth {

using namespace ek::lesson;

// Theory. A branch without attention has an output of mean square ½ when its input has 1: the
// weights keep it, ReLU halves it. Its sign is as likely + as −, so E(x + f)² = E x² + E f².
double theory(const Scheme& scheme, ek::Index layer, ek::Index layers) {
  const double l = static_cast<double>(layer);
  if (scheme.name == "none") return std::pow(1.5, l);  // f is as large as x: half of it
  if (scheme.name == "pre") return 1 + l / 2;
  if (scheme.name == "peri") return 1 + l;
  if (scheme.name == "gpt2") return 1 + l / (4 * static_cast<double>(layers));
  if (scheme.name != "lns") return 1;  // a norm is the last thing that happens
  double sum = 1;
  for (ek::Index i = 1; i <= layer; ++i) sum += 0.5 / static_cast<double>(i);
  return sum;
}

// --- Study ---------------------------------------------------------------------------------------

std::vector<ByLayer> Study::streams() const {
  std::vector<ByLayer> all;
  for (const Run& run : runs) all.push_back(run.stream);
  return all;
}

std::vector<double> Study::at(ek::Index layer) const {
  std::vector<double> all;
  for (const Run& run : runs) all.push_back(run.stream[layer]);
  return all;
}

std::vector<double> Study::slopes() const {
  std::vector<double> all;
  for (const Run& run : runs) {
    all.push_back((run.stream.back() - run.stream.front()) / static_cast<double>(setting.layers));
  }
  return all;
}

ByLayer Study::mean() const {
  ByLayer means;
  for (ek::Index layer = 0; layer <= setting.layers; ++layer) means.push_back(mean_of(at(layer)));
  return means;
}

const Study& Studies::find(const std::vector<Study>& studies, const std::string& scheme) const {
  for (const Study& study : studies) {
    if (study.scheme.name == scheme) return study;
  }
  throw std::out_of_range("no study of " + scheme);
}

// --- claims --------------------------------------------------------------------------------------

namespace {

// The mean over seeds, which must lie within three standard errors of what is expected. sd: of one
// seed, from 600 simulated ones.
struct Expected {
  double value, sd;
  std::string because;
};

void claim_mean(Lesson& lesson, std::string text, const std::vector<double>& values,
                const Expected& expected, bool judged) {
  const double mean = mean_of(values);
  const double off = 3 * expected.sd / std::sqrt(static_cast<double>(values.size()));
  lesson.claim({std::move(text), mean, mean, expected.value - off, expected.value + off,
                expected.because, ek::Digits::significant(3), judged});
}

}  // namespace

void claim_all(Lesson& lesson, const StackSetting& setting, const Studies& studies) {
  const bool standard = setting == StackSetting{};
  const Study& full_pre = studies.find(studies.full, "pre");
  claim_mean(lesson, "slope, pre-norm, feed-forward only",
             studies.find(studies.feed_forward, "pre").slopes(), {0.5, 0.054, "theory ½"},
             standard);
  const double slope = mean_of(full_pre.slopes());
  lesson.claim({"slope, pre-norm, whole block", slope, slope, 0.5, 1.5,
                "Xiong et al., Lemma 2: between ½ and 3/2", ek::Digits::significant(3), standard});
  claim_mean(lesson, "slope, peri-norm, whole block", studies.find(studies.full, "peri").slopes(),
             {2, 0.305, "theory 2"}, standard);
  std::vector<double> sums;
  for (const Run& run : studies.find(studies.full, "post").runs) sums.push_back(run.before_norm);
  claim_mean(lesson, "x + f(x) before its norm, post-norm", sums, {1.5, 0.047, "theory 3/2"},
             standard);
  const Study& none = studies.find(studies.feed_forward, "none");
  claim_mean(lesson, "block 12 without norm, feed-forward only",
             none.at(std::min<ek::Index>(12, setting.layers)),
             {std::pow(1.5, 12), 45, "theory 1.5¹² = 130"}, standard);
  claim_mean(lesson, "last block, LayerNorm Scaling, feed-forward only",
             studies.find(studies.feed_forward, "lns").at(setting.layers),
             {theory(scheme_by_name("lns"), 24, 24), 0.19, "theory 1 + ½(1 + ½ + … + 1/24) = 2.89"},
             standard);
  for (const Study& study : studies.by_depth) {
    if (study.scheme.name != "gpt2") continue;
    claim_mean(lesson, fmt::format("last of {} blocks, GPT-2 scaling", study.setting.layers),
               study.at(study.setting.layers), {1.338, 0.068, "the same for every depth"},
               setting.width == 64 && setting.length == 16 && !setting.causal);
  }
}

// --- tables --------------------------------------------------------------------------------------

void write_tables(Lesson& lesson, const Studies& studies) {
  ek::CsvWriter growth(lesson.folder() / "residual_growth.csv", {"layer", "series", "mean_square"});
  for (const std::vector<Study>* some : {&studies.full, &studies.feed_forward}) {
    for (const Study& study : *some) {
      const bool full = study.branches == Branches::both;
      const std::string series = study.scheme.name + (full ? "" : "_feed_forward_only");
      const ByLayer means = study.mean();
      for (std::size_t layer = 0; layer < means.size(); ++layer) {
        growth.row({layer, series, means[layer]});
      }
    }
  }
  growth.close();
  lesson.wrote("residual_growth.csv");
  ek::CsvWriter depth(lesson.folder() / "last_block.csv", {"depth", "series", "mean_square"});
  for (const Study& study : studies.by_depth) {
    depth.row({study.setting.layers, study.scheme.name, study.mean().back()});
  }
  depth.close();
  lesson.wrote("last_block.csv");
}

// --- charts --------------------------------------------------------------------------------------

namespace {

void add(ek::Chart& chart, const Study& study, const std::string& name, ek::Colour colour) {
  const std::vector<double> blocks = counted(study.setting.layers + 1);
  const Band band = band_over_seeds(study.streams());
  if (study.runs.size() > 1) chart.band(blocks, band.low, band.high, colour);
  chart.line(name, blocks, study.mean(), colour);
}

void add_theory(ek::Chart& chart, const std::string& name, ek::Index layers, double slope) {
  ByLayer line;
  for (double layer : counted(layers + 1)) line.push_back(1 + slope * layer);
  chart.theory(name, counted(layers + 1), line);
}

ek::Chart all_chart(const Studies& studies, const std::string& about) {
  const Study& none = studies.find(studies.full, "none");
  const Study& pre = studies.find(studies.full, "pre");
  const double layers = static_cast<double>(none.setting.layers);
  const double factor = std::pow(none.mean().back(), 1 / layers);
  ek::Chart chart{
      fmt::format("Without a norm the stream is multiplied by {:.1f} a block, pre-norm adds {:.1f}",
                  factor, mean_of(pre.slopes())),
      about + "; pale: 5–95 %"};
  chart.x_axis("block").y_axis("mean square of the stream", ek::Axis::log).y_range(0.7, 1000);
  for (const Study& study : studies.full) {
    add(chart, study, study.scheme.title, study.scheme.colour);
  }
  return chart;
}

ek::Chart bounds_chart(const Studies& studies, const std::string& about) {
  const Study& full = studies.find(studies.full, "pre");
  const Study& part = studies.find(studies.feed_forward, "pre");
  const ek::Index layers = full.setting.layers;
  ek::Chart chart{
      fmt::format("Pre-norm grows by {:.2f} a block, peri-norm by {:.2f}", mean_of(full.slopes()),
                  mean_of(studies.find(studies.full, "peri").slopes())),
      about + "; pale: 5–95 %"};
  chart.x_axis("block").y_axis("mean square of the stream");
  add(chart, studies.find(studies.full, "peri"), "peri-norm", ek::colour::peri);
  add(chart, full, "pre-norm", ek::colour::pre);
  add(chart, part, "pre-norm, feed-forward only", ek::colour::black);
  add_theory(chart, "1 + 2l", layers, 2);
  add_theory(chart, "upper bound 1 + 3l/2", layers, 1.5);
  add_theory(chart, "lower bound 1 + l/2", layers, 0.5);
  return chart;
}

ek::Chart feed_forward_chart(const Studies& studies, const std::string& about) {
  ek::Chart chart{"Without attention the growth is what can be computed exactly",
                  about + ", feed-forward only"};
  chart.x_axis("block").y_axis("mean square of the stream", ek::Axis::log).y_range(0.7, 1000);
  for (const Study& study : studies.feed_forward) {
    const ek::Index layers = study.setting.layers;
    ByLayer expected;
    for (ek::Index l = 0; l <= layers; ++l) expected.push_back(theory(study.scheme, l, layers));
    chart.points(study.scheme.title, counted(layers + 1), study.mean(), study.scheme.colour);
    const bool last = &study == &studies.feed_forward.back();  // one name is enough
    chart.theory(last ? "theory" : "", counted(layers + 1), expected);
  }
  return chart;
}

ek::Chart depth_chart(const Studies& studies, const std::string& about) {
  ek::Chart chart{"", about};
  chart.x_axis("blocks of the stack, L", ek::Axis::log)
      .y_axis("mean square after the last block", ek::Axis::log);
  for (const char* name : {"pre", "lns", "gpt2"}) {
    std::vector<double> depths;
    std::vector<double> last;
    for (const Study& study : studies.by_depth) {
      if (study.scheme.name != name) continue;
      depths.push_back(static_cast<double>(study.setting.layers));
      last.push_back(study.mean().back());
    }
    const Scheme& scheme = scheme_by_name(name);
    chart.line(scheme.title, depths, last, scheme.colour);
    chart.title = fmt::format("{} ends at {:.2f} after {} blocks, at {:.2f} after {}", scheme.title,
                              last.front(), depths.front(), last.back(), depths.back());
  }
  return chart;
}

}  // namespace

void draw_all(Lesson& lesson, const Studies& studies, const std::string& about) {
  const ek::Index layers = studies.full.front().setting.layers;
  const std::string at_depth = fmt::format("{} blocks, {}", layers, about);
  lesson.chart(all_chart(studies, at_depth), "residual_growth");
  lesson.chart(bounds_chart(studies, at_depth), "pre_norm_bounds");
  lesson.chart(feed_forward_chart(studies, at_depth), "feed_forward_only");
  lesson.chart(depth_chart(studies, about), "last_block");
}

}  // namespace growth
