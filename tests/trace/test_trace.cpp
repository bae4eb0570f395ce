#include "evenkeel/trace/trace.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "evenkeel/ops/softmax.hpp"
#include "evenkeel/variants/batch_renorm.hpp"
#include "ops/body_table.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

const TracedLine* line_of(const std::vector<TracedLine>& lines, const std::string& symbol) {
  for (const TracedLine& line : lines) {
    if (line.symbol == symbol) return &line;
  }
  return nullptr;
}

Matrix matrix(const TracedMatrix& m) {
  Matrix x(m.shown_rows, m.shown_cols);
  for (Index i = 0; i < x.n_elem; ++i) x[i] = static_cast<Scalar>(m.entries[i]);
  return x;
}

Matrix matrix(const std::vector<TracedLine>& lines, const std::string& symbol) {
  const TracedLine* line = line_of(lines, symbol);
  return line && line->value ? matrix(*line->value) : Matrix();
}

// The last line of a norm's backward, computed from the lines before it as they stand in the trace.
Matrix dx_from_lines(const TracedNode& node, Tile tile) {
  const auto spread = [&](const Matrix& m) {
    return m.is_empty() ? Matrix(node.value.rows, node.value.cols, arma::fill::zeros)
                        : broadcast(m, tile);
  };
  const Matrix xhat = matrix(node.forward, "xhat"), dxhat = matrix(node.backward, "dxhat");
  const Matrix inner = dxhat - spread(matrix(node.backward, "mean_dxhat")) -
                       xhat % spread(matrix(node.backward, "mean_dxhat_xhat"));
  return inner % broadcast(matrix(node.forward, "rstd"), tile);
}

void check_norm(const std::function<Var(Var)>& norm, Tile tile, std::size_t lines) {
  Tape tape;
  Random random(3);
  const Var y = norm(tape.variable(random.normal(6, 4, 2.0)));
  tape.backward(y, random.normal(6, 4));
  const Trace trace = trace_of(tape);
  const TracedNode& node = trace.nodes[y.index()];
  BOOST_TEST(node.backward.size() == lines);
  const Matrix dx = matrix(node.backward, "dx");
  BOOST_TEST(arma::abs(dx - dx_from_lines(node, tile)).max() < 20 * machine_epsilon);
  for (const char* square : {"variance", "mean_square"}) {
    const Matrix shown = matrix(node.forward, square), rstd = matrix(node.forward, "rstd");
    const Matrix from_shown = 1 / arma::sqrt(shown + Scalar(1e-5));
    BOOST_TEST((shown.is_empty() || arma::abs(rstd - from_shown).max() < 20 * machine_epsilon));
  }
  const auto is_sum = [&](const std::string& symbol, const Matrix& terms) {
    const Matrix shown = matrix(node.backward, symbol);
    const Matrix sums = arma::sum(terms, tile.rows == 1 ? 1 : 0);
    BOOST_TEST((shown.is_empty() || arma::abs(shown - sums).max() < 50 * machine_epsilon), symbol);
  };
  is_sum("sum_dx", dx);
  is_sum("sum_dx_xhat", dx % matrix(node.forward, "xhat"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace)

BOOST_AUTO_TEST_CASE(the_lines_of_a_norm_lead_to_its_gradient) {
  Parameter gamma(Random(1).normal(6, 1)), beta(Random(2).normal(6, 1));
  check_norm([&](Var x) { return layer_norm(x, {gamma, beta}); }, {6, 1}, 8);
  check_norm([&](Var x) { return layer_norm(x); }, {6, 1}, 6);
  check_norm([&](Var x) { return rms_norm(x, {gamma}); }, {6, 1}, 5);
  check_norm([&](Var x) { return batch_norm(x, 6, {gamma, beta}); }, {1, 4}, 8);
  RunningStats running(6, 0.1);
  check_norm([&](Var x) { return batch_norm_eval(x, running, {gamma, beta}); }, {1, 4}, 4);
  check_norm([&](Var x) { return batch_renorm(x, running, {.r_max = 1.2}); }, {1, 4}, 6);
}

BOOST_AUTO_TEST_CASE(the_lines_of_batch_renorm_lead_to_its_value) {
  Tape tape;
  RunningStats running(6, 0.1);
  running.mean.fill(Scalar(0.25));
  const Var y = batch_renorm(tape.variable(Random(3).normal(6, 4, 2.0)), running);
  const Trace trace = trace_of(tape);
  const std::vector<TracedLine>& lines = trace.nodes[y.index()].forward;
  const Matrix rstd = matrix(lines, "rstd"), sigma = matrix(lines, "sigma");
  const Matrix r = matrix(lines, "r"), d = matrix(lines, "d"), xhat = matrix(lines, "xhat");
  BOOST_TEST(arma::abs(r - 1 / (rstd % sigma)).max() < 8 * machine_epsilon);
  BOOST_TEST(arma::abs(d - (matrix(lines, "mean") - Scalar(0.25)) / sigma).max() <
             8 * machine_epsilon);
  BOOST_TEST(arma::abs(y.value() - xhat % broadcast(r, {1, 4}) - broadcast(d, {1, 4})).max() <
             20 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(the_lines_of_softmax_lead_to_its_gradient) {
  Tape tape;
  Random random(4);
  const Var y = softmax(tape.variable(random.normal(5, 3)));
  tape.backward(y, random.normal(5, 3));
  const Trace trace = trace_of(tape);
  const TracedNode& node = trace.nodes[y.index()];
  const Matrix e = matrix(node.forward, "e"), value = matrix(node.forward, "y");
  const Matrix x = matrix(trace.nodes[0].value), dy = matrix(*node.gradient);
  const Matrix below_largest = x.each_row() - matrix(node.forward, "largest");
  BOOST_TEST(arma::abs(e - arma::exp(below_largest)).max() < 20 * machine_epsilon);
  BOOST_TEST(arma::abs(value - e.each_row() / arma::sum(e, 0)).max() < 20 * machine_epsilon);
  const Matrix dx = value % (dy.each_row() - matrix(node.backward, "mean_dy"));
  BOOST_TEST(arma::abs(matrix(node.backward, "dx") - dx).max() < 20 * machine_epsilon);
}

BOOST_AUTO_TEST_CASE(every_op_has_a_formula_that_names_its_gradients) {
  for (const bodies::Row& row : bodies::table()) {
    Tape tape;
    Random random(5);
    std::vector<Var> inputs;
    for (const Shape& shape : row.inputs({8, 8})) {
      inputs.push_back(tape.variable(random.uniform(shape.rows, shape.cols, 0.5, 1.5)));
    }
    const Var y = row.record(inputs);
    tape.backward(y, Matrix(y.rows(), y.cols(), arma::fill::ones));
    const Trace trace = trace_of(tape);
    const TracedNode& node = trace.nodes[y.index()];
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(!node.forward.back().expression.empty());
      BOOST_TEST(node.forward.back().symbol == "y");
      BOOST_TEST(node.input_names.size() == node.inputs.size());
      for (const std::string& name : node.input_names) {
        const TracedLine* line = line_of(node.backward, "d" + name);
        BOOST_TEST((line && line->value.has_value()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(forward_and_backward_order) {
  const Trace trace = trace_of_two_layers();
  BOOST_TEST(trace.nodes.size() == 10u);
  BOOST_TEST(trace.nodes[5].op == "layer_norm");
  BOOST_TEST((trace.backward == std::vector<Index>{9, 8, 6, 5, 2}));
  BOOST_TEST((trace.nodes[5].inputs == std::vector<Index>{2, 3, 4}));
  BOOST_TEST((trace.nodes[5].input_names == std::vector<std::string>{"x", "gamma", "beta"}));
  BOOST_TEST(trace.nodes[1].backward.empty());  // W is a constant
  BOOST_TEST(line_of(trace.nodes[2].backward, "dW") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_several_uses_says_so) {
  Tape tape;
  const Var x = tape.variable(Matrix{{1, 2}});
  tape.backward(sum(x % x + x));
  const Trace trace = trace_of(tape);
  BOOST_TEST(trace.nodes[1].backward[0].words.find("3 uses") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(large_matrices_are_cut_and_their_statistics_are_whole) {
  Tape tape;
  Matrix data(40, 30, arma::fill::ones);
  data(39, 29) = 1201;
  data(0, 0) = std::numeric_limits<Scalar>::quiet_NaN();
  tape.constant(data);
  const TracedMatrix m = trace_of(tape, "", 5).nodes[0].value;
  BOOST_TEST(m.rows == 40u);
  BOOST_TEST(m.entries.size() == 25u);
  BOOST_TEST(m.max == 1201);
  BOOST_TEST(m.not_finite == 1u);
  BOOST_TEST(m.mean == 2399.0 / 1199 - 1200.0 / 1199 + 1200.0 / 1199,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(an_op_of_ones_own_joins_by_one_call) {
  BOOST_TEST(formula_of("my_op", 1).forward.empty());
  add_formula("my_op", {{{"y", "f(x)", ""}}, {{"dx", "f'(x) dy", ""}}, {"x"}});
  BOOST_TEST(formula_of("my_op", 1).forward[0].expression == "f(x)");
}

BOOST_AUTO_TEST_CASE(a_look_after_each_backward) {
  Index looks = 0, nodes = 0;
  Tape::after_backward([&](const Tape& tape) { ++looks, nodes = tape.size(); });
  trace_of_two_layers();
  Tape::after_backward({});
  trace_of_two_layers();
  BOOST_TEST(looks == 1u);
  BOOST_TEST(nodes == 10u);
}

BOOST_AUTO_TEST_SUITE_END()
