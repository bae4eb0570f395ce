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

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(const std::vector<double>& values) {
  return arma::median(arma::vec(values));
}

double percentile_of(const std::vector<double>& values, double x) {
  const auto below = std::count_if(values.begin(), values.end(), [x](double v) { return v < x; });
  return 100.0 * static_cast<double>(below) / static_cast<double>(values.size());
}

double geometric_growth(const ByLayer& sigma) {
  if (sigma.size() < 2) return 1;
  return std::pow(sigma.back() / sigma.front(), 1.0 / static_cast<double>(sigma.size() - 1));
}

std::vector<double> counted(std::size_t n) {
  std::vector<double> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  return numbers;
}

}  // namespace evenkeel::lesson
