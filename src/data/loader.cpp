#include "evenkeel/data/loader.hpp"

#include <algorithm>
#include <numeric>

#include "base/fail.hpp"

namespace evenkeel {

Loader::Loader(const Samples& samples, LoaderOptions options, std::uint64_t seed)
    : samples_(samples), options_(options), seed_(seed) {
  require_consistent("loader", samples);
  const Index n = samples.size();
  require(n > 0, "loader", "there are no samples");
  require(options.batch > 0, "loader", "a batch must have at least 1 sample, got 0");
  require(options.share.part < options.share.parts, "loader", "there is no share {} of {}",
          options.share.part, options.share.parts);
  batches_ = options.drop_last ? n / options.batch : (n + options.batch - 1) / options.batch;
  require(batches_ > 0, "loader", "drop_last leaves nothing: a batch of {} from {} samples",
          options.batch, n);
}

void Loader::start(Index epoch) {
  // Steps of 2⁶⁴ divided by the golden ratio: no two small seeds and epochs meet, and epoch 0 is
  // not the stream of Random(seed), from which weights may come.
  Random random(seed_ + 0x9e3779b97f4a7c15u * (epoch + 1));
  order_.resize(samples_.size());
  std::iota(order_.begin(), order_.end(), Index{0});
  if (options_.shuffle) order_ = random.permutation(samples_.size());
  mirrored_.assign(samples_.size(), false);
  if (options_.flip) {
    for (Index i = 0; i < order_.size(); ++i) mirrored_[i] = random.below(2) == 1;
  }
  next_batch_ = 0;
}

bool Loader::next(Batch& batch) {
  if (order_.empty() || next_batch_ == batches_) return false;
  const Index start = next_batch_ * options_.batch;
  const Index all = std::min(options_.batch, samples_.size() - start);
  const auto [from, to] = options_.share.of(all);
  const Index first = start + from, last = start + to;
  batch.x.set_size(samples_.x.n_rows, last - first);
  batch.labels.resize(last - first);
  for (Index i = first; i < last; ++i) {
    batch.x.col(i - first) = samples_.x.col(order_[i]);
    batch.labels[i - first] = samples_.labels[order_[i]];
    if (mirrored_[i]) mirror(batch.x.colptr(i - first));
  }
  ++next_batch_;
  return true;
}

// Left to right: each row of each channel turned round.
void Loader::mirror(Scalar* image) const {
  const Index width = samples_.image.width;
  for (Index row = 0; row < samples_.x.n_rows; row += width) {
    std::reverse(image + row, image + row + width);
  }
}

}  // namespace evenkeel
