// 13 Gradient by depth: how large the weights' gradients are in the first step, block by block.
//
//   loss: cross-entropy of 64 classes with random targets, W_head · x after the last block
//
//   width 64, one sequence of 16 tokens a batch, one head, ReLU, weights N(0, 1/inputs)

#include <fmt/format.h>

#include "evenkeel/chart/progress.hpp"
#include "evenkeel/chart/table.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/losses.hpp"
#include "gradients.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace gradients;

namespace {

constexpr ek::Index classes = 64;

ek::Var walk(std::vector<ek::Block>& blocks, ek::Var x, Branches branches, ek::Index length) {
  for (ek::Block& block : blocks) {
    if (branches == Branches::both) {
      x = block(x, {.length = length});
    } else {
      ek::Residual& around = block.around_feed_forward;
      x = around.leave(x, block.feed_forward(around.enter(x)));
    }
  }
  return x;
}

std::vector<ek::Index> random_classes(ek::Index count, ek::Random& random) {
  std::vector<ek::Index> targets;
  for (ek::Index i = 0; i < count; ++i) targets.push_back(random.below(classes));
  return targets;
}

Run gradient_norms(std::vector<ek::Block>& blocks, Branches branches, double batches) {
  Run run(std::size(weights));
  for (ek::Block& block : blocks) {
    const ek::Matrix& w1 = block.feed_forward.up.weight.gradient;
    const ek::Matrix& w2 = block.feed_forward.down.weight.gradient;
    run[static_cast<int>(Weight::w1)].push_back(arma::norm(w1, "fro") / batches);
    run[static_cast<int>(Weight::w2)].push_back(arma::norm(w2, "fro") / batches);
    if (branches == Branches::feed_forward) continue;
    const ek::Matrix v = block.attention.qkv.weight.gradient.tail_rows(w1.n_cols);
    run[static_cast<int>(Weight::v)].push_back(arma::norm(v, "fro") / batches);
  }
  return run;
}

// A parameter's gradient adds up over the batches, so its norm is that of the mean gradient.
Run run_once(const Study& study, std::uint64_t seed) {
  const StackSetting& s = study.setting;
  ek::Random random(seed);
  std::vector<ek::Block> blocks = make_blocks(study.scheme, s, random);
  ek::LinearLayer head(s.width, classes, random, {.bias = false});
  ek::Tape tape;
  for (ek::Index batch = 0; batch < study.batches; ++batch) {
    tape.rewind();
    ek::Var x = tape.constant(random.normal(s.width, s.length));  // features × tokens
    x = walk(blocks, x, study.branches, s.length);
    if (study.scheme.placement.needs_final_norm()) x = layer_norm(x);
    tape.backward(cross_entropy(head(x), random_classes(s.length, random)));
  }
  return gradient_norms(blocks, study.branches, static_cast<double>(study.batches));
}

// One task for each seed; each writes its own place.
void run_all(const std::vector<Study*>& studies, ek::Index seeds, std::uint64_t first_seed) {
  ek::Progress progress("stacks", studies.size());
  std::size_t done = 0;
  for (Study* study : studies) {
    study->runs.resize(seeds);
    in_parallel(0, seeds, [&](ek::Index i) { study->runs[i] = run_once(*study, first_seed + i); });
    progress.update(++done, study->scheme.title);
  }
}

Studies plan(const StackSetting& setting, ek::Index batches) {
  Studies studies;
  for (const char* name : {"post", "pre", "peri", "deep"}) {
    studies.by_layer.push_back({scheme_by_name(name), setting, Branches::both, batches, {}});
    for (ek::Index layers : depths) {
      StackSetting other = setting;
      other.layers = layers;
      other.causal = true;
      studies.by_depth.push_back({scheme_by_name(name), other, Branches::both, 1, {}});
    }
  }
  for (const char* name : {"post", "pre"}) {
    for (ek::Index layers : feed_forward_depths) {
      StackSetting other = setting;
      other.layers = layers;
      studies.feed_forward.push_back({scheme_by_name(name), other, Branches::feed_forward, 1, {}});
    }
  }
  return studies;
}

void print_table(const std::vector<Study>& studies, Weight weight) {
  std::vector<ek::Column> columns = {"block"};
  for (const Study& study : studies) columns.emplace_back(study.scheme.title);
  ek::Table table(std::move(columns));
  for (ek::Index layer = 0; layer < studies.front().setting.layers; ++layer) {
    std::vector<ek::Cell> row = {layer + 1};
    for (const Study& study : studies) row.emplace_back(study.typical(weight)[layer]);
    table.row(std::move(row));
  }
  table.print();
}

}  // namespace

int main(int argc, char* argv[]) {
  StackSetting setting;
  setting.layers = 6;
  ek::Index seeds = 100;
  ek::Index batches = 20;
  Lesson lesson("13_gradient_by_depth", "the gradients of the weights before the first step");
  lesson.option("layers", setting.layers, 2, "number of blocks, where blocks are compared")
      .option("width", setting.width, 2, "features of the stream")
      .option("length", setting.length, 1, "tokens of the sequence")
      .option("batches", batches, 1, "over how many the gradient is averaged before its norm")
      .seeds(seeds, 20);

  return lesson.run(argc, argv, [&] {
    const std::string about = fmt::format("{} wide, {} tokens, before training, {} seeds from {}",
                                          setting.width, setting.length, seeds, lesson.seed());
    fmt::print("13 Gradient by depth: {} blocks, {}\n", setting.layers, about);
    fmt::print("‖∂loss/∂W1‖ of the mean gradient of {} batches\n\n", batches);

    Studies studies = plan(setting, batches);
    run_all(all_of({&studies.by_layer, &studies.feed_forward, &studies.by_depth}), seeds,
            lesson.seed());

    print_table(studies.by_layer, Weight::w1);
    claim_all(lesson, setting, studies);
    write_tables(lesson, studies);
    draw_all(lesson, studies, about);
    lesson.try_next("lessons/run 13 --batches 1");
  });
}
