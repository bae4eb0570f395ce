#include "evenkeel/data/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel {

void require_consistent(std::string_view op, const Samples& samples) {
  if (samples.labels.size() != samples.size()) {
    fail(op, fmt::format("there must be a label for each of the {} samples, got {}", samples.size(),
                         samples.labels.size()));
  }
  if (samples.image.rows() != samples.x.n_rows) {
    fail(op, fmt::format("the image ({} channels of {}×{}) must have x's {} rows",
                         samples.image.channels, samples.image.height, samples.image.width,
                         samples.x.n_rows));
  }
  for (Index i = 0; i < samples.size(); ++i) {
    if (samples.labels[i] >= samples.classes) {
      fail(op, fmt::format("labels must be below {}, got {} for sample {}", samples.classes,
                           samples.labels[i], i));
    }
  }
}

Samples take(const Samples& all, const std::vector<Index>& which) {
  require_consistent("take", all);
  Samples some;
  some.classes = all.classes;
  some.image = all.image;
  some.class_names = all.class_names;
  some.x.set_size(all.x.n_rows, which.size());
  for (Index i = 0; i < which.size(); ++i) {
    if (which[i] >= all.size()) {
      fail("take", fmt::format("there are {} samples, no number {}", all.size(), which[i]));
    }
    some.x.col(i) = all.x.col(which[i]);
    some.labels.push_back(all.labels[which[i]]);
  }
  return some;
}

Split split(const Samples& all, double test_share, Random& random) {
  const double wanted = std::round(test_share * static_cast<double>(all.size()));
  if (!(wanted >= 1 && wanted < static_cast<double>(all.size()))) {
    fail("split",
         fmt::format("both sets need a sample: a test share of {} of {} samples leaves one "
                     "empty",
                     test_share, all.size()));
  }
  const std::vector<Index> order = random.permutation(all.size());
  const std::vector<Index>::const_iterator border =
      order.begin() + static_cast<std::ptrdiff_t>(wanted);
  return {take(all, {border, order.end()}), take(all, {order.begin(), border})};
}

namespace {

// Of each group of `rows` neighbouring rows.
struct MeanAndDeviation {
  Index rows = 1;
  std::vector<double> mean, deviation;
};

MeanAndDeviation measure(const Matrix& x, Index rows) {
  MeanAndDeviation m;
  m.rows = rows;
  m.mean.assign(x.n_rows / rows, 0);
  m.deviation.assign(x.n_rows / rows, 0);
  const double count = static_cast<double>(rows * x.n_cols);
  for (Index j = 0; j < x.n_cols; ++j) {
    for (Index i = 0; i < x.n_rows; ++i) m.mean[i / rows] += static_cast<double>(x(i, j));
  }
  for (double& mean : m.mean) mean /= count;
  for (Index j = 0; j < x.n_cols; ++j) {
    for (Index i = 0; i < x.n_rows; ++i) {
      const double distance = static_cast<double>(x(i, j)) - m.mean[i / rows];
      m.deviation[i / rows] += distance * distance;
    }
  }
  for (double& deviation : m.deviation) deviation = std::sqrt(deviation / count);
  return m;
}

void apply(const MeanAndDeviation& m, Matrix& x) {
  for (Index j = 0; j < x.n_cols; ++j) {
    for (Index i = 0; i < x.n_rows; ++i) {
      const Index group = i / m.rows;
      const double distance = static_cast<double>(x(i, j)) - m.mean[group];
      x(i, j) =
          static_cast<Scalar>(m.deviation[group] > 0 ? distance / m.deviation[group] : distance);
    }
  }
}

}  // namespace

void standardize(Split& sets, Standardized which) {
  require_consistent("standardize", sets.train);
  require_consistent("standardize", sets.test);
  if (sets.train.size() == 0) fail("standardize", "there are no training samples");
  if (sets.train.x.n_rows != sets.test.x.n_rows) {
    fail("standardize", fmt::format("both sets must have the same features, got {} and {}",
                                    sets.train.x.n_rows, sets.test.x.n_rows));
  }
  const Index rows = which == Standardized::of_each_feature   ? 1
                     : which == Standardized::of_each_channel ? sets.train.image.positions()
                                                              : sets.train.x.n_rows;
  const MeanAndDeviation m = measure(sets.train.x, rows);
  apply(m, sets.train.x);
  apply(m, sets.test.x);
}

}  // namespace evenkeel
