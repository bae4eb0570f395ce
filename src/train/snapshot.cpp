#include "evenkeel/train/snapshot.hpp"

#include <algorithm>

namespace evenkeel {

std::vector<NamedBuffer> matrices_of(Module& module) {
  std::vector<NamedBuffer> all;
  const auto add = [&](const std::string& name, Matrix* matrix, const TensorForm& form) {
    if (std::ranges::find(all, matrix, &NamedBuffer::buffer) != all.end()) return;
    all.push_back({name, matrix, form});
  };
  for (const NamedParameter& p : module.named_parameters())
    add(p.name, &p.parameter->value, p.form);
  for (const NamedBuffer& b : module.named_buffers()) add(b.name, b.buffer, b.form);
  return all;
}

void Snapshot::take(Module& module, Optimizer& optimizer) {
  const std::vector<NamedBuffer> all = matrices_of(module);
  matrices_.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) matrices_[i] = *all[i].buffer;
  randoms_.clear();
  for (const NamedRandom& named : module.named_randoms()) randoms_.push_back(*named.random);
  states_ = optimizer.states();
  steps_ = optimizer.steps();
  learning_rate_ = optimizer.learning_rate();
}

void Snapshot::restore(Module& module, Optimizer& optimizer) const {
  const std::vector<NamedBuffer> all = matrices_of(module);
  for (std::size_t i = 0; i < all.size(); ++i) *all[i].buffer = matrices_.at(i);
  const std::vector<NamedRandom> randoms = module.named_randoms();
  for (std::size_t i = 0; i < randoms.size(); ++i) *randoms[i].random = randoms_.at(i);
  optimizer.states() = states_;
  optimizer.set_steps(steps_);
  optimizer.set_learning_rate(learning_rate_);
}

bool Snapshot::lost_finite(Module& module) const {
  const std::vector<NamedBuffer> all = matrices_of(module);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].buffer->is_finite() && matrices_.at(i).is_finite()) return true;
  }
  return false;
}

}  // namespace evenkeel
