#pragma once
// A classifier and samples small enough to train in a test.

#include <vector>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/data/loader.hpp"
#include "evenkeel/data/samples.hpp"
#include "evenkeel/nn/linear_layer.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/trainer.hpp"

namespace evenkeel_test {

/// linear → BatchNorm → relu → linear
class SmallClassifier final : public evenkeel::Layer {
 public:
  explicit SmallClassifier(evenkeel::Index features, evenkeel::Index classes,
                           evenkeel::Random random = evenkeel::Random(1))
      : first(features, 32, random), norm(32), last(32, classes, random) {}

  evenkeel::Var operator()(evenkeel::Var x) override {
    return last(relu(norm(first(x).label("h.pre"))).label("h")).label("logits");
  }
  void members(evenkeel::Members& m) override {
    m.module("first", first);
    m.module("norm", norm);
    m.module("last", last);
  }

  evenkeel::LinearLayer first;
  evenkeel::BatchNorm norm;
  evenkeel::LinearLayer last;
};

/// `count` samples of 20 features in 3 classes: a centre for each class plus N(0, spread²).
inline evenkeel::Samples clusters(evenkeel::Index count, std::uint64_t seed, double spread = 1.0) {
  constexpr evenkeel::Index features = 20, classes = 3;
  const evenkeel::Matrix centres = evenkeel::Random(7).normal(features, classes);
  evenkeel::Random random(seed);
  evenkeel::Samples samples;
  samples.classes = classes;
  samples.image = {features, 1, 1};
  samples.x = random.normal(features, count, spread);
  for (evenkeel::Index i = 0; i < count; ++i) {
    samples.labels.push_back(random.below(classes));
    samples.x.col(i) += centres.col(samples.labels.back());
  }
  return samples;
}

/// All parameters and buffers, one after the other.
inline std::vector<evenkeel::Matrix> state_of(evenkeel::Module& model) {
  std::vector<evenkeel::Matrix> all;
  for (const evenkeel::NamedParameter& p : model.named_parameters()) {
    all.push_back(p.parameter->value);
  }
  for (const evenkeel::NamedBuffer& b : model.named_buffers()) all.push_back(*b.buffer);
  return all;
}

inline bool same_bits(const std::vector<evenkeel::Matrix>& a,
                      const std::vector<evenkeel::Matrix>& b) {
  bool same = a.size() == b.size() && !a.empty();
  for (std::size_t i = 0; same && i < a.size(); ++i) {
    same =
        arma::size(a[i]) == arma::size(b[i]) && std::equal(a[i].begin(), a[i].end(), b[i].begin());
  }
  return same;
}

inline const evenkeel::TrainerOptions silent = {.epochs = 5, .progress = nullptr};

/// A model and what it is trained on, before the first step: each is the same.
struct Run {
  SmallClassifier model{20, 3};
  evenkeel::Sgd optimizer{model.parameters(), {.learning_rate = 0.05, .momentum = 0.9}};
  evenkeel::Samples train = clusters(300, 1, 0.5), test = clusters(200, 2, 0.5);
  evenkeel::Loader loader{train, {.batch = 32, .drop_last = true}, 3};
};

}  // namespace evenkeel_test
