// 02 What is normalized: which entries of a batch share a mean and a variance.
//
// A batch of images is a matrix: a column for each sample, in it channel below channel. Every norm
// cuts this matrix into tiles; what shares a tile is normalized together.

#include "evenkeel/base/table.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  Index samples = 5, channels = 4, positions = 3, groups = 2;

  Shape shape() const { return {channels * positions, samples}; }
};

struct Row {  // of the table of norms
  std::string title;
  Tile (*tile)(const Setting&);
  Centering centering;
  std::string running_statistics, when, seen_in;
};

const std::vector<Row> norms = {
    {"BatchNorm", [](const Setting& s) { return batch_tile(s.shape(), s.channels); },
     Centering::subtract_mean, "yes", "images, large batches", "ResNet"},
    {"LayerNorm", [](const Setting& s) { return layer_tile(s.shape()); }, Centering::subtract_mean,
     "no", "tokens", "GPT-2, BERT"},
    {"InstanceNorm", [](const Setting& s) { return instance_tile(s.shape(), s.channels); },
     Centering::subtract_mean, "if asked", "style of pictures", "style transfer"},
    {"GroupNorm", [](const Setting& s) { return group_tile(s.shape(), s.groups); },
     Centering::subtract_mean, "no", "images, small batches", "diffusion U-Nets"},
    {"RMSNorm", [](const Setting& s) { return layer_tile(s.shape()); }, Centering::keep_mean, "no",
     "tokens, cheaper", "LLaMA"},
};

Var apply(Var x, const Row& norm, const Setting& s) {
  const double eps = 1e-14;  // tiny, and a constant tile still becomes 0 instead of 0/0
  return normalize(x, norm.tile(s), norm.centering, eps);
}

const Quantity tile_of{"tile", "entry, column by column", "tile"};
const Quantity change{"change", "", "change of a sample when the others change"};

void measure(const Setting& s, const Row& norm, std::uint64_t seed, Record& r) {
  const Tile tile = norm.tile(s);
  const Shape shape = s.shape();
  for (Index i = 0; i < shape.rows * shape.cols; ++i) {  // column by column
    const Index row = i % shape.rows, sample = i / shape.rows;
    const Index number = sample / tile.cols * (shape.rows / tile.rows) + row / tile.rows + 1;
    r.add(tile_of, norm.title, double(i + 1), double(number));
  }
  const Matrix x = Random(seed).normal(shape.rows, shape.cols);
  r.add(change, norm.title, 1, sample_independence([&](Var v) { return apply(v, norm, s); }, x));
}

/// Two features, three samples, in numbers, and held against a calculation by hand.
void worked_example(Lesson& lesson) {
  const Setting small{.samples = 3, .channels = 2, .positions = 1, .groups = 1};
  const Matrix x = {{1, 2, 6}, {3, 6, 6}};
  const Digits three = Digits::decimals(3);
  Table table({"", {"sample 1", three}, {"sample 2", three}, {"sample 3", three}});
  const auto show = [&](const std::string& name, const Matrix& m) {
    for (Index row = 0; row < 2; ++row) {
      table.row({fmt::format("{}, feature {}", name, row + 1), m(row, 0), m(row, 1), m(row, 2)});
    }
  };
  Tape tape;
  const auto applied = [&](const Row& norm) {
    return apply(tape.constant(x), norm, small).value();
  };
  const auto claim = [&](const Row& norm, double by_hand, const std::string& how) {
    const double rounding = 1e-13;  // eps = 1e-14 takes away half of that from xhat = 1
    lesson.claim(norm.title + " of the 1", {applied(norm)(0, 0)},
                 between(by_hand - rounding, by_hand + rounding, "by hand " + how));
  };
  show("x", x);
  for (const Row& norm : {norms[0], norms[1], norms[4]}) show(norm.title, applied(norm));
  claim(norms[0], (1 - 3) / std::sqrt(14.0 / 3),
        "(1 − 3)/√(14/3): row 1 has mean 3, variance 14/3");
  claim(norms[1], (1 - 2) / 1.0, "(1 − 2)/√1: column 1 has mean 2, variance 1");
  claim(norms[4], 1 / std::sqrt(5.0), "1/√((1 + 9)/2): column 1 has mean square 5");
  fmt::print("\nA worked example: x has two features (rows) and three samples (columns).\n\n");
  table.print();
}

void which_norm_when(Lesson& lesson, const Setting& s, const Record& record) {
  Table table({"norm", "running statistics", "looks at other samples", "when", "seen in"});
  for (const Row& norm : norms) {
    const double changed = record.of(change, norm.title).last().front();
    table.row(
        {norm.title, norm.running_statistics, changed > 0 ? "yes" : "no", norm.when, norm.seen_in});
    const bool looks = norm.tile(s).cols > 1;
    lesson.claim(norm.title + ": change when other samples change", {changed},
                 between(looks ? 0.1 : 0.0, looks ? 100.0 : 0.0,
                         looks ? "its tile spans the batch" : "its tile lies within one sample"));
  }
  fmt::print("\nWhich norm when\n\n");
  table.print();
}

/// The figure, from the very tiles that normalize() uses.
Figure same_colour(const Setting& s, const Record& record) {
  Figure figure{"Same colour = normalized together", "", norms.size()};
  for (const Row& norm : norms) {
    const std::vector<double>& tiles = record.of(tile_of, norm.title).first();
    Grid grid{s.samples, s.shape().rows, {}, {}, {}, {}};
    for (Index row = 0; row < grid.rows; ++row) {
      for (Index sample = 0; sample < grid.columns; ++sample) {
        const auto tile = std::size_t(tiles[sample * grid.rows + row]);
        grid.colours.push_back(colour::tile(tile - 1, std::size_t(tiles.back())));
        grid.words.push_back(std::to_string(tile));
      }
    }
    for (Index i = 1; i <= s.samples; ++i) grid.across.push_back(std::to_string(i));
    for (Index i = 1; i <= s.channels; ++i) grid.down.push_back(fmt::format("channel {}", i));
    figure.add(Chart{norm.title}.x_axis("sample").cells(grid));
  }
  return figure.panel_size(233, 340);
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  Lesson lesson("02_what_is_normalized", "Which entries of a batch share a mean and a variance");
  lesson.option("samples", s.samples, 2, "samples in the batch")
      .option("channels", s.channels, 1, "channels of each sample")
      .option("positions", s.positions, 2, "positions of each channel")
      .option("groups", s.groups, 1, "groups of GroupNorm")
      .ask({"BatchNorm of the 1", "x = (1 2 6; 3 6 6), samples as columns. BatchNorm of the 1?"})
      .ask({"LayerNorm of the 1", "And LayerNorm of the 1?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting_by_hand(
        fmt::format("{} samples of {} channels × {} positions, GroupNorm with {} groups", s.samples,
                    s.channels, s.positions, s.groups));
    const Record record = lesson.over_seeds({"norms"}, [&](auto&, auto seed, Record& r) {
      for (const Row& norm : norms) measure(s, norm, seed, r);
    });
    worked_example(lesson);
    which_norm_when(lesson, s, record);
    lesson.chart(same_colour(s, record), "tiles");
    lesson.try_next("lessons/run 02 --groups 4     (which norm does GroupNorm become?)");
  });
}
