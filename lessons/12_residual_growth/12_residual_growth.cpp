// 12 Residual growth: how large the residual stream becomes with depth, before any training.
//
//   x ← x + f(N(x)) and its relatives;  the mean square of the entries of x after each block
//
//   width 64, one sequence of 16 tokens, one head, ReLU, weights N(0, 1/inputs), 24 blocks

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/chart/progress.hpp"
#include "evenkeel/chart/table.hpp"
#include "evenkeel/core/tape.hpp"
#include "growth.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace growth;

namespace {

double mean_square(const ek::Matrix& x) {
  return static_cast<double>(arma::mean(arma::vectorise(arma::square(x))));
}

Run run_once(const Scheme& scheme, Branches branches, const StackSetting& s, std::uint64_t seed) {
  ek::Random random(seed);
  const ek::Matrix input = random.normal(s.width, s.length);  // features × tokens
  std::vector<ek::Block> blocks = make_blocks(scheme, s, random);
  const ek::Sequences sequences{.length = s.length};
  ek::Tape tape;
  const ek::NoGrad forward_only(tape);
  ek::Var x = tape.constant(input);
  Run run;
  run.stream.push_back(mean_square(x.value()));
  for (ek::Block& block : blocks) {
    if (branches == Branches::both) {
      ek::Residual& around = block.around_attention;
      x = around.leave(x, block.attention(around.enter(x), sequences));
    }
    ek::Residual& around = block.around_feed_forward;
    const ek::Var branch = block.feed_forward(around.enter(x));
    run.before_norm += mean_square(x.value() + branch.value()) / static_cast<double>(s.layers);
    x = around.leave(x, branch);
    run.stream.push_back(mean_square(x.value()));
  }
  return run;
}

// One task for each seed; each writes its own place.
void run_all(const std::vector<Study*>& studies, ek::Index seeds, std::uint64_t first_seed) {
  ek::Progress progress("stacks", studies.size());
  std::size_t done = 0;
  for (Study* study : studies) {
    study->runs.resize(seeds);
    in_parallel(0, seeds, [&](ek::Index i) {
      study->runs[i] = run_once(study->scheme, study->branches, study->setting, first_seed + i);
    });
    progress.update(++done, study->scheme.title);
  }
}

Studies plan(const StackSetting& setting) {
  Studies studies;
  for (const Scheme& scheme : all_schemes()) {
    studies.full.push_back({scheme, Branches::both, setting, {}});
    studies.feed_forward.push_back({scheme, Branches::feed_forward, setting, {}});
  }
  for (const char* name : {"pre", "lns", "gpt2"}) {
    for (ek::Index layers : {6, 12, 24, 48}) {
      StackSetting other = setting;
      other.layers = layers;
      studies.by_depth.push_back({scheme_by_name(name), Branches::both, other, {}});
    }
  }
  return studies;
}

void print_table(const Studies& studies, ek::Index layers) {
  std::vector<ek::Column> columns = {"block"};
  for (const Study& study : studies.full) columns.emplace_back(study.scheme.title);
  ek::Table table(std::move(columns));
  const ek::Index step = std::max<ek::Index>(1, layers / 8);
  for (ek::Index layer = 0; layer <= layers; layer += step) {
    std::vector<ek::Cell> row = {layer};
    for (const Study& study : studies.full) row.emplace_back(mean_of(study.at(layer)));
    table.row(std::move(row));
  }
  table.print();
}

}  // namespace

int main(int argc, char* argv[]) {
  StackSetting setting;
  std::string attention = "full";
  ek::Index seeds = 100;
  Lesson lesson("12_residual_growth", "how large the residual stream becomes with depth");
  lesson.option("layers", setting.layers, 1, "number of blocks")
      .option("width", setting.width, 2, "features of the stream")
      .option("length", setting.length, 1, "tokens of the sequence")
      .option("attention", attention, {"full", "causal"}, "which tokens a token may look at")
      .seeds(seeds, 10);

  return lesson.run(argc, argv, [&] {
    setting.causal = attention == "causal";
    const std::string about =
        fmt::format("{} wide, {} tokens{}, before training, {} seeds from {}", setting.width,
                    setting.length, setting.causal ? ", causal" : "", seeds, lesson.seed());
    fmt::print("12 Residual growth: {} blocks, {}\n", setting.layers, about);
    fmt::print(
        "The mean square of the entries of the stream after each block, mean over the seeds\n\n");

    Studies studies = plan(setting);
    run_all(all_of({&studies.full, &studies.feed_forward, &studies.by_depth}), seeds,
            lesson.seed());

    print_table(studies, setting.layers);
    claim_all(lesson, setting, studies);
    write_tables(lesson, studies);
    draw_all(lesson, studies, about);
    lesson.try_next("lessons/run 12 --length 1");
  });
}
