// 03 Norm placement: the same norm before or after the layer, inside a plain stack.
//
//   post:  h ← relu(norm(W h))        pre:  h ← relu(W norm(h))
//
//   W = 0.3·N(0,1), 32×32, five layers, 100 samples

#include <fmt/format.h>

#include "evenkeel/chart/table.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/probe/statistics.hpp"
#include "placement.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace placement;

namespace {

Run run_once(const Setting& s, const NamedNorm& norm, Placement where, std::uint64_t seed) {
  ek::Random random(seed);
  ek::Tape tape;
  ek::Var h = tape.variable(random.normal(s.width, s.samples));  // features × samples
  std::vector<ek::Var> outputs;
  for (ek::Index layer = 0; layer < s.layers; ++layer) {
    const ek::Var w = tape.constant(random.normal(s.width, s.width, s.weight_scale));
    h = where == Placement::post ? relu(norm.apply(linear(h, w))) : relu(linear(norm.apply(h), w));
    outputs.push_back(h);
  }
  tape.backward(h, random.normal(s.width, s.samples));  // a random ∂loss/∂h at the top

  Run run;
  for (ek::Var output : outputs) {
    run.activation.push_back(ek::statistics(output.value()).sigma);
    run.gradient.push_back(ek::statistics(output.gradient()).sigma);
  }
  return run;
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting setting;
  std::string norm_name = "layer";
  ek::Index seeds = 200;
  Lesson lesson("03_norm_placement", "the norm before or after the layer, in a plain stack");
  lesson.option("layers", setting.layers, 1, "number of layers")
      .option("width", setting.width, 1, "features of each layer")
      .option("samples", setting.samples, 1, "samples in the batch")
      .option("weight-scale", setting.weight_scale, "s in W = s·N(0,1)")
      .option("norm", norm_name, norm_names(), "which norm")
      .seeds(seeds, 20);

  return lesson.run(argc, argv, [&] {
    const NamedNorm& norm = norm_by_name(norm_name);
    const std::string about = fmt::format(
        "{}, {} layers, {} wide, W = {}·N(0,1), {} samples, seed {}", norm.title, setting.layers,
        setting.width, setting.weight_scale, setting.samples, lesson.seed());
    fmt::print("03 Norm placement: {}\n\n", about);

    Studies studies(2, std::vector<Run>(seeds));
    in_parallel(0, seeds, [&](ek::Index i) {
      for (Placement p : placements) {
        studies[static_cast<int>(p)][i] = run_once(setting, norm, p, lesson.seed() + i);
      }
    });
    const Run& post = studies[0].front();
    const Run& pre = studies[1].front();

    const ek::Digits three = ek::Digits::decimals(3);
    ek::Table table({"layer",
                     {"post-norm", three},
                     {"pre-norm", three},
                     {"gradient, post", three},
                     {"gradient, pre", three}});
    for (std::size_t l = 0; l < setting.layers; ++l) {
      table.row({l, post.activation[l], pre.activation[l], post.gradient[l], pre.gradient[l]});
    }
    table.print();
    claim_all(lesson, setting, norm.name, studies);
    write_tables(lesson, norm.column, studies);
    draw_all(lesson, setting, studies, about);
    lesson.try_next("lessons/run 03 --weight-scale 3");
  });
}
