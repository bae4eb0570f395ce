#include "evenkeel/data/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

Loader::Loader(const Samples& samples, LoaderOptions options, std::uint64_t seed)
    : samples_(samples), options_(options), seed_(seed) {
  require_consistent("loader", samples);
  const Index n = samples.size();
  if (n == 0) fail("loader", "there are no samples");
  if (options.batch == 0) fail("loader", "a batch must have at least 1 sample, got 0");
  batches_ = options.drop_last ? n / options.batch : (n + options.batch - 1) / options.batch;
  if (batches_ == 0) {
    fail("loader",
         fmt::format("drop_last leaves nothing: a batch of {} from {} samples", options.batch, n));
  }
  const Index side = std::min(samples.image.height, samples.image.width);
  if (options.shift >= side) {
    fail("loader", fmt::format("shift must be smaller than the image ({}×{}), got {}",
                               samples.image.height, samples.image.width, options.shift));
  }
}

Loader::Pick Loader::draw(Index sample, Random& random) const {
  Pick pick;
  pick.sample = sample;
  if (options_.shift > 0) {
    const std::int64_t most = static_cast<std::int64_t>(options_.shift);
    pick.down = static_cast<std::int64_t>(random.below(2 * options_.shift + 1)) - most;
    pick.right = static_cast<std::int64_t>(random.below(2 * options_.shift + 1)) - most;
  }
  if (options_.flip) pick.mirrored = random.below(2) == 1;
  return pick;
}

void Loader::start(Index epoch) {
  if (task_.pending()) task_.wait();  // it reads the picks
  // Steps of 2⁶⁴ divided by the golden ratio: no two small seeds and epochs meet, and epoch 0 is
  // not the stream of Random(seed), from which weights may come.
  Random random(seed_ + 0x9e3779b97f4a7c15u * (epoch + 1));
  const Index n = samples_.size();
  std::vector<Index> order(n);
  std::iota(order.begin(), order.end(), Index{0});
  if (options_.shuffle) order = random.permutation(n);
  picks_.clear();
  for (const Index sample : order) picks_.push_back(draw(sample, random));
  next_batch_ = 0;
}

bool Loader::next(Batch& batch) {
  if (picks_.empty() || next_batch_ == batches_) return false;
  if (task_.pending()) {
    task_.wait();
  } else {
    prepare(next_batch_);
  }
  std::swap(batch, ready_);
  ++next_batch_;
  if (options_.background && next_batch_ < batches_) {
    task_.start([this, number = next_batch_] { prepare(number); });
  }
  return true;
}

void Loader::prepare(Index batch) {
  const Index first = batch * options_.batch;
  const Index last = std::min(first + options_.batch, samples_.size());
  ready_.x.set_size(samples_.x.n_rows, last - first);
  ready_.labels.resize(last - first);
  for (Index i = first; i < last; ++i) {
    copy(picks_[i], ready_.x.colptr(i - first));
    ready_.labels[i - first] = samples_.labels[picks_[i].sample];
  }
}

void Loader::copy(const Pick& pick, Scalar* to) const {
  const Scalar* from = samples_.x.colptr(pick.sample);
  const Index rows = samples_.x.n_rows;
  if (pick.down == 0 && pick.right == 0 && !pick.mirrored) {
    std::copy(from, from + rows, to);
    return;
  }
  std::fill(to, to + rows, Scalar(0));
  const auto height = static_cast<std::int64_t>(samples_.image.height);
  const auto width = static_cast<std::int64_t>(samples_.image.width);
  const auto channels = static_cast<std::int64_t>(samples_.image.channels);
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t y = std::max<std::int64_t>(0, pick.down);
         y < std::min(height, height + pick.down); ++y) {
      const Scalar* const from_row = from + (c * height + y - pick.down) * width;
      Scalar* const to_row = to + (c * height + y) * width;
      for (std::int64_t x = std::max<std::int64_t>(0, pick.right);
           x < std::min(width, width + pick.right); ++x) {
        const std::int64_t source = x - pick.right;
        to_row[x] = from_row[pick.mirrored ? width - 1 - source : source];
      }
    }
  }
}

}  // namespace evenkeel
