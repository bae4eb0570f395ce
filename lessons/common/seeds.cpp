#include "seeds.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evenkeel/base/parallel.hpp"

namespace evenkeel::lesson {

void in_parallel(Index first, Index last, const std::function<void(Index)>& one) {
  parallel_blocks(last - first, 1, [&](Index begin, Index end) {
    for (Index i = first + begin; i < first + end; ++i) one(i);
  });
}

Band band_over_seeds(const std::vector<ByLayer>& runs) {
  const std::size_t layers = runs.front().size();
  Band band{ByLayer(layers), ByLayer(layers), ByLayer(layers)};
  for (std::size_t layer = 0; layer < layers; ++layer) {
    arma::vec values(runs.size());
    for (std::size_t run = 0; run < runs.size(); ++run) values[run] = runs[run][layer];
    const arma::vec quantiles = arma::quantile(values, arma::vec{0.05, 0.5, 0.95});
    band.low[layer] = quantiles[0];
    band.median[layer] = quantiles[1];
    band.high[layer] = quantiles[2];
  }
  return band;
}

std::vector<double> counted(std::size_t n) {
  std::vector<double> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  return numbers;
}

}  // namespace evenkeel::lesson
