// A training run: loaded into a module and an optimizer that stay as they were if it is refused,
// and saved to the same bits if it is not.

#include "evenkeel/checkpoint/checkpoint.hpp"
#include "evenkeel/optim/adam.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;
using namespace evenkeel;

namespace {

struct Small final : Module {
  Parameter weight{Matrix{{1, 2}, {3, 4}, {5, 6}}};
  Parameter bias{Matrix{{1}, {-2}, {3}}};
  Matrix mean{3, 1, arma::fill::zeros};
  Matrix batches{1, 1, arma::fill::ones};
  Random mask{5};
  void members(Members& m) override {
    m.parameter("weight", weight);
    m.parameter("bias", bias);
    m.buffer("running_mean", mean);
    m.buffer("num_batches_tracked", batches, {TensorForm::count});
    m.random("mask", mask);
  }
};

struct Run {
  Small module;
  AdamW optimizer{module.parameters(), {.learning_rate = 1e-3}};
  TrainingState state{3, {}, {{"note", "σ"}}};

  Run() {
    for (Parameter* p : module.parameters()) {
      p->gradient = p->value;
      p->has_gradient = true;
    }
    optimizer.step();
  }
};

bool same(const Matrix& a, const Matrix& b) {
  return arma::size(a) == arma::size(b) &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](Scalar x, Scalar y) { return std::memcmp(&x, &y, sizeof(x)) == 0; });
}

bool same(Module& a, Module& b) {
  bool equal = a.named_randoms()[0].random->engine() == b.named_randoms()[0].random->engine();
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    equal = equal && same(a.parameters()[i]->value, b.parameters()[i]->value);
  }
  for (std::size_t i = 0; i < a.named_buffers().size(); ++i) {
    equal = equal && same(*a.named_buffers()[i].buffer, *b.named_buffers()[i].buffer);
  }
  return equal;
}

bool same(Run& a, Run& b) {
  const auto equal = [](const Optimizer::State& s, const Optimizer::State& t) {
    return s.steps == t.steps && same(s.first, t.first) && same(s.second, t.second);
  };
  const auto &s = a.optimizer.progress().states, &t = b.optimizer.progress().states;
  return same(a.module, b.module) && std::equal(s.begin(), s.end(), t.begin(), t.end(), equal) &&
         a.optimizer.steps() == b.optimizer.steps() &&
         a.optimizer.learning_rate() == b.optimizer.learning_rate() &&
         a.state.iteration == b.state.iteration && a.state.notes == b.state.notes;
}

void load(const Folder& folder, const std::string& bytes) {
  const fs::path path = folder.write("x", bytes);
  Run run;
  bool loaded = true;
  try {
    load_training(path, run.module, run.optimizer, run.state);
  } catch (const Error&) {
    loaded = false;
  }
  Run other;
  if (loaded) {
    save_training(folder / "saved", run.module, run.optimizer, run.state);
    load_training(folder / "saved", other.module, other.optimizer, other.state);
  }
  expect(same(run, other), loaded ? "another run after saving and loading"
                                  : "the run changed though its file was refused");
  Small module, before;
  try {
    load_module(path, module);
  } catch (const Error&) {
    expect(same(module, before), "the module changed though its file was refused");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Folder folder;
  const std::string input = as_text(bytes, size);
  const MemoryLimit limit(200'000 + 500 * size);
  load(folder, input);
  load(folder, with_length_that_fits(input));
  return 0;
}
