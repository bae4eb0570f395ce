#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>

#include "reference/reference.hpp"
#include "scopes.hpp"

namespace evenkeel::reference {
namespace {

void run_case(const Case& c, const Run& run) {
  try {
    run(c);
  } catch (const std::exception& error) {
    BOOST_ERROR(fmt::format("{} / {}: threw {}", c.op, c.name, error.what()));
  }
}

}  // namespace

void check(const Case& c, const std::string& result, const Matrix& got, const Matrix& expected) {
  const std::string what = fmt::format("{} / {} / {}", c.op, c.name, result);
  if (got.n_rows != expected.n_rows || got.n_cols != expected.n_cols) {
    BOOST_ERROR(fmt::format("{}: expected {}×{}, got {}×{}", what, expected.n_rows, expected.n_cols,
                            got.n_rows, got.n_cols));
    return;
  }
  const double eps = machine_epsilon;
  const double allowed = 8 * eps * c.scale.at(result);
  double worst = 0;
  Index where = 0;
  for (Index i = 0; i < got.n_elem; ++i) {
    const double difference = std::abs(double(got(i)) - double(expected(i)));
    const double error = std::isnan(difference) ? HUGE_VAL : difference;
    if (error > worst) {
      worst = error;
      where = i;
    }
  }
  BOOST_CHECK_MESSAGE(worst <= allowed,
                      fmt::format("{}: off by {:.3g} at entry {} (got {:.9g}, expected {:.9g}), "
                                  "allowed {:.3g} = 8 eps × {:.3g}",
                                  what, worst, where, double(got(where)), double(expected(where)),
                                  allowed, c.scale.at(result)));
}

void hold(const std::string& file, const std::map<std::string, Run>& runs) {
  const std::vector<Case> cases = read(file);
  std::set<std::string> seen;
  for (const Kernels which : {Kernels::plain, Kernels::fast}) {
    const evenkeel_test::WithKernels chosen(which);
    BOOST_TEST_CONTEXT((which == Kernels::plain ? "plain kernels" : "fast kernels")) {
      for (const Case& c : cases) {
        seen.insert(c.op);
        const auto run = runs.find(c.op);
        if (run == runs.end()) {
          BOOST_ERROR(fmt::format("{} has an op that no test knows: {}", file, c.op));
        } else {
          run_case(c, run->second);
        }
      }
    }
  }
  for (const auto& [op, run] : runs) {
    BOOST_CHECK_MESSAGE(seen.count(op) == 1, fmt::format("{} has no case of {}", file, op));
  }
}

Run through_tape(std::function<Var(const Case&, const Inputs&)> f) {
  return [f = std::move(f)](const Case& c) {
    Tape tape;
    Inputs inputs;
    for (const auto& [name, value] : c.inputs) inputs[name] = tape.variable(value);
    const Var y = f(c, inputs);
    check(c, "output", y.value(), c.output);
    tape.backward(y, c.cotangent);
    for (const auto& [name, gradient] : c.gradients) {
      check(c, name, inputs.at(name).gradient(), gradient);
    }
  };
}

}  // namespace evenkeel::reference
