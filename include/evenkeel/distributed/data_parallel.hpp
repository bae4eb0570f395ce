#pragma once
// Training on several processes: each has its share of every batch, all have the same weights.
//
//   DataParallel parallel(all, model);            // everybody gets the weights of process 0
//   while (loader.next(batch)) {                  // a Loader of this process's shares
//     const Var y = model(tape.constant(batch.x));
//     parallel.backward(mean(square(y)), batch.x.n_cols);
//     optimizer.step();
//     tape.rewind();
//   }
//
// The loss of all is Σ n·loss / Σ n over the processes. So each runs backward from its own with
// the seed n / Σ n, and the gradients are added up: shares of unequal size are right, and the run
// is that of one process with whole batches, up to rounding. Weighting the gradients afterwards
// would be too late: SyncBatchNorm mixes the processes' gradients on the way.
//
// Gradients travel in buckets of a million numbers, parameter after parameter.

#include "evenkeel/base/communicator.hpp"
#include "evenkeel/core/module.hpp"

namespace evenkeel {

class DataParallel {
 public:
  /// Collective: gives every process the parameters and buffers of process 0. All must outlive it.
  DataParallel(Communicator& all, Module& model) : DataParallel(all, model, model.parameters()) {}
  /// The same where only some are trained: gradients of the others are left alone.
  DataParallel(Communicator& all, Module& model, std::vector<Parameter*> trained);

  /// Collective: backward from the mean of all processes' losses, each a mean over `samples`, with
  /// their gradients added up; returns that mean. A process with no samples gives any loss that
  /// depends on what the others' do (a sum over nothing).
  double backward(Var loss, Index samples);

  /// Collective, the second half of it: every trained parameter's gradient becomes the sum over
  /// processes, where one has none as if it were 0; it stays without where none has.
  void add_up_gradients();

 private:
  void add_up(std::span<Parameter* const> some);

  Communicator& all_;
  std::vector<Parameter*> trained_;
  std::vector<Scalar> bucket_;
};

/// This process's columns of x.
Matrix share_of(const Communicator& all, const Matrix& x);
/// And its labels, of any kind.
template <class T>
std::vector<T> share_of(const Communicator& all, const std::vector<T>& labels) {
  const auto [first, last] = all.share().of(labels.size());
  return {labels.begin() + std::ptrdiff_t(first), labels.begin() + std::ptrdiff_t(last)};
}

}  // namespace evenkeel
