#pragma once
// Several processes played in one: a norm that sees one process's columns at a time.

#include <vector>

#include "evenkeel/core/any_layer.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/norm/running_stats.hpp"
#include "evenkeel/ops/shape.hpp"

namespace evenkeel::lesson {

/// The norm, applied to each process's `samples` columns by themselves, with one gamma and one beta
/// for all, as in data parallel training. Running statistics are process 0's, whose buffers
/// PyTorch's DistributedDataParallel sends to all before each step; evaluation uses them.
class OnEachProcess final : public Layer {
 public:
  OnEachProcess(AnyLayer norm, Index samples) : norm_(std::move(norm)), samples_(samples) {}

  Var operator()(Var x) override {
    if (!training()) return norm_(x);
    auto* tracked = dynamic_cast<TrackedNorm*>(&norm_.layer());
    const Var columns = transpose(x);
    std::vector<Var> shards(x.cols() / samples_);
    for (Index process = shards.size(); process-- > 0;) {  // 0 last: the others see its old state
      if (tracked) tracked->update_statistics(process == 0);
      const Var mine = transpose(slice_rows(columns, process * samples_, samples_));
      shards[process] = transpose(norm_(mine));
    }
    return transpose(concatenate_rows(shards));
  }
  void members(Members& m) override { m.module("norm", norm_); }

 private:
  AnyLayer norm_;
  Index samples_;  // of one process
};

}  // namespace evenkeel::lesson
