#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

#include "data/support.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/fashion.hpp"
#include "evenkeel/data/files.hpp"
#include "needs.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::data_tests;
using namespace evenkeel_test;

namespace {

const std::filesystem::path installed = "/usr/share/datasets/fashion-mnist";

// The sum of all pixels as whole numbers: each is rounded to Scalar, and here back again.
double sum_of_levels(const Matrix& x) {
  double sum = 0;
  for (const Scalar entry : x) sum += std::round(255 * static_cast<double>(entry));
  return sum;
}

const std::string images_head{"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03", 16};  // 2 images of 1×3
const std::string labels_head{"\0\0\x08\x01\0\0\0\x02", 8};

}  // namespace

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(fashion_images)

// What numpy says of the first 2,000 and 1,000 of the package's files.
BOOST_AUTO_TEST_CASE(the_shipped_subset) {
  const Split sets = fashion();
  require_consistent("test", sets.train);
  require_consistent("test", sets.test);
  BOOST_TEST((sets.train.image == ImageShape{1, 28, 28}));
  BOOST_TEST(sets.train.size() == 2000);
  BOOST_TEST(sets.test.size() == 1000);
  const std::vector<Index> train = {194, 216, 202, 195, 186, 200, 194, 215, 198, 200};
  const std::vector<Index> test = {107, 105, 111, 93, 115, 87, 97, 95, 95, 95};
  BOOST_TEST(counts_of(sets.train) == train, boost::test_tools::per_element());
  BOOST_TEST(counts_of(sets.test) == test, boost::test_tools::per_element());
  const std::vector<Index> first_train = {9, 0, 0, 3, 0, 2, 7, 2, 5, 5};
  const std::vector<Index> first_test = {9, 2, 1, 1, 6, 1, 4, 6, 5, 7};
  BOOST_TEST(first_labels(sets.train, 10) == first_train, boost::test_tools::per_element());
  BOOST_TEST(first_labels(sets.test, 10) == first_test, boost::test_tools::per_element());
  BOOST_TEST(sum_of_levels(sets.train.x) == 113529887.0);
  BOOST_TEST(sum_of_levels(sets.test.x) == 58034149.0);
  BOOST_TEST(sets.train.class_names.at(9) == "ankle boot");
  // Row 14 of the first image, from column 12 on
  const double row[] = {237, 226, 217, 223, 222, 219};
  for (Index i = 0; i < 6; ++i) {
    BOOST_TEST(std::round(255 * static_cast<double>(sets.train.x(14 * 28 + 12 + i, 0))) == row[i]);
  }
}

BOOST_AUTO_TEST_CASE(the_subset_is_the_beginning_of_the_whole,
                     *needs(installed, "Debian's package dataset-fashion-mnist is not installed")) {
  const Samples whole = read_idx(installed / "t10k-images-idx3-ubyte.gz",
                                 installed / "t10k-labels-idx1-ubyte.gz", 10);
  BOOST_TEST(counts_of(whole) == std::vector<Index>(10, 1000), boost::test_tools::per_element());
  const Samples shipped = fashion().test;
  BOOST_TEST(same(whole.x.cols(0, 999), shipped.x));
}

BOOST_AUTO_TEST_CASE(the_whole_set_where_it_is) {
  const Scratch scratch;
  {
    const Environment named("EVENKEEL_FASHION_MNIST", scratch.path().string());
    BOOST_CHECK_EXCEPTION(
        fashion(FashionSet::whole), Error,
        says("there is no train-images-idx3-ubyte.gz in " + scratch.path().string() +
             ": install Debian's package dataset-fashion-mnist, or set"));
  }
  const Environment named("EVENKEEL_FASHION_MNIST", data_file("fashion_mnist").string());
  BOOST_TEST(fashion(FashionSet::whole).train.size() == 2000);
}

BOOST_AUTO_TEST_CASE(idx) {
  const Scratch scratch;
  const std::filesystem::path images =
      scratch.write("images", images_head + "\x01\x02\x03\x04\x05\xff");
  const std::filesystem::path labels =
      scratch.write("labels", labels_head + std::string{"\x01\0", 2});
  const Samples two = read_idx(images, labels, 2);
  BOOST_TEST((two.image == ImageShape{1, 1, 3}));
  const double levels[] = {1, 2, 3, 4, 5, 255};
  for (Index i = 0; i < 6; ++i)
    BOOST_TEST(two.x(i) == static_cast<Scalar>(levels[i]) / Scalar(255));
  BOOST_TEST((two.labels == std::vector<Index>{1, 0}));
  BOOST_CHECK_EXCEPTION(read_idx(images, labels, 1), Error,
                        says("labels must be below 1, got 1 for image 0"));
}

BOOST_AUTO_TEST_CASE(idx_that_is_none) {
  const Scratch scratch;
  const std::filesystem::path images =
      scratch.write("images", images_head + "\x01\x02\x03\x04\x05\xff");
  const std::filesystem::path labels =
      scratch.write("labels", labels_head + std::string{"\x01\0", 2});
  const auto with = [&](const std::string& bytes) { return scratch.write("other", bytes); };
  BOOST_CHECK_EXCEPTION(read_idx(with(images_head + "\x01\x02\x03\x04\x05"), labels, 2), Error,
                        says("must have 2·1·3 values after its head, got 5"));
  BOOST_CHECK_EXCEPTION(read_idx(with(images_head + "1234567"), labels, 2), Error,
                        says("must have 2·1·3 values after its head, got 7"));
  BOOST_CHECK_EXCEPTION(read_idx(labels, labels, 2), Error,
                        says("is no IDX file of bytes in 3 dim"));
  BOOST_CHECK_EXCEPTION(read_idx(images, images, 2), Error,
                        says("is no IDX file of bytes in 1 dimension"));
  BOOST_CHECK_EXCEPTION(read_idx(with(images_head.substr(0, 10)), labels, 2), Error,
                        says("is no IDX"));
  // 4 · 2^31 · 2^31 wraps to 0
  const std::string huge{"\0\0\x08\x03\0\0\0\x04\x80\0\0\0\x80\0\0\0", 16};
  BOOST_CHECK_EXCEPTION(read_idx(with(huge), labels, 2), Error,
                        says("must have 4·2147483648·2147483648 values after its head, got 0"));
  std::string floats = images_head;
  floats[2] = '\x0d';
  BOOST_CHECK_EXCEPTION(read_idx(with(floats), labels, 2), Error, says("is no IDX file of bytes"));
  const std::string three{"\0\0\x08\x01\0\0\0\x03\0\0\0", 11};
  BOOST_CHECK_EXCEPTION(read_idx(images, with(three), 2), Error,
                        says("must have a label for each of the 2 images, got 3"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
