#pragma once
// Trains a classifier: batch after batch forward, cross-entropy, backward, step.
//
//   Sgd optimizer(model.parameters(), {.learning_rate = 0.1, .momentum = 0.9});
//   Trainer trainer(model, optimizer, {.epochs = 8});
//   Loader loader(sets.train, {.batch = 128}, seed);
//   for (const EpochReport& epoch : trainer.fit(loader, sets.test)) …
//
// A model is any Layer from a batch (features × samples) to logits (classes × samples).
// Same seed, same bits, for any number of threads; a run that is resumed from its checkpoint ends
// with the bits of one that was never interrupted.
//
// With several processes each has the Loader of its share, and all do the same: what Trainer says
// of losses, metrics and endings is of all samples, up to rounding what one process would say. Two
// exceptions: BatchNorm sees its own process's samples (SyncBatchNorm all), and Dropout draws the
// same masks in every process, each for its own. Only process 0 writes; a run goes on with another
// number of processes where it was left.

#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/data/loader.hpp"
#include "evenkeel/distributed/data_parallel.hpp"
#include "evenkeel/optim/optimizer.hpp"
#include "evenkeel/train/evaluate.hpp"

namespace evenkeel {

struct EpochReport {
  Index epoch = 0;           ///< counted from 1
  double learning_rate = 0;  ///< of its last step
  Metrics train;             ///< over the epoch's batches, as they came, in training mode
  Metrics test;              ///< after the epoch, in evaluation mode
  double seconds = 0;        ///< of training, without the evaluation
};

/// One training step as those see it who look on. The tape holds its values and gradients.
struct TrainingStep {
  Index step;  ///< counted from 0
  Tape& tape;
  Layer& model;
  const Optimizer& optimizer;
  Metrics metrics;  ///< of this batch
};

/// Looks on while a model trains; see Diagnostics.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  /// Gradients are there, weights are as they were.
  virtual void before_update(const TrainingStep& step) = 0;
  /// Weights have moved.
  virtual void after_update(const TrainingStep& step) = 0;
};

struct TrainerOptions {
  Index epochs = 10;
  /// Learning rate by step, counted from 0, such as a CosineSchedule; empty: the optimizer's own.
  std::function<double(Index)> schedule = {};
  double clip_norm = 0;  ///< largest norm of all gradients together; 0: no limit
  /// Stop after so many epochs without a lower test loss, and end with the weights and buffers of
  /// the epoch that had the lowest; 0: never, and end with the last.
  Index patience = 0;
  /// Written after every epoch, and where it is there, gone on from; empty: none. A killed run does
  /// the epoch it was in once more, to the same bits.
  std::filesystem::path checkpoint = {};
  std::FILE* progress = stderr;  ///< where process 0's progress line goes; nullptr: nowhere
  /// What run_processes gives; fit and step are collective then.
  Communicator* processes = &one_process();
};

/// Why training ended.
enum class Ended { not_yet, all_epochs, no_better, diverged };

class Trainer {
 public:
  /// model, optimizer and processes must outlive the trainer. Every process gets the parameters and
  /// buffers of process 0. Throws Error when epochs is 0 or clip_norm < 0.
  Trainer(Layer& model, Optimizer& optimizer, TrainerOptions options = {});

  /// Trains to the end: all epochs, or no better test loss for `patience` epochs, or a loss, a
  /// gradient or a weight that is not finite. Then the model, the optimizer and the checkpoint are
  /// as they were after the last good epoch (after none: as they came), and the last report's
  /// losses are not finite. Returns a report of every epoch, those before a resumed checkpoint
  /// too. Throws Error when the checkpoint is damaged or of another model or optimizer, and, before
  /// the first step, when it cannot be written or the test samples are none or inconsistent. What
  /// the model, the loss or an observer throws goes through, and model and optimizer are as they
  /// were after the last good epoch; fit goes on from there when it is called again.
  const std::vector<EpochReport>& fit(Loader& loader, const Samples& test);

  /// One step with this process's share of a batch: forward, backward, update. In steady state it
  /// allocates no matrix. After a loss or a gradient that is not finite nothing is updated; then,
  /// and after a weight that is not finite, ended() is Ended::diverged.
  Metrics step(const Matrix& x, const std::vector<Index>& labels);

  /// Whom to tell of every step; it must outlive the trainer.
  void observe(TrainingObserver& observer) { observers_.push_back(&observer); }

  const std::vector<EpochReport>& history() const { return history_; }
  Ended ended() const { return ended_; }
  /// After fit: the epoch, counted from 1, at whose end the model was what it is; 0: as it came.
  Index model_of_epoch() const { return model_of_epoch_; }

 private:
  EpochReport run_epoch(Loader& loader, const std::function<void(const EpochReport&)>& show);
  void keep();
  void go_back();
  bool lost_finite();
  void save();
  void resume();
  void keep_if_best();
  void end();
  std::vector<NamedBuffer> best_matrices();
  Ended verdict();

  Layer& model_;
  Optimizer& optimizer_;
  TrainerOptions options_;
  DataParallel parallel_;
  Tape tape_;
  Batch batch_;
  std::vector<TrainingObserver*> observers_;
  std::vector<EpochReport> history_;
  struct Snapshot {  // all that a step changes
    std::vector<Matrix> matrices;
    std::vector<Random> randoms;
    Optimizer::Progress progress;
  } good_;                    // after the last good epoch
  std::vector<Matrix> best_;  // with patience, the model's matrices after the best epoch
  Index best_epoch_ = 0, model_of_epoch_ = 0;
  Ended ended_ = Ended::not_yet;
};

}  // namespace evenkeel
