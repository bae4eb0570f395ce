#include "evenkeel/data/samples.hpp"

#include <cmath>

#include "base/fail.hpp"

namespace evenkeel {

void require_consistent(std::string_view op, const Samples& samples) {
  require(samples.labels.size() == samples.size(), op,
          "there must be a label for each of the {} samples, got {}", samples.size(),
          samples.labels.size());
  require(samples.image.rows() == samples.x.n_rows, op,
          "the image ({} channels of {}×{}) must have x's {} rows", samples.image.channels,
          samples.image.height, samples.image.width, samples.x.n_rows);
  for (Index i = 0; i < samples.size(); ++i) {
    if (samples.labels[i] >= samples.classes) {
      fail(op, "labels must be from 0 on and below {}, got {} for sample {}", samples.classes,
           static_cast<std::ptrdiff_t>(samples.labels[i]), i);  // a negative one as it was meant
    }
  }
}

Samples take(const Samples& all, const std::vector<Index>& which) {
  require_consistent("take", all);
  std::vector<Index> labels;
  for (const Index number : which) {
    require(number < all.size(), "take", "there are {} samples, no number {}", all.size(), number);
    labels.push_back(all.labels[number]);
  }
  return {all.x.cols(arma::uvec(which)), labels, all.classes, all.image, all.class_names};
}

Split split(const Samples& all, double test_share, Random& random) {
  const double wanted = std::round(test_share * static_cast<double>(all.size()));
  require(wanted >= 1 && wanted < static_cast<double>(all.size()), "split",
          "both sets need a sample: a test share of {} of {} samples leaves one empty", test_share,
          all.size());
  const std::vector<Index> order = random.permutation(all.size());
  const std::vector<Index>::const_iterator border =
      order.begin() + static_cast<std::ptrdiff_t>(wanted);
  return {take(all, {border, order.end()}), take(all, {order.begin(), border})};
}

namespace {

// The mean of value(entry, group) over each group of `rows` neighbouring rows, in double.
template <class Value>
std::vector<double> means(const Matrix& x, Index rows, Value value) {
  std::vector<double> mean(x.n_rows / rows, 0);
  for (Index j = 0; j < x.n_cols; ++j) {
    for (Index i = 0; i < x.n_rows; ++i) mean[i / rows] += value(x(i, j), i / rows);
  }
  for (double& sum : mean) sum /= static_cast<double>(rows * x.n_cols);
  return mean;
}

}  // namespace

void standardize(Split& sets, Standardized which) {
  require_consistent("standardize", sets.train);
  require_consistent("standardize", sets.test);
  require(sets.train.size() > 0, "standardize", "there are no training samples");
  require(sets.train.x.n_rows == sets.test.x.n_rows, "standardize",
          "both sets must have the same features, got {} and {}", sets.train.x.n_rows,
          sets.test.x.n_rows);
  const Index rows = which == Standardized::of_each_feature   ? 1
                     : which == Standardized::of_each_channel ? sets.train.image.positions()
                                                              : sets.train.x.n_rows;
  const std::vector<double> mean =
      means(sets.train.x, rows, [](double entry, Index) { return entry; });
  std::vector<double> deviation = means(sets.train.x, rows, [&](double entry, Index group) {
    return (entry - mean[group]) * (entry - mean[group]);
  });
  for (double& d : deviation) d = d > 0 ? std::sqrt(d) : 1;
  for (Matrix* x : {&sets.train.x, &sets.test.x}) {
    for (Index j = 0; j < x->n_cols; ++j) {
      for (Index i = 0; i < x->n_rows; ++i) {
        const double distance = static_cast<double>((*x)(i, j)) - mean[i / rows];
        (*x)(i, j) = static_cast<Scalar>(distance / deviation[i / rows]);
      }
    }
  }
}

}  // namespace evenkeel
