#pragma once
// BatchNorm over the samples of all processes: exactly what one process with the whole batch does.
//
//   forward    each process: n, mean, M2 = Σ(x − mean)² of its shard, for each channel
//              merged in order of rank:  δ = mean_b − mean_a,  n = n_a + n_b
//                mean = mean_a + δ·n_b/n      M2 = M2_a + M2_b + δ²·n_a·n_b/n
//              variance = M2/n,  rstd = 1/√(variance + eps),  xhat = (x − mean) ⊙ rstd
//   backward   Σdy and Σdy ⊙ xhat, added over processes, divided by n
//              dx = rstd ⊙ (dy − mean(dy) − xhat ⊙ mean(dy ⊙ xhat))
//
// Sums and counts travel, never means: averaging the processes' means is wrong for shards of
// unequal size (pytorch/pytorch #36382). Shards may be empty. E[x²] − E[x]², which would need one
// number less, cancels at a large mean. A NaN in one shard is a NaN in all, as in one batch.
//
// x: channels·positions × this process's samples. gamma and beta stay local: their gradients are
// this shard's, which DataParallel adds up.
// Source of the merge: Chan, Golub & LeVeque 1979, "Updating Formulae and a Pairwise Algorithm for
// Computing Sample Variances", Stanford STAN-CS-79-773.

#include "evenkeel/base/communicator.hpp"
#include "evenkeel/norm/batch_norm.hpp"

namespace evenkeel {

/// `all` must outlive the tape's use of it. Throws as batch_norm does; a channel needs two values
/// over all processes together. Every process must call it, with x needing a gradient in all or in
/// none of them, and run backward through it likewise.
Var sync_batch_norm(Communicator& all, Var x, Index num_channels, Affine affine = {},
                    double eps = 1e-5, RunningStats* running = nullptr);

/// The same as a layer. The running statistics are those of all processes, the same bits on each.
/// Evaluation by them needs nobody else.
class SyncBatchNorm final : public TrackedNorm {
 public:
  SyncBatchNorm(Communicator& all, Index num_channels, BatchNormOptions options = {})
      : TrackedNorm("sync_batch_norm", num_channels, options), all_(all) {}

 private:
  Var by_batch(Var x, Affine affine, double eps, RunningStats* update) override {
    return sync_batch_norm(all_, x, num_channels_, affine, eps, update);
  }

  Communicator& all_;
};

}  // namespace evenkeel
