// A card: what a norm does and does not notice, and whether its backward is right, for any norm of
// the list in common/norms.cpp, without a test written. lessons/run card mine

#include <chrono>

#include "evenkeel/base/table.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "evenkeel/testing/invariance.hpp"
#include "lab.hpp"
#include "matrix_chart.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

/// A norm and something to normalize: 64 features, or 16 channels of 2×2 where it needs positions.
struct Subject {
  const NamedNorm& norm;
  ImageShape shape{.channels = 64, .height = 1, .width = 1};
  Matrix x = Random(42).normal(64, 8);

  explicit Subject(const std::string& name) : norm(by_name(all_norms(), name)) {
    try {
      apply(x);
    } catch (const Error&) {
      shape = {.channels = 16, .height = 2, .width = 2};
    }
  }
  AnyLayer layer() const { return norm.make(shape); }
  Unary function() const {
    return [norm = layer()](Var x) mutable { return norm(x); };
  }
  Matrix apply(const Matrix& in) const {
    Tape tape;
    return function()(tape.constant(in)).value();
  }
  Matrix gradient() const {
    Tape tape;
    const Var in = tape.variable(x);
    tape.backward(function()(in), Random(43).normal(x.n_rows, x.n_cols));
    return in.gradient();
  }
};

/// NaN where there is one, which max() would pass over.
double largest(const Matrix& m) {
  return m.has_nan() ? NAN : arma::abs(m).max();
}

double change(const Matrix& before, const Matrix& after) {
  return largest(after - before);
}

double gradient_error(const Subject& s) {
  AnyLayer layer = s.layer();
  return gradient_check([&](Tape&, std::span<const Var> in) { return layer(in[0]); }, {s.x})
      .relative_error;
}

double between_bodies(const Subject& s) {
  const Kernels before = current_kernels();
  Matrix y[2], dx[2];
  for (const Kernels kernels : {Kernels::plain, Kernels::fast}) {
    set_kernels(kernels);
    y[kernels == Kernels::fast] = s.apply(s.x), dx[kernels == Kernels::fast] = s.gradient();
  }
  set_kernels(before);
  return change(arma::join_rows(y[0], dx[0]), arma::join_rows(y[1], dx[1]));
}

/// Σ dx, or Σ dx ⊙ x, over each sample (a column) or each feature (a row): the largest.
double largest_sum(const Matrix& terms, arma::uword of_rows) {
  return largest(arma::sum(terms, of_rows));
}

double weights_scaled(const Subject& s, Index rows) {
  const Matrix w = Random(44).normal(64, 64, 0.2);
  Matrix scaled = w;
  scaled.head_rows(rows) *= 3;
  return change(s.apply(w * s.x), s.apply(scaled * s.x));
}

/// Training and evaluation of one layer on the same batch, after 200 others.
double train_and_eval(const Subject& s) {
  AnyLayer layer = s.layer();
  Tape tape;
  Random random(45);
  for (int i = 0; i < 200; ++i) {
    layer(tape.constant(random.normal(s.x.n_rows, s.x.n_cols)));
    tape.rewind();
  }
  const Matrix training = layer(tape.constant(s.x)).value();
  layer.eval();
  return change(training, layer(tape.constant(s.x)).value());
}

/// Of forward and backward: the best of many.
double microseconds(const Subject& s) {
  AnyLayer layer = s.layer();
  const Matrix x = Random(46).normal(64, 1024);
  double best = arma::datum::inf;
  Tape tape;
  for (int round = 0; round < 200; ++round, tape.rewind()) {
    const auto start = std::chrono::steady_clock::now();
    tape.backward(layer(tape.variable(x)), std::cref(x));
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count());
  }
  return best;
}

struct Property {
  std::string name;
  double (*measure)(const Subject&);
  double nothing;  ///< up to here it is none: rounding, or eps
};

const std::vector<Property> properties = {
    {"gradient check finds an error", gradient_error, 1e-6},
    {"fast and plain body differ", between_bodies, 1e-11},
    {"notices 3 added to all of x",
     [](const Subject& s) { return change(s.apply(s.x), s.apply(s.x + 3)); }, 1e-9},
    {"notices 10⁶ added to all of x",
     [](const Subject& s) { return change(s.apply(s.x), s.apply(s.x + (1 << 20))); }, 1e-7},
    {"notices x tripled", [](const Subject& s) { return change(s.apply(s.x), s.apply(3 * s.x)); },
     1e-3},
    {"notices the weights before it tripled",
     [](const Subject& s) { return weights_scaled(s, s.x.n_rows); }, 1e-3},
    {"notices one unit's weights tripled", [](const Subject& s) { return weights_scaled(s, 1); },
     1e-3},
    {"notices the other samples",
     [](const Subject& s) { return sample_independence(s.function(), s.x); }, 0},
    {"evaluation differs from training", train_and_eval, 0},
    {"Σ dx of a sample", [](const Subject& s) { return largest_sum(s.gradient(), 0); }, 1e-9},
    {"Σ dx ⊙ x of a sample", [](const Subject& s) { return largest_sum(s.gradient() % s.x, 0); },
     5e-3},
    {"Σ dx of a feature", [](const Subject& s) { return largest_sum(s.gradient(), 1); }, 1e-9},
    {"Σ dx ⊙ x of a feature", [](const Subject& s) { return largest_sum(s.gradient() % s.x, 1); },
     5e-3},
};

const Quantity property{"property", "number", "what it notices"};
const Quantity singular{"singular_value", "number", "singular value of ∂y/∂x"};
const Quantity response{"response", "one entry of x", "that entry of y"};

void measure(const std::string& name, Record& record) {
  const Subject s(name);
  for (std::size_t i = 0; i < properties.size(); ++i) {
    record.add(property, name, double(i + 1), properties[i].measure(s));
  }
  const arma::vec values = arma::svd(jacobian(s.function(), s.x));
  for (Index i = 0; i < values.n_elem; ++i) record.add(singular, name, double(i + 1), values[i]);
  Matrix moved = s.x;
  for (double entry = -20; entry <= 20; entry += 0.5) {
    moved[0] = entry;
    record.add(response, name, entry, s.apply(moved)[0]);
  }
}

void print_card(Lesson& lesson, const Record& record, const Styles& norms) {
  std::vector<Column> columns = {"property"};
  for (const Style& norm : norms) columns.emplace_back(norm.title);
  Table table(columns);
  const auto row = [&](const std::string& name, const auto& cell) {
    std::vector<Cell> cells = {name};
    for (const Style& norm : norms) cells.emplace_back(cell(norm.name));
    table.row(cells);
  };
  for (std::size_t i = 0; i < properties.size(); ++i) {
    row(properties[i].name, [&](const std::string& norm) {
      const double value = record.of(property, norm).first()[i];
      if (std::isnan(value)) return std::string("NaN");
      return value <= properties[i].nothing ? std::string("no") : fmt::format("{:.2g}", value);
    });
  }
  const auto values = [&](const std::string& norm) { return record.of(singular, norm).first(); };
  row("directions deleted, of 512", [&](const std::string& norm) {
    return std::ranges::count_if(values(norm),
                                 [&](double v) { return v <= 1e-3 * values(norm)[0]; });
  });
  row("largest singular value of ∂y/∂x", [&](const std::string& norm) { return values(norm)[0]; });
  const double layer_norm = microseconds(Subject("layer"));
  row("time relative to LayerNorm", [&](const std::string& norm) {
    return fmt::format("{:.1f}", microseconds(Subject(norm)) / layer_norm);
  });
  table.print();
  for (const Style& norm : norms) {
    for (std::size_t i : {0, 1}) {
      lesson.claim(fmt::format("{}, {}", properties[i].name, norm.title),
                   {record.of(property, norm.name).first()[i]},
                   between(0, properties[i].nothing, "rounding; else see docs/extending.md"));
    }
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  std::vector<std::string> all = names_of(all_norms());
  std::erase(all, "none");
  std::vector<std::string> names = {"batch", "layer", "rms", "group", "instance"};
  Lesson lesson("card", "What a norm notices, and whether its backward is right");
  lesson.option("norm", names, all, "which norms, separated by commas");
  return lesson.run(argc, argv, [&] {
    lesson.setting("64 features × 8 samples");
    const Styles norms = choose(all_norms(), names);
    const Record record =
        lesson.over_seeds(names, [](auto& name, auto, Record& r) { measure(name, r); });
    print_card(lesson, record, norms);
    Figure figure{"What one entry of x does to its own y, and what of dy comes through", ""};
    figure.add(chart_of(record, response, norms, Line::first, Axis::linear));
    figure.add(chart_of(record, singular, norms, Line::first, Axis::linear));
    lesson.chart(figure, "card");
  });
}
