// 02 What is normalized: which entries of a batch share a mean and a variance.
//
// A batch of images is a matrix: a column for each sample, in it the channels one below the other,
// in each channel its positions. Every norm cuts this matrix into tiles; what shares a tile is
// normalized together.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "evenkeel/chart/table.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "lesson.hpp"
#include "what_is_normalized.hpp"

namespace what_is_normalized {

const std::vector<Row> norms = {
    {"BatchNorm", "batch_norm", ek::Centering::subtract_mean,
     [](const Setting& s) { return ek::batch_tile(s.shape(), s.channels); }, "yes",
     "images, large batches", "ResNet"},
    {"LayerNorm", "layer_norm", ek::Centering::subtract_mean,
     [](const Setting& s) { return ek::layer_tile(s.shape()); }, "no", "tokens", "GPT-2, BERT"},
    {"InstanceNorm", "instance_norm", ek::Centering::subtract_mean,
     [](const Setting& s) { return ek::instance_tile(s.shape(), s.channels); }, "if asked",
     "style of pictures", "style transfer"},
    {"GroupNorm", "group_norm", ek::Centering::subtract_mean,
     [](const Setting& s) { return ek::group_tile(s.shape(), s.groups); }, "no",
     "images, small batches", "diffusion U-Nets"},
    {"RMSNorm", "rms_norm", ek::Centering::keep_mean,
     [](const Setting& s) { return ek::layer_tile(s.shape()); }, "no", "tokens, cheaper", "LLaMA"},
};

// Small enough to leave the numbers alone, and a constant tile still becomes 0 instead of 0/0.
constexpr double tiny_eps = 1e-14;

ek::Var apply(ek::Var x, const Row& norm, const Setting& s) {
  return ek::normalize(x, norm.tile(s), norm.centering, tiny_eps);
}

}  // namespace what_is_normalized

using namespace what_is_normalized;
using namespace ek::lesson;

namespace {

// The tile that entry (row, sample) lies in, counted column by column.
std::size_t tile_of(ek::Index row, ek::Index sample, ek::Tile tile, ek::Index rows) {
  return sample / tile.cols * (rows / tile.rows) + row / tile.rows;
}

// --- the figure, from the very tiles that normalize() uses --------------------------------------

ek::Figure same_colour(const Setting& s) {
  ek::Figure figure{
      "Same colour = normalized together",
      fmt::format("{} samples (columns) of {} channels × {} positions; GroupNorm has {} "
                  "groups; RMSNorm leaves the mean in",
                  s.samples, s.channels, s.positions, s.groups),
      5};
  for (const Row& norm : norms) {
    const ek::Index rows = s.shape().rows;
    const ek::Index tiles = tile_of(rows - 1, s.samples - 1, norm.tile(s), rows) + 1;
    ek::Grid grid{s.samples, rows, {}, {}, {}, {}};
    for (ek::Index row = 0; row < rows; ++row) {
      for (ek::Index sample = 0; sample < s.samples; ++sample) {
        const ek::Index tile = tile_of(row, sample, norm.tile(s), rows);
        grid.colours.push_back(ek::colour::tile(tile, tiles));
        grid.words.push_back(std::to_string(tile));
      }
    }
    for (ek::Index sample = 0; sample < s.samples; ++sample) {
      grid.across.push_back(std::to_string(sample));
    }
    for (ek::Index c = 0; c < s.channels; ++c) {
      grid.down.push_back(fmt::format("channel {}", c));
    }
    ek::Chart panel{norm.title};
    panel.x_axis("sample").cells(grid);
    figure.add(panel);
  }
  figure.panel_size(233, 340);
  return figure;
}

void write_tiles(Lesson& lesson, const Setting& s) {
  ek::CsvWriter csv(lesson.folder() / "tiles.csv", {"norm", "sample", "channel", "tile"});
  for (const Row& norm : norms) {
    for (ek::Index sample = 0; sample < s.samples; ++sample) {
      for (ek::Index channel = 0; channel < s.channels; ++channel) {
        csv.row({norm.column, sample, channel,
                 tile_of(channel * s.positions, sample, norm.tile(s), s.shape().rows)});
      }
    }
  }
  csv.close();
  lesson.wrote("tiles.csv");
}

// --- which norm when, and whether it looks at the batch: measured -------------------------------

void which_norm_when(Lesson& lesson, const Setting& s) {
  const ek::Matrix x = ek::Random(lesson.seed()).normal(s.shape().rows, s.samples);
  ek::Table table({"norm", "running statistics", "looks at other samples", "when", "seen in"});
  for (const Row& norm : norms) {
    const double change = ek::sample_independence([&](ek::Var v) { return apply(v, norm, s); }, x);
    const bool looks = norm.column == "batch_norm";
    table.row(
        {norm.title, norm.running_statistics, change > 0 ? "yes" : "no", norm.when, norm.seen_in});
    lesson.claim({norm.title + ": change when other samples change", change, change,
                  looks ? 0.1 : 0.0, looks ? 100.0 : 0.0,
                  looks ? "its tile spans the batch" : "its tile lies within one sample"});
  }
  fmt::print("\nWhich norm when\n\n");
  table.print();
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting setting;
  Lesson lesson("02_what_is_normalized", "which entries of a batch share a mean and a variance");
  lesson.option("samples", setting.samples, 2, "samples in the batch")
      .option("channels", setting.channels, 1, "channels of each sample")
      .option("positions", setting.positions, 2, "positions of each channel")
      .option("groups", setting.groups, 1, "groups of GroupNorm");

  return lesson.run(argc, argv, [&] {
    fmt::print("02 What is normalized: {} samples of {} channels × {} positions, seed {}\n\n",
               setting.samples, setting.channels, setting.positions, lesson.seed());
    worked_example(lesson);
    which_norm_when(lesson, setting);
    write_tiles(lesson, setting);
    lesson.chart(same_colour(setting), "tiles");
    lesson.live([&] { return same_colour(setting); });
    lesson.try_next("lessons/run 02 --groups 4     (GroupNorm becomes InstanceNorm)");
  });
}
