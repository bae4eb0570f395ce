// The four-panel figure of lesson 01.

#include <fmt/format.h>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/linear.hpp"
#include "explosion.hpp"

namespace explosion {

using namespace ek::lesson;

namespace {

constexpr ek::Index width = 64;
constexpr ek::Index depth = 20;

struct Stack {
  NamedNorm norm;
  std::vector<double> entries;  // of h after three layers, W = 0.8·N(0,1), 1,000 samples
  ByLayer mean_size;            // mean |h| by layer, W = 0.5·N(0,1), 100 samples
};

ek::Var layer(ek::Random& random, const NamedNorm& norm, double scale, ek::Var h) {
  const ek::Var w = h.tape().constant(random.normal(width, width, scale));
  return relu(norm.apply(linear(h, w)));
}

Stack measure(const NamedNorm& norm, std::uint64_t seed) {
  Stack stack{norm, {}, {}};
  ek::Random random(seed);
  ek::Tape tape;
  ek::Var h = tape.constant(random.normal(width, 1000));
  for (int l = 0; l < 3; ++l) h = layer(random, norm, 0.8, h);
  for (ek::Scalar entry : h.value()) stack.entries.push_back(entry);

  h = tape.constant(random.normal(width, 100));
  for (ek::Index l = 0; l < depth; ++l) {
    h = layer(random, norm, 0.5, h);
    stack.mean_size.push_back(arma::accu(arma::abs(h.value())) / double(h.value().n_elem));
  }
  return stack;
}

void write_numbers(Lesson& lesson, const std::vector<Stack>& stacks) {
  std::vector<ek::CsvColumn> sizes = {{"layer", counted(depth)}};
  ek::CsvWriter bins(lesson.folder() / "distributions.csv", {"norm", "low", "high", "density"});
  for (const Stack& stack : stacks) {
    sizes.push_back({stack.norm.column, stack.mean_size});
    const ek::Histogram histogram = ek::histogram_of(stack.entries);
    for (std::size_t bin = 0; bin < histogram.density.size(); ++bin) {
      bins.row({stack.norm.column, histogram.edges[bin], histogram.edges[bin + 1],
                histogram.density[bin]});
    }
  }
  bins.close();
  lesson.wrote("distributions.csv");
  lesson.csv("mean_size", sizes);
}

}  // namespace

void draw_distributions(Lesson& lesson) {
  std::vector<Stack> stacks;
  for (const char* name : {"none", "batch", "layer"}) {
    stacks.push_back(measure(norm_by_name(name), lesson.seed()));
  }
  write_numbers(lesson, stacks);

  ek::Figure figure{"Normalization keeps the distribution in place",
                    fmt::format("64 wide, seed {}; after three layers with weights 0.8·N(0,1), "
                                "and over 20 layers with 0.5·N(0,1)",
                                lesson.seed())};
  for (const Stack& stack : stacks) {
    ek::Chart panel{stack.norm.title + ", after three layers"};
    panel.x_axis("activation").y_axis("density");
    panel.histogram("", ek::histogram_of(stack.entries), stack.norm.colour);
    figure.add(panel);
  }
  ek::Chart sizes{"Mean |h| over 20 layers"};
  sizes.x_axis("layer").y_axis("mean |h|", ek::Axis::log);
  for (const Stack& stack : stacks) {
    sizes.line(stack.norm.title, counted(depth), stack.mean_size, stack.norm.colour);
  }
  figure.add(sizes);
  lesson.chart(figure, "distributions");
}

}  // namespace explosion
