#pragma once
// Batches of a data set: shuffled and mirrored.
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

#include "evenkeel/base/parallel.hpp"
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
  bool flip = false;       ///< mirrors every other image, left to right
  Share share = {};        ///< of every batch; nothing of one with fewer samples than shares
};

class Loader {
 public:
  /// `samples` must outlive the loader, unchanged. Throws when it is empty or inconsistent, the
  /// batch is 0, or drop_last leaves nothing.
  Loader(const Samples& samples, LoaderOptions options, std::uint64_t seed);
  Loader(Samples&& samples, LoaderOptions options, std::uint64_t seed) = delete;

  /// Begins an epoch, wherever the one before was left.
  void start(Index epoch);

  /// The epoch's next batch; false when there is none left, or no epoch was started.
  bool next(Batch& batch);

  Index batches() const { return batches_; }  ///< in an epoch, the same in every process

 private:
  void mirror(Scalar* image) const;

  const Samples& samples_;
  LoaderOptions options_;
  std::uint64_t seed_;
  Index batches_ = 0;
  std::vector<Index> order_;    // of the epoch's samples
  std::vector<bool> mirrored_;  // in that order
  Index next_batch_ = 0;
};

}  // namespace evenkeel
