// 04 Backward by hand: a norm's gradient line by line, with numbers for a blackboard.
//
// Every row and every column of x holds 0, 6, 6, 8: mean 5, σ 3. The loss looks at sample 1 alone:
// dy is 0 elsewhere. Then the Jacobian ∂y/∂x: which directions a norm deletes.

#include "evenkeel/base/table.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "evenkeel/trace/step.hpp"
#include "lab.hpp"
#include "matrix_chart.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  Index features = 4, samples = 4;
  std::string norm = "layer";
  bool blackboard() const { return features == 4 && samples == 4; }
};

/// What goes in: x and dy, features × samples, and gamma; drawn by seed in any other size.
struct Numbers {
  Matrix x, dy, gamma;

  Numbers(const Setting& s, std::uint64_t seed) {
    Random random(seed);
    x = random.normal(s.features, s.samples);
    gamma = random.uniform(s.features, 1, 0.5, 2);
    dy.zeros(s.features, s.samples);
    dy.col(0) = random.normal(s.features, 1);
    if (!s.blackboard()) return;
    const Matrix column = {0, 6, 6, 8};
    for (Index i = 0; i < x.n_elem; ++i) x[i] = column[(i % 4 + 4 - i / 4) % 4];
    dy.col(0) = Matrix{0, 3, -3, 3}.t();
    gamma = Matrix{1, 1, 1, 2}.t();
  }
};

/// One forward and one backward pass of the norm, written down.
Trace by_hand(const Setting& s, const Numbers& numbers) {
  Tape tape;
  AnyLayer norm = feature_norm(s.norm, s.features);
  for (Parameter* p : norm.parameters())
    if (p->name == "gamma") p->value = numbers.gamma;
  const Var y = norm(tape.variable(numbers.x)).label("y");
  tape.backward(y, numbers.dy);
  return trace_of(tape, "04_backward_by_hand", 16);
}

/// A panel for each line of each op: what went in, the lines forward, dy, the lines backward.
Figure stages(const Trace& trace) {
  Figure figure{"Backward, line by line", "", 4};
  for (const TracedNode& node : trace.nodes) {
    if (node.leaf) continue;
    const TracedMatrix& x = trace.nodes[node.inputs[0]].value;
    figure.add(matrix_chart(x, "x", x));
    const auto add = [&](const std::vector<TracedLine>& lines) {
      for (const TracedLine& line : lines)
        if (line.value) figure.add(matrix_chart(*line.value, line.symbol, x));
    };
    add(node.forward);
    if (node.gradient) figure.add(matrix_chart(*node.gradient, "dy", x));
    add(node.backward);
  }
  return figure.panel_size(230, 170);
}

const Quantity singular{"singular_value", "number", "singular values of ∂y/∂x"};

const Bands of_the_blackboard = {
    {"directions deleted, LayerNorm", between(8, 8, "2 for each of 4 tiles")},
    {"directions deleted, BatchNorm", between(8, 8, "2 for each of 4 tiles")},
    {"directions deleted, RMSNorm", between(4, 4, "1 for each of 4 tiles")},
    {"largest singular value, LayerNorm", between(0.33333, 0.33334, "1/σ")},
    {"what eps leaves along xhat, LayerNorm", between(3.6e-7, 3.8e-7, "eps/σ³ = 3.70e-7")}};

void report_jacobian(Lesson& lesson, const Record& record, const Styles& norms) {
  Table table({"norm", "directions", "deleted", "largest singular value", "largest deleted"});
  for (const Style& norm : norms) {
    const std::vector<double>& values = record.of(singular, norm.name).first();
    const auto is_kept = [&](double value) { return value > 1e-3 * values.front(); };
    const auto kept = std::size_t(std::ranges::count_if(values, is_kept));
    const double deleted = double(values.size() - kept), rest = deleted > 0 ? values[kept] : 0;
    table.row({norm.title, values.size(), values.size() - kept, values.front(), rest});
    lesson.claim("directions deleted", norm, {deleted}, of_the_blackboard);
    lesson.claim("largest singular value", norm, {values.front()}, of_the_blackboard);
    lesson.claim("what eps leaves along xhat", norm, {rest}, of_the_blackboard);
  }
  fmt::print("\nThe Jacobian ∂y/∂x, gamma = 1\n\n");
  table.print();
}

void report_by_hand(Lesson& lesson, const Setting& s, const Trace& trace) {
  fmt::print("{}", steps_as_text(trace));
  lesson.chart(stages(trace), "stages");
  if (s.norm != "layer" || !s.blackboard()) return;  // what follows was calculated on paper
  const TracedMatrix xhat = *trace.nodes[3].forward[3].value, dx = *trace.nodes[0].gradient;
  double sum = 0, along_xhat = 0;
  for (Index i = 0; i < 4; ++i) sum += dx.at(i, 0), along_xhat += dx.at(i, 0) * xhat.at(i, 0);
  lesson.claim("xhat of the first entry", {xhat.at(0, 0)},
               between(-1.66667, -1.66666, "(0 − 5)/3"));
  lesson.claim("dx of the first entry", {dx.at(0, 0)},
               between(0.33332, 0.33334, "(0 − 1.5 + 5/3·1.5)/3"));
  lesson.claim("Σ dx in column 1", {sum}, between(-1e-12, 1e-12, "the mean takes it away"));
  lesson.claim("Σ dx ⊙ xhat in column 1", {along_xhat}, between(0, 1e-5, "0, were eps 0"));
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> all = feature_norm_names();
  std::erase(all, "none");
  Lesson lesson("04_backward_by_hand", "A norm's gradient, line by line");
  lesson.option("features", s.features, 1, "rows of x")
      .option("samples", s.samples, 2, "columns of x")
      .option("norm", s.norm, all, "which norm to go through")
      .ask({"dx of the first entry",
            "Column 1 of x: 0, 6, 6, 8; gamma ⊙ dy: 0, 3, −3, 6. With LayerNorm, dx of the 0?"})
      .ask({"directions deleted, LayerNorm",
            "x has 4 × 4 entries. How many of its 16 directions does LayerNorm delete?"});
  return lesson.run(argc, argv, [&] {
    const std::string size = fmt::format("{} features × {} samples", s.features, s.samples);
    s.blackboard() ? lesson.setting_by_hand(size) : lesson.setting(size);
    if (s.features * s.samples > 256) throw UsageError("x may have 256 entries at most");
    const Numbers numbers(s, lesson.seed());
    report_by_hand(lesson, s, by_hand(s, numbers));
    lesson.no_more_steps();
    std::vector<std::string> names = {"layer", "rms", "batch"};
    if (std::ranges::find(names, s.norm) == names.end()) names.push_back(s.norm);
    const Styles norms = choose(all_norms(), names);
    Figure figure{"Which entry of x (across) moves which entry of y", "", norms.size()};
    const Record record = lesson.over_seeds(names, [&](auto& name, auto, Record& r) {
      const arma::vec values = arma::svd(jacobian(feature_norm(name, s.features), numbers.x));
      for (Index i = 0; i < values.n_elem; ++i) r.add(singular, name, i + 1, values[i]);
    });
    report_jacobian(lesson, record, norms);
    for (const Style& norm : norms) {
      const Matrix j = jacobian(feature_norm(norm.name, s.features), numbers.x);
      figure.add(matrix_chart(j, norm.title, Cells::colours_alone).x_axis("entry of x"));
    }
    lesson.chart(figure.panel_size(330, 370), "jacobian");
    Chart chart = chart_of(record, singular, norms, Line::first, Axis::linear);
    chart.title = "A norm deletes directions: of LayerNorm's gradient two in each tile";
    lesson.chart(chart, "singular_values");
    lesson.try_next("lessons/run 04 --step     (the same in the terminal, forwards and backwards)");
  });
}
