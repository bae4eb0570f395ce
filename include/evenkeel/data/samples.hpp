#pragma once
// Labelled samples, and what is done to them before training.

#include <string>
#include <vector>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel {

/// Labelled samples, one a column.
struct Samples {
  Matrix x;                   ///< features × samples; images as ImageShape says
  std::vector<Index> labels;  ///< one a column, 0 … classes − 1
  Index classes = 0;
  ImageShape image;  ///< of one column; features that are no image are channels of 1×1
  std::vector<std::string> class_names;

  Index size() const { return x.n_cols; }
};

struct Split {
  Samples train, test;
};

/// The samples with these numbers, in this order. Throws when there is no such sample.
Samples take(const Samples& all, const std::vector<Index>& which);

/// Puts round(test_share · samples) of the samples, drawn at random, into the test set and the
/// others into the training set. Throws unless both get at least one.
Split split(const Samples& all, double test_share, Random& random);

/// What shares one mean and one standard deviation.
enum class Standardized {
  of_each_feature,  ///< of every pixel, for images
  of_each_channel,  ///< over its positions too
  of_all,           ///< one mean and one standard deviation
};

/// Subtracts the training set's mean from both sets and divides by its standard deviation (biased:
/// over n). The test set's own statistics stay unknown, as at the time of use. What is constant in
/// the training set, such as the corner pixels of the digits, is not divided.
void standardize(Split& sets, Standardized which);

/// Throws unless there is a label for each column, below `classes`, and the image has x's rows.
void require_consistent(std::string_view op, const Samples& samples);

}  // namespace evenkeel
