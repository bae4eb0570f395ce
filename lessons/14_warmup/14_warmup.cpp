// 14 Warm-up: which placements of the norm learn, at which learning rates, and what warm-up saves.
//
//   copy-3-back: of sixteen random symbols, say at each place which one stood three places before
//
//   width 32, four heads, no biases, batches of 16 sequences, Adam (0.9, 0.98), 400 steps

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/chart/progress.hpp"
#include "evenkeel/chart/table.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/nn/embedding.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/gather.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/transformer/block.hpp"
#include "warmup.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace warmup;

namespace {

constexpr ek::Index width = 32;
constexpr ek::Index batch = 16;

/// Some sequences, one after the other, and what is asked: column and answer.
struct Batch {
  std::vector<ek::Index> symbols, places;
  std::vector<ek::Index> asked, answers;
};

Batch draw_batch(ek::Random& random) {
  Batch b;
  for (ek::Index i = 0; i < batch * length; ++i) {
    b.symbols.push_back(random.below(vocabulary));
    b.places.push_back(i % length);
    if (i % length < back) continue;  // nothing stood there
    b.asked.push_back(i);
    b.answers.push_back(b.symbols[i - back]);
  }
  return b;
}

ek::BlockOptions block_options(ek::Placement placement, ek::Index layers) {
  ek::BlockOptions options;
  options.features = width;
  options.heads = 4;
  options.hidden = 4 * width;
  options.blocks = layers;
  options.placement = placement;
  options.nonlinearity = ek::Nonlinearity::relu;
  options.causal = true;
  options.bias = false;
  return options;
}

struct Model final : ek::Module {
  ek::Embedding symbols, positions;
  std::vector<ek::Block> blocks;
  ek::LinearLayer head;
  std::optional<ek::LayerNorm> final_norm;

  Model(ek::Placement placement, ek::Index layers, ek::Random& random)
      : symbols(vocabulary, width, random),
        positions(length, width, random),
        blocks(make_blocks(block_options(placement, layers), random)),
        head(width, vocabulary, random, {.bias = false}) {
    if (placement.needs_final_norm()) final_norm.emplace(width);
  }

  static std::vector<ek::Block> make_blocks(const ek::BlockOptions& options, ek::Random& random) {
    std::vector<ek::Block> made;
    for (ek::Index i = 0; i < options.blocks; ++i) made.emplace_back(options, random);
    return made;
  }

  /// What the head sees: width × tokens.
  ek::Var stream(ek::Tape& tape, const Batch& b) {
    ek::Var x = symbols(tape, b.symbols) + positions(tape, b.places);
    for (ek::Block& block : blocks) x = block(x, {.length = length});
    return final_norm ? (*final_norm)(x) : x;
  }

  ek::Var loss(ek::Var x, const Batch& b) {
    return cross_entropy(head(gather(x, b.asked)), b.answers);
  }

  void members(ek::Members& m) override {
    m.module("symbols", symbols);
    m.module("positions", positions);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      m.module(fmt::format("blocks.{}", i), blocks[i]);
    }
    if (final_norm) m.module("final_norm", *final_norm);
    m.module("head", head);
  }
};

/// The mean cosine between two columns of x.
double likeness(const ek::Matrix& x) {
  const ek::Matrix directions = arma::normalise(x);
  const ek::Matrix sum = arma::sum(directions, 1);
  const double n = static_cast<double>(x.n_cols);
  return (static_cast<double>(arma::dot(sum, sum)) - n) / (n * (n - 1));
}

Run train(const Case& setup, double learning_rate, const Setting& s, std::uint64_t seed) {
  ek::Random random(seed);
  Model model(setup.placement, s.layers, random);
  ek::Adam adam(model.parameters(), {.beta1 = 0.9, .beta2 = 0.98});
  const ek::WarmupSchedule schedule{learning_rate, setup.warmup};  // without warm-up: constant
  ek::Tape tape;
  Run run;
  for (ek::Index step = 0; step < s.steps; ++step) {
    tape.rewind();
    model.zero_gradient();
    const Batch data = draw_batch(random);
    const ek::Var x = model.stream(tape, data);
    const ek::Var loss = model.loss(x, data);
    tape.backward(loss);
    const ek::Matrix& first = model.blocks.front().feed_forward.up.weight.gradient;
    run.losses.push_back(static_cast<double>(loss.value()[0]));
    run.likeness.push_back(likeness(x.value()));
    run.first_gradient.push_back(static_cast<double>(arma::norm(first, "fro")));
    adam.set_learning_rate(schedule(step));
    adam.step();
  }
  return run;
}

// One training for each task; each writes its own place.
void train_all(Studies& studies, const Setting& setting, ek::Index seeds,
               std::uint64_t first_seed) {
  ek::Progress progress("trainings", studies.all.size() * seeds);
  std::size_t done = 0;
  for (Study& study : studies.all) {
    study.runs.resize(seeds);
    in_parallel(0, seeds, [&](ek::Index i) {
      study.runs[i] = train(study.setup, study.learning_rate, setting, first_seed + i);
    });
    done += seeds;
    progress.update(done, fmt::format("{} {}/{} failed", study.setup.title, study.failed(), seeds));
  }
}

Studies plan(const Setting& setting, bool sweep) {
  Studies studies;
  studies.learning_rates = {setting.learning_rate};
  if (sweep) {
    studies.learning_rates.clear();
    for (double factor : {0.125, 0.25, 0.5, 1.0, 2.0, 4.0}) {
      studies.learning_rates.push_back(factor * setting.learning_rate);
    }
  }
  for (const Case& setup : all_cases()) {
    for (double rate : studies.learning_rates) studies.all.push_back({setup, rate, {}});
  }
  return studies;
}

void print_table(const Studies& studies, const Setting& setting) {
  ek::Table table({"case", "warm-up", "failed", "final loss: best", "median", "worst"});
  for (const Case& setup : all_cases()) {
    const Study& study = studies.find(setup.name, setting.learning_rate);
    std::vector<double> losses;
    for (const Run& run : study.runs) losses.push_back(run.final_loss());
    table.row({setup.title, setup.warmup, fmt::format("{}/{}", study.failed(), losses.size()),
               *std::min_element(losses.begin(), losses.end()), median_of(losses),
               *std::max_element(losses.begin(), losses.end())});
  }
  table.print();
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting setting;
  std::string rates = "sweep";
  ek::Index seeds = 8;
  Lesson lesson("14_warmup",
                "which placements learn at which learning rate, and what warm-up saves");
  lesson.option("layers", setting.layers, 1, "number of blocks")
      .option("learning-rate", setting.learning_rate, "Adam's")
      .option("rates", rates, {"sweep", "one"},
              "from ⅛ to 4 times the learning rate, or it alone (as --quick)")
      .option("steps", setting.steps, 10, "of each training")
      .seeds(seeds, 2);

  return lesson.run(argc, argv, [&] {
    const std::string about = fmt::format("copy-3-back, {} blocks, {} steps, {} seeds from {}",
                                          setting.layers, setting.steps, seeds, lesson.seed());
    Studies studies = plan(setting, rates == "sweep" && !lesson.quick());
    fmt::print("14 Warm-up: {}, learning rate {}\n", about, setting.learning_rate);
    fmt::print("{} trainings of about {:.1f} s each\n\n", studies.all.size() * seeds,
               4e-4 * static_cast<double>(setting.layers * setting.steps));

    train_all(studies, setting, seeds, lesson.seed());

    print_table(studies, setting);
    claim_all(lesson, setting, studies);
    write_tables(lesson, setting, studies);
    draw_all(lesson, setting, studies, about);
    lesson.try_next("lessons/run 14 --rates one --layers 12 --learning-rate 0.003");
  });
}
