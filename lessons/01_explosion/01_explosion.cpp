// 01 Explosion: what ten ReLU layers do to a signal, with and without normalization.
//
//   h ← relu(norm(W h)),   W = 0.5·N(0,1), 64×64,   100 samples
//
// Forward we watch σ of the activations, backward σ of the gradient, for one seed and for many.

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/chart/progress.hpp"
#include "evenkeel/chart/table.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/probe/statistics.hpp"
#include "explosion.hpp"
#include "lesson.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace explosion;

namespace {

// --- the experiment ------------------------------------------------------------------------------

Run run_once(const Setting& s, const NamedNorm& norm, std::uint64_t seed) {
  ek::Random random(seed);
  ek::Tape tape;
  ek::Var h = tape.variable(random.normal(s.width, s.samples));  // features × samples
  std::vector<ek::Var> outputs;
  for (ek::Index layer = 0; layer < s.layers; ++layer) {
    const ek::Var w = tape.constant(random.normal(s.width, s.width, s.weight_scale));
    h = relu(norm.apply(linear(h, w))).label(fmt::format("h{}", layer));
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

std::vector<Study> run_seeds(Lesson& lesson, const Setting& s,
                             const std::vector<std::string>& norms, ek::Index seeds) {
  std::vector<Study> studies;
  for (const std::string& name : norms) studies.push_back({norm_by_name(name), {}});
  ek::Progress progress("seeds", seeds);
  constexpr ek::Index at_once = 16;
  for (ek::Index done = 0; done < seeds; done += at_once) {
    const ek::Index now = std::min(seeds, done + at_once);
    for (Study& study : studies) study.runs.resize(now);
    in_parallel(done, now, [&](ek::Index i) {
      for (Study& study : studies) study.runs[i] = run_once(s, study.norm, lesson.seed() + i);
    });
    lesson.live([&] { return activation_chart(studies, s, lesson.seed()); });
    progress.update(now);
  }
  return studies;
}

// --- what the person sees ------------------------------------------------------------------------

void print_table(const std::vector<Study>& studies) {
  std::vector<ek::Column> columns = {"layer"};
  for (const Study& study : studies) columns.push_back({study.norm.title});
  ek::Table table(columns);
  for (std::size_t layer = 0; layer < studies.front().runs.front().activation.size(); ++layer) {
    std::vector<ek::Cell> row = {layer};
    for (const Study& study : studies) row.push_back(study.runs.front().activation[layer]);
    table.row(row);
  }
  table.print();
}

void write_tables(Lesson& lesson, const std::vector<Study>& studies) {
  const std::vector<double> layers = counted(studies.front().runs.front().activation.size());
  std::vector<ek::CsvColumn> activation = {{"layer", layers}};
  std::vector<ek::CsvColumn> gradient = {{"layer", layers}};
  for (const Study& study : studies) {
    activation.push_back({study.norm.column, study.runs.front().activation});
    gradient.push_back({study.norm.column, study.runs.front().gradient});
  }
  lesson.csv("activation_std", activation);
  lesson.csv("gradient_std", gradient);

  ek::CsvWriter seeds(lesson.folder() / "seeds.csv",
                      {"seed", "norm", "geometric_growth", "last_std"});
  for (const Study& study : studies) {
    for (std::size_t i = 0; i < study.runs.size(); ++i) {
      const ByLayer& sigma = study.runs[i].activation;
      seeds.row({lesson.seed() + i, study.norm.column, geometric_growth(sigma), sigma.back()});
    }
  }
  seeds.close();
  lesson.wrote("seeds.csv");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting setting;
  std::vector<std::string> norms = {"none", "batch", "layer", "rms", "group"};
  ek::Index seeds = 200;
  Lesson lesson("01_explosion", "ten ReLU layers, with and without normalization");
  lesson.option("layers", setting.layers, 1, "number of layers")
      .option("width", setting.width, 1, "features of each layer")
      .option("samples", setting.samples, 1, "samples in the batch")
      .option("weight-scale", setting.weight_scale, "s in W = s·N(0,1)")
      .option("norm", norms, norm_names(), "which norms, separated by commas")
      .seeds(seeds, 20);

  return lesson.run(argc, argv, [&] {
    fmt::print("01 Explosion: {}\n\n", describe(setting, lesson.seed()));
    const std::vector<Study> studies = run_seeds(lesson, setting, norms, seeds);
    print_table(studies);
    claim_all(lesson, setting, studies);
    write_tables(lesson, studies);
    draw_all(lesson, setting, studies);
    lesson.try_next("lessons/run 01 --weight-scale 0.1768      (s = √(2/n): He's initialization)");
  });
}
