#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "data/support.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/files.hpp"
#include "evenkeel/data/picture.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::data_tests;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(pictures)

// The sums of red, green and blue, and the last pixel, by Pillow and numpy.
BOOST_AUTO_TEST_CASE(the_three) {
  const double sums[3][3] = {
      {2401651, 1740921, 1217494}, {2499399, 1256968, 762752}, {1040006, 1172286, 1516569}};
  const double last[3][3] = {{193, 168, 154}, {172, 90, 40}, {28, 32, 43}};
  for (Index i = 0; i < 3; ++i) {
    const Picture p = picture(picture_names().at(i));
    BOOST_TEST((p.image == ImageShape{3, 128, 128}));
    for (Index c = 0; c < 3; ++c) {
      double sum = 0;
      for (Index k = 0; k < 128 * 128; ++k) {
        sum += std::round(255 * static_cast<double>(p.x(c * 128 * 128 + k)));
      }
      BOOST_TEST(sum == sums[i][c]);
      BOOST_TEST(std::round(255 * static_cast<double>(p.x((c + 1) * 128 * 128 - 1))) == last[i][c]);
    }
  }
  BOOST_CHECK_EXCEPTION(picture("tea"), Error,
                        says("there are chelsea, coffee, rocket, got 'tea'"));
}

BOOST_AUTO_TEST_CASE(written_and_read_again) {
  const Scratch scratch;
  for (const std::string& name : picture_names()) {
    const std::string bytes = bytes_of(data_file("pictures/" + name + ".ppm"));
    BOOST_TEST((to_ppm(picture(name)) == bytes));
  }
}

BOOST_AUTO_TEST_CASE(two_pixels) {
  const Scratch scratch;
  const std::string values = "\x01\x02\x03\xff\x0a\x20";  // a line feed and a blank among them
  const Picture p =
      read_ppm(scratch.write("p.ppm", "P6 # a comment\n2\t1 #another\n255\n" + values));
  BOOST_TEST((p.image == ImageShape{3, 1, 2}));
  const double levels[] = {1, 255, 2, 10, 3, 32};  // red, green, blue of both pixels
  for (Index i = 0; i < 6; ++i) BOOST_TEST(p.x(i) == static_cast<Scalar>(levels[i]) / Scalar(255));
}

BOOST_AUTO_TEST_CASE(levels_out_of_range) {
  const Picture p{Matrix("-0.5; 0.0019; 1.5"), {3, 1, 1}};  // 0.0019·255 = 0.48
  BOOST_TEST(to_ppm(p) == std::string("P6\n1 1\n255\n\0\0\xff", 14));
}

BOOST_AUTO_TEST_CASE(ppm_that_is_none) {
  check_refused(
      read_ppm, "p.ppm",
      {{"P3\n1 1\n255\n1 2 3", "p.ppm is no binary PPM"},
       {"", "must begin with P6"},
       {"P6\n1 1\n65536\n123456", "the largest value must be from 1 to 65535, got 65536"},
       {std::string("P6\n1 1\n0\n\0\0\0", 12), "the largest value must be from 1 to 65535, got 0"},
       {"P6\n1 1\n48\n012", "values must be at most 48, as its head says, got 49"},
       {"P6\n1 1\n65535\n12345", "1×1 pixels need 6 bytes after the head, got 5"},
       {"P6\n1 x\n255\n123", "must have width, height and the largest value"},
       {"P6\n12345678 1\n255\n123", "must have width, height"},
       {"P6\n1 1", "must have width, height"},
       {"P6\n# no end", "must have width, height"},
       {"P6\n2 1\n255\n12345", "1×2 pixels need 6 bytes after the head, got 5"},
       {"P6\n2 1\n255\n1234567", "need 6 bytes after the head, got 7"},
       {"P6\n1 1\n255", "need 3 bytes after the head, got 0"},
       {"P6\n0 1\n255\n", "need 0 bytes"}});
  const auto write = [](const Matrix& x, ImageShape image) { return to_ppm({x, image}); };
  BOOST_CHECK_EXCEPTION(write(Matrix(2, 1), {2, 1, 1}), Error, says("[to_ppm] a picture must be"));
  BOOST_CHECK_EXCEPTION(write(Matrix(3, 2), {3, 1, 1}), Error, says("got 3×2"));
  Matrix x(3, 1);
  x(1) = std::numeric_limits<Scalar>::quiet_NaN();
  BOOST_CHECK_EXCEPTION(write(x, {3, 1, 1}), Error, says("not finite"));
}

// Other programs write 4 bits, or 16, the higher byte first.
BOOST_AUTO_TEST_CASE(other_largest_values) {
  const Scratch scratch;
  const Picture grey = read_ppm(scratch.write("4.ppm", "P6\n1 1\n15\n\x05\x0F\x03"));
  BOOST_TEST((grey.x(0) == Scalar(5) / 15 && grey.x(1) == 1 && grey.x(2) == Scalar(3) / 15));
  const std::string bytes = "P6\n2 1\n1000\n\x01\x02\x03\xE8\x03\x04\x01\x06\x01\x07\x01\x08";
  const Picture wide = read_ppm(scratch.write("16.ppm", bytes));
  const Matrix expected = {0x102, 0x106, 1000, 0x107, 0x304, 0x108};  // red, red, green, …
  BOOST_TEST(arma::approx_equal(wide.x, expected.t() / 1000, "absdiff", 1e-7));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
