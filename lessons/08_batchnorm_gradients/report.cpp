// The tables and claims of lesson 08.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include "batchnorm_gradients.hpp"
#include "evenkeel/chart/table.hpp"

namespace batchnorm_gradients {

using namespace ek::lesson;

std::vector<double> Study::growths() const {
  const std::size_t low = stack.layers / 6;
  const std::size_t high = stack.layers - 1 - stack.layers / 6;
  std::vector<double> all;
  for (const Run& run : runs) {
    const double ratio = run.gradient[low] / run.gradient[high];
    all.push_back(std::pow(ratio, 1.0 / static_cast<double>(high - low)));
  }
  return all;
}

std::vector<ByLayer> Study::all(ByLayer Run::*which) const {
  std::vector<ByLayer> series;
  for (const Run& run : runs) series.push_back(run.*which);
  return series;
}

namespace {

double theory_of(const Stack& s) {
  return s.norm.name == "batch" ? batch_norm_growth(s.activation, s.batch)
                                : layer_norm_growth(s.activation);
}

void print_depth(const Result& r) {
  const ek::Digits three = ek::Digits::decimals(3);
  ek::Table table({"layer",
                   {"σ, BatchNorm", three},
                   {"σ, LayerNorm", three},
                   "gradient, BatchNorm",
                   "gradient, LayerNorm",
                   {"cosine, BatchNorm", three},
                   {"cosine, LayerNorm", three}});
  const Run& batch = r.depth[1].runs.front();
  const Run& layer = r.depth[2].runs.front();
  for (std::size_t l = 0; l < r.layers; l += l == 0 ? 4 : 5) {
    table.row({l, batch.activation[l], layer.activation[l], batch.gradient[l], layer.gradient[l],
               batch.cosine[l], layer.cosine[l]});
  }
  table.print();
}

void print_growths(const Result& r) {
  const ek::Digits three = ek::Digits::decimals(3);
  ek::Table table({"norm",
                   "activation",
                   "batch",
                   {"gradient's growth a layer", three},
                   {"theory", three},
                   {"its square", three}});
  for (const std::vector<Study>* part : {&r.depth, &r.tanhs, &r.batches}) {
    for (const Study& study : *part) {
      const Stack& s = study.stack;
      const double growth = mean_of(study.growths());
      table.row(
          {s.norm.title, name_of(s.activation), s.batch, growth, theory_of(s), growth * growth});
    }
  }
  table.print();
}

}  // namespace

void print_tables(const Result& r) {
  print_depth(r);
  fmt::print("\n");
  print_growths(r);
}

namespace {

/// Growth of the gradient over 60 seeds: mean and standard deviation of one seed.
struct Spread {
  std::string_view norm;
  Activation activation;
  ek::Index batch;
  double mean, sd;
};
constexpr Spread spreads[] = {
    {"none", Activation::relu, 64, 0.9997, 0.0077},
    {"batch", Activation::relu, 64, 1.2191, 0.0037},
    {"layer", Activation::relu, 64, 0.9995, 0.0125},
    {"batch", Activation::tanh, 64, 1.0967, 0.0030},
    {"layer", Activation::tanh, 64, 1.0877, 0.0029},
    {"batch", Activation::relu, 4, 1.6905, 0.0677},
    {"batch", Activation::relu, 8, 1.3348, 0.0177},
    {"batch", Activation::relu, 16, 1.2618, 0.0078},
    {"batch", Activation::relu, 256, 1.2088, 0.0018},
    {"batch", Activation::linear, 5, 1.2105, 0.0242},
    {"batch", Activation::linear, 8, 1.0894, 0.0080},
    {"batch", Activation::linear, 16, 1.0343, 0.0045},
};

// The mean over n seeds, from a spread that 60 seeds told: three standard deviations of their
// difference, which one draw in 370 exceeds.
void claim_growth(Lesson& lesson, const Result& r, const Study& study) {
  const Stack& s = study.stack;
  const auto spread =
      std::find_if(std::begin(spreads), std::end(spreads), [&](const Spread& known) {
        return known.norm == s.norm.name && known.activation == s.activation &&
               known.batch == s.batch;
      });
  if (spread == std::end(spreads)) return;  // in the table only
  const double band = 3 * spread->sd * std::sqrt(1 / static_cast<double>(r.seeds) + 1.0 / 60);
  const double growth = mean_of(study.growths());
  lesson.claim({fmt::format("growth of the gradient, {}, {}, {} samples", s.norm.title,
                            name_of(s.activation), s.batch),
                growth, growth, spread->mean - band, spread->mean + band,
                fmt::format("theory, wide layers, large batch: {:.3f}", theory_of(s)),
                ek::Digits::decimals(3), r.standard()});
}

// Of the first seed; the bands hold every one of 60 seeds, with a tenth to spare.
void claim_forward(Lesson& lesson, const Result& r) {
  const Run& batch = r.depth[1].runs.front();
  const auto [low, high] = std::minmax_element(batch.activation.begin(), batch.activation.end());
  lesson.claim({"σ with BatchNorm, all layers", *low, *high, 0.573, 0.605,
                "theory √(½ − 1/2π) = 0.584", ek::Digits::decimals(3), r.standard()});
  const auto [least, most] = std::minmax_element(batch.cosine.begin(), batch.cosine.end());
  lesson.claim({"cosine of two samples with BatchNorm, all layers", *least, *most, 0.303, 0.324,
                fmt::format("theory f(−1/63) = {:.3f}", batch_norm_cosine(64)),
                ek::Digits::decimals(3), r.standard()});
  const ByLayer theory = layer_norm_cosines(r.layers);
  double off = 0;
  for (std::size_t l = 0; l < r.layers; ++l) {
    off = std::max(off, std::abs(r.depth[2].runs.front().cosine[l] - theory[l]));
  }
  lesson.claim({"cosine with LayerNorm, farthest from f(f(…f(0)))", off, off, 0, 0.081,
                fmt::format("theory 0; f grows to {:.2f}", theory.back()), ek::Digits::decimals(3),
                r.standard()});
}

}  // namespace

void claim_all(Lesson& lesson, const Result& r) {
  claim_forward(lesson, r);
  for (const std::vector<Study>* part : {&r.depth, &r.tanhs, &r.batches}) {
    for (const Study& study : *part) {
      const bool told = part == &r.batches && study.stack.activation == Activation::relu &&
                        study.stack.batch == 64;  // the same network is in depth
      if (!told) claim_growth(lesson, r, study);
    }
  }
}

void write_tables(Lesson& lesson, const Result& r) {
  const std::vector<double> layers = counted(r.layers);
  std::vector<ek::CsvColumn> activation = {{"layer", layers}};
  std::vector<ek::CsvColumn> gradient = {{"layer", layers}};
  std::vector<ek::CsvColumn> cosine = {{"layer", layers}};
  for (const Study& study : r.depth) {
    activation.push_back({study.stack.norm.column, study.runs.front().activation});
    gradient.push_back({study.stack.norm.column, study.runs.front().gradient});
    cosine.push_back({study.stack.norm.column, study.runs.front().cosine});
  }
  lesson.csv("activation_std", activation);
  lesson.csv("gradient_rms", gradient);
  lesson.csv("cosine", cosine);

  ek::CsvWriter growths(lesson.folder() / "growth.csv",
                        {"norm", "activation", "batch", "width", "seed", "growth", "theory"});
  for (const std::vector<Study>* part : {&r.depth, &r.tanhs, &r.batches}) {
    for (const Study& study : *part) {
      const Stack& s = study.stack;
      const std::vector<double> by_seed = study.growths();
      for (std::size_t i = 0; i < by_seed.size(); ++i) {
        growths.row({s.norm.column, name_of(s.activation), s.batch, s.width, lesson.seed() + i,
                     by_seed[i], theory_of(s)});
      }
    }
  }
  growths.close();
  lesson.wrote("growth.csv");
}

}  // namespace batchnorm_gradients
