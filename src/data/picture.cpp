#include "evenkeel/data/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <locale>
#include <sstream>

#include "base/fail.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {
namespace fs = std::filesystem;

namespace {

// A number of the head, behind blanks and comments from # to the end of the line.
Index number_in(std::istream& head) {
  while ((head >> std::ws).peek() == '#') head.ignore(std::numeric_limits<int>::max(), '\n');
  Index number = 0;
  head >> number;
  return number;
}

}  // namespace

Picture read_ppm(const fs::path& path) {
  std::string bytes = read_file(path);
  require(bytes.starts_with("P6"), "data", "{} is no binary PPM: it must begin with P6",
          path.string());
  std::istringstream in(bytes.substr(2));
  in.imbue(std::locale::classic());
  const Index width = number_in(in), height = number_in(in), white = number_in(in);
  if (!in || std::max({width, height, white}) > 999'999) {
    fail("data", "{} is no PPM: its head must have width, height and the largest value in digits",
         path.string());
  }
  require(white >= 1 && white <= 65535, "data",
          "{}: the largest value must be from 1 to 65535, got {}", path.string(), white);
  in.get();  // one blank ends the head
  bytes.assign(std::istreambuf_iterator<char>(in), {});
  const ImageShape image{3, height, width};
  const Index wide = white > 255 ? 2 : 1;  // bytes of a value, the higher first
  require(image.rows() > 0 && bytes.size() == wide * image.rows(), "data",
          "{}: {}×{} pixels need {} bytes after the head, got {}", path.string(), height, width,
          wide * image.rows(), bytes.size());
  Picture picture{Matrix(image.rows(), 1), image};
  for (Index i = 0; i < image.rows(); ++i) {
    Index level = static_cast<unsigned char>(bytes[wide * i]);
    if (wide == 2) level = 256 * level + static_cast<unsigned char>(bytes[2 * i + 1]);
    if (level > white) {
      fail("data", "{}: values must be at most {}, as its head says, got {}", path.string(), white,
           level);
    }
    picture.x(i % 3 * image.positions() + i / 3) =
        static_cast<Scalar>(level) / static_cast<Scalar>(white);
  }
  return picture;
}

std::string to_ppm(const Picture& picture) {
  const ImageShape& image = picture.image;
  if (image.channels != 3 || shape_of(picture.x) != Shape{image.rows(), 1}) {
    fail("to_ppm", "a picture must be 3·height·width × 1, got {} for {} channels of {}×{}",
         to_string(shape_of(picture.x)), image.channels, image.height, image.width);
  }
  require(picture.x.is_finite(), "to_ppm", "the picture has values that are not finite");
  std::string bytes = fmt::format("P6\n{} {}\n255\n", image.width, image.height);
  for (Index p = 0; p < image.positions(); ++p) {
    for (Index c = 0; c < 3; ++c) {
      const Scalar value = std::clamp(picture.x(c * image.positions() + p), Scalar(0), Scalar(1));
      bytes += static_cast<char>(static_cast<unsigned char>(std::lround(255 * value)));
    }
  }
  return bytes;
}

const std::vector<std::string>& picture_names() {
  static const std::vector<std::string> names = {"chelsea", "coffee", "rocket"};
  return names;
}

Picture picture(const std::string& name) {
  const std::vector<std::string>& names = picture_names();
  require(std::find(names.begin(), names.end(), name) != names.end(), "picture",
          "there are {}, got '{}'", fmt::join(names, ", "), name);
  return read_ppm(data_file("pictures/" + name + ".ppm"));
}

}  // namespace evenkeel
