#pragma once
// Batches of a data set: shuffled, shifted and mirrored, the next one made ready in the background.
//
//   Loader loader(train, {.batch = 32}, seed);
//   Batch batch;
//   for (Index epoch = 0; epoch < epochs; ++epoch) {
//     loader.start(epoch);
//     while (loader.next(batch)) … batch.x, batch.labels …
//   }
//
// Everything random in an epoch is drawn by start, from the seed and the epoch's number alone. So
// batches are the same for any number of threads, and training that goes on from a checkpoint gets
// those it would have got.

#include <cstdint>
#include <vector>

#include "evenkeel/core/background_task.hpp"
#include "evenkeel/data/samples.hpp"

namespace evenkeel {

struct Batch {
  Matrix x;  ///< features × batch
  std::vector<Index> labels;
};

struct LoaderOptions {
  Index batch = 32;
  bool shuffle = true;
  bool drop_last = false;  ///< leave out the samples that do not fill a last batch
  Index shift = 0;  ///< moves each image by −shift … shift pixels, down and right; zeros come in
  bool flip = false;       ///< mirrors every other image, left to right
  bool background = true;  ///< makes the next batch ready while this one is used
};

class Loader {
 public:
  /// `samples` must outlive the loader, unchanged. Throws when it is empty or inconsistent, the
  /// batch is 0, drop_last leaves nothing, or shift is not smaller than the image.
  Loader(const Samples& samples, LoaderOptions options, std::uint64_t seed);
  Loader(Samples&& samples, LoaderOptions options, std::uint64_t seed) = delete;

  /// Begins an epoch, wherever the one before was left.
  void start(Index epoch);

  /// The epoch's next batch; false when there is none left, or no epoch was started.
  bool next(Batch& batch);

  Index batches() const { return batches_; }  ///< in an epoch

 private:
  /// What is done to one sample.
  struct Pick {
    Index sample = 0;
    std::int64_t down = 0, right = 0;
    bool mirrored = false;
  };

  Pick draw(Index sample, Random& random) const;
  void prepare(Index batch);
  void copy(const Pick& pick, Scalar* to) const;

  const Samples& samples_;
  LoaderOptions options_;
  std::uint64_t seed_;
  Index batches_ = 0;

  std::vector<Pick> picks_;  // of the epoch, in order
  Index next_batch_ = 0;
  Batch ready_;          // what the task fills
  BackgroundTask task_;  // last: gone before what it touches
};

}  // namespace evenkeel
