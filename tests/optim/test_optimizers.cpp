#include <cmath>
#include <limits>
#include <memory>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/optim/muon.hpp"
#include "evenkeel/optim/schedule.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

double number(const nlohmann::json& options, const char* name, double otherwise) {
  return options.value(name, otherwise);
}

std::unique_ptr<Optimizer> make(const std::string& name, const nlohmann::json& o,
                                Problem& problem) {
  const double decay = number(o, "weight_decay", 0);
  std::vector<ParameterGroup> groups = {{{&problem.matrix, &problem.vector}, {}}};
  if (o.contains("groups")) groups = {{{&problem.matrix}, {}}, {{&problem.vector}, 0.0}};
  if (name.starts_with("sgd")) {
    return std::make_unique<Sgd>(
        groups, SgdOptions{o["lr"], number(o, "momentum", 0), o.value("nesterov", false), decay});
  }
  if (name.starts_with("muon")) {  // the vector stays where it is
    return std::make_unique<Muon>(
        ParameterGroups{&problem.matrix},
        MuonOptions{o["lr"], number(o, "momentum", 0.95), o.value("nesterov", true), decay});
  }
  const double beta1 = number(o, "beta1", 0.9), beta2 = number(o, "beta2", 0.999);
  if (name.starts_with("adamw")) {
    return std::make_unique<AdamW>(groups, AdamWOptions{o["lr"], beta1, beta2, 1e-8, decay});
  }
  return std::make_unique<Adam>(groups, AdamOptions{o["lr"], beta1, beta2, 1e-8, decay});
}

double rate(const nlohmann::json& o, Index step) {
  const double lr = o["lr"];
  if (o.contains("cosine")) {
    const double total = o["cosine"][1];
    return CosineSchedule{lr, o["cosine"][0], 0, static_cast<Index>(total)}(step);
  }
  if (o.contains("step")) {
    const double factor = o["step"][0], every = o["step"][1];
    return lr * std::pow(factor, std::floor(static_cast<double>(step) / every));
  }
  return lr;
}

// In double: 100 steps of a contraction add at most some ten roundings of numbers up to 2. In
// float: what PyTorch's own float32 is off by, and the same again for another order of operations.
// Muon enlarges small singular values, and their rounding with them: by as much in both precisions.
double allowed(const nlohmann::json& c) {
  if (c["case"].get<std::string>().starts_with("muon")) {
    return 4 * c["float_error"].get<double>() * machine_epsilon /
           std::numeric_limits<float>::epsilon();
  }
  if (sizeof(Scalar) == 8) return 64 * machine_epsilon;
  return 4 * std::max(c["float_error"].get<double>(), static_cast<double>(machine_epsilon));
}

void hold_trajectory(const nlohmann::json& c) {
  Problem problem;
  const nlohmann::json& options = c["options"];
  const auto optimizer = make(c["case"], options, problem);
  for (Index step = 0; step < 100; ++step) {
    problem.compute_gradients();
    if (options.contains("max_norm")) {
      const double norm = clip_gradient_norm(optimizer->parameters(), options["max_norm"]);
      if (step < 3) {
        BOOST_TEST(std::abs(norm - c["norms"][step].get<double>()) <= 8 * machine_epsilon * norm);
      }
    }
    optimizer->set_learning_rate(rate(options, step));
    optimizer->step();
    const std::string made = std::to_string(step + 1);
    if (!c["after"].contains(made)) continue;
    for (const Parameter* p : {&problem.matrix, &problem.vector}) {
      const Matrix expected = matrix_of(c["after"][made][p->name]);
      BOOST_TEST_CONTEXT(c["case"] << ", " << p->name << " after " << made << " steps") {
        BOOST_TEST(static_cast<double>(arma::abs(p->value - expected).max()) <= allowed(c));
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optim)
BOOST_AUTO_TEST_SUITE(optimizers)

BOOST_AUTO_TEST_CASE(a_hundred_steps_as_pytorch) {
  const Kernels before = current_kernels();
  for (Kernels which : {Kernels::plain, Kernels::fast}) {
    set_kernels(which);
    for (const nlohmann::json& c : optim_reference()["cases"]) hold_trajectory(c);
  }
  set_kernels(before);
}

// The entries of a step do not meet, so the bodies part by at most the rounding of a fused
// multiplication, and threads change nothing.
BOOST_AUTO_TEST_CASE(fast_equals_plain_for_any_number_of_threads) {
  const Kernels before = current_kernels();
  const auto after = [](Kernels which, int threads) {
    set_kernels(which);
    set_num_threads(threads);
    Parameter p(Random(1).normal(371, 300), "p");
    AdamW optimizer({&p}, {.weight_decay = 0.1});
    Random random(2);
    for (int step = 0; step < 3; ++step) {
      p.gradient = random.normal(371, 300);
      p.has_gradient = true;
      optimizer.step();
    }
    return p.value;
  };
  const Matrix plain = after(Kernels::plain, 1);
  const Matrix one = after(Kernels::fast, 1);
  for (int threads : {2, 7})
    BOOST_TEST((arma::all(arma::vectorise(one == after(Kernels::fast, threads)))));
  BOOST_TEST(static_cast<double>(arma::abs(plain - one).max()) <= 16 * machine_epsilon);
  set_num_threads(0);
  set_kernels(before);
}

BOOST_AUTO_TEST_CASE(only_what_has_a_gradient_moves) {
  Problem problem;
  Sgd optimizer({&problem.matrix, &problem.vector}, {.learning_rate = 0.1});
  problem.compute_gradients();
  problem.vector.has_gradient = false;
  problem.matrix.requires_grad = false;
  optimizer.step();
  BOOST_TEST((arma::approx_equal(problem.vector.value, Problem::start("vector"), "absdiff", 0)));
  BOOST_TEST((arma::approx_equal(problem.matrix.value, Problem::start("matrix"), "absdiff", 0)));
}

BOOST_AUTO_TEST_CASE(a_shared_parameter_is_updated_once) {
  Problem once, twice;
  Sgd one({&once.matrix}, {.learning_rate = 0.1});
  Sgd two({&twice.matrix, &twice.matrix}, {.learning_rate = 0.1});
  once.compute_gradients();
  twice.compute_gradients();
  one.step();
  two.step();
  BOOST_TEST((arma::approx_equal(once.matrix.value, twice.matrix.value, "absdiff", 0)));
  BOOST_TEST(two.parameters().size() == 1u);
}

BOOST_AUTO_TEST_CASE(decay_for_matrices_only) {
  struct Model : Module {
    Parameter weight{Matrix(2, 3, arma::fill::ones), "weight"};
    Parameter bias{Matrix(2, 1, arma::fill::ones), "bias"};
    void members(Members& m) override {
      m.parameter("weight", weight);
      m.parameter("bias", bias);
    }
  } model;
  Sgd optimizer(decay_matrices_only(model, 0.5), {.learning_rate = 0.1});
  for (Parameter* p : model.parameters()) {
    p->gradient.zeros(p->value.n_rows, p->value.n_cols);
    p->has_gradient = true;
  }
  optimizer.step();
  BOOST_TEST(std::abs(static_cast<double>(model.weight.value[0]) - 0.95) <= 2 * machine_epsilon);
  BOOST_TEST(model.bias.value[0] == Scalar(1));
}

// PyTorch's defaults, also where another option is given: a gradient of 0 leaves the decay alone.
BOOST_AUTO_TEST_CASE(adamw_decays_unless_told_otherwise_and_adam_does_not) {
  Parameter decayed(arma::ones<Matrix>(1, 1), "decayed");
  Parameter kept(arma::ones<Matrix>(1, 1), "kept");
  AdamW adamw({&decayed}, {.learning_rate = 0.5});
  Adam adam({&kept}, {.learning_rate = 0.5});
  for (Parameter* p : {&decayed, &kept}) {
    p->gradient.zeros(1, 1);
    p->has_gradient = true;
  }
  adamw.step();
  adam.step();
  BOOST_TEST(std::abs(decayed.value[0] - (1 - 0.5 * 0.01)) <= 4 * machine_epsilon);
  BOOST_TEST(kept.value[0] == Scalar(1));
}

// U Vᵀ up to the polynomial's own error: the singular vectors are kept, the values go to 0.7 … 1.2.
BOOST_AUTO_TEST_CASE(muon_makes_a_step_orthogonal) {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{12, 20}, {20, 12}, {16, 16}}) {
    const Matrix d = Random(rows).normal(rows, cols);
    const Matrix o = orthogonalized(d);
    Matrix u, v;
    arma::Col<Scalar> sigma;
    arma::svd_econ(u, sigma, v, d);
    const Matrix core = u.t() * o * v;
    const double off = static_cast<double>(arma::abs(core - arma::diagmat(core)).max());
    BOOST_TEST(off <= 5e4 * machine_epsilon);  // 3.4445⁵ = 485 times some 100 roundings
    for (Index i = 0; i < core.n_cols; ++i) {
      if (sigma[i] < Scalar(0.005) * arma::norm(sigma)) continue;
      BOOST_TEST((core(i, i) > Scalar(0.6) && core(i, i) < Scalar(1.3)));
    }
  }
  BOOST_TEST(arma::abs(orthogonalized(Matrix(3, 4, arma::fill::zeros))).max() == 0);
}

BOOST_AUTO_TEST_CASE(muon_is_for_matrices) {
  Problem p;
  BOOST_CHECK_EXCEPTION(Muon({&p.matrix, &p.vector}), Error,
                        says("[muon] parameter 'vector' is 3×1"));
  BOOST_CHECK_EXCEPTION(Muon({&p.matrix}, {.momentum = 1}), Error,
                        says("[muon] momentum must be in [0, 1)"));
}

BOOST_AUTO_TEST_CASE(bad_options) {
  Problem p;
  BOOST_CHECK_EXCEPTION(Sgd({&p.matrix}, {.momentum = 1}), Error,
                        says("[sgd] momentum must be in [0, 1)"));
  BOOST_CHECK_EXCEPTION(Sgd({&p.matrix}, {.nesterov = true}), Error,
                        says("nesterov needs a momentum"));
  BOOST_CHECK_EXCEPTION(Adam({&p.matrix}, {.beta2 = 1.5}), Error, says("[0, 1), got 1.5"));
  BOOST_CHECK_EXCEPTION(Adam({&p.matrix}, {.learning_rate = -1}), Error,
                        says("learning_rate must be"));
  BOOST_CHECK_EXCEPTION(AdamW({&p.matrix}, {.weight_decay = -1}), Error,
                        says("weight_decay must be"));
}

BOOST_AUTO_TEST_CASE(a_step_looks_at_public_fields_before_it_changes_anything) {
  Parameter first(Matrix(2, 2, arma::fill::ones), "first");
  Parameter second(Matrix(2, 2, arma::fill::ones), "second");
  for (Parameter* p : {&first, &second}) {
    p->gradient.ones(2, 2);
    p->has_gradient = true;
  }
  Adam adam({&first, &second});
  second.gradient.ones(1, 1);
  BOOST_CHECK_EXCEPTION(adam.step(), Error,
                        says("[optimizer] the gradient of parameter 'second' must be 2×2 to match "
                             "its value, got 1×1"));
  BOOST_TEST(first.value(0, 0) == 1);
  BOOST_TEST(adam.steps() == 0);
  second.gradient.ones(2, 2);
  adam.step();
  second.value.ones(4, 1);
  second.gradient.ones(4, 1);
  BOOST_CHECK_EXCEPTION(adam.step(), Error, says("the state of parameter 'second' must be 4×1"));
  BOOST_TEST(adam.steps() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
