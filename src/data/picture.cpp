#include "evenkeel/data/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {
namespace fs = std::filesystem;

namespace {

// The words of a PPM's head: "P6", width, height, maxval, with blanks between and comments from #
// to the end of the line. One blank ends the last; then come the values.
class Head {
 public:
  Head(const std::string& bytes, const fs::path& path) : bytes_(bytes), path_(path) {}

  Index number() {
    skip_blanks();
    Index value = 0;
    const std::size_t first = at_;
    for (; at_ < bytes_.size() && std::isdigit(static_cast<unsigned char>(bytes_[at_])); ++at_) {
      value = 10 * value + static_cast<Index>(bytes_[at_] - '0');
    }
    if (at_ == first || at_ - first > 6) {
      fail("data", fmt::format("{} is no PPM: its head must have width, height and 255 in digits",
                               path_.string()));
    }
    return value;
  }

  std::size_t end() const { return std::min(at_ + 1, bytes_.size()); }

 private:
  void skip_blanks() {
    for (; at_ < bytes_.size(); ++at_) {
      if (bytes_[at_] == '#') {
        at_ = std::min(bytes_.find('\n', at_), bytes_.size() - 1);
      } else if (!std::isspace(static_cast<unsigned char>(bytes_[at_]))) {
        return;
      }
    }
  }

  const std::string& bytes_;
  const fs::path& path_;
  std::size_t at_ = 2;
};

}  // namespace

Picture read_ppm(const fs::path& path) {
  const std::string bytes = read_file(path);
  if (!bytes.starts_with("P6")) {
    fail("data", fmt::format("{} is no binary PPM: it must begin with P6", path.string()));
  }
  Head head(bytes, path);
  const Index width = head.number();
  const Index height = head.number();
  const Index white = head.number();
  if (white != 255) {
    fail("data", fmt::format("{}: the largest value must be 255, got {}", path.string(), white));
  }
  const ImageShape image{3, height, width};
  const std::size_t begin = head.end();
  if (image.rows() == 0 || bytes.size() - begin != image.rows()) {
    fail("data", fmt::format("{}: {}×{} pixels need {} bytes after the head, got {}", path.string(),
                             height, width, image.rows(), bytes.size() - begin));
  }
  Picture picture{Matrix(image.rows(), 1), image};
  for (Index p = 0; p < image.positions(); ++p) {
    for (Index c = 0; c < 3; ++c) {
      const auto level = static_cast<unsigned char>(bytes[begin + 3 * p + c]);
      picture.x(c * image.positions() + p) = static_cast<Scalar>(level) / Scalar(255);
    }
  }
  return picture;
}

std::string to_ppm(const Picture& picture) {
  const ImageShape& image = picture.image;
  if (image.channels != 3 || shape_of(picture.x) != Shape{image.rows(), 1}) {
    fail("to_ppm",
         fmt::format("a picture must be 3·height·width × 1, got {} for {} channels of {}×{}",
                     to_string(shape_of(picture.x)), image.channels, image.height, image.width));
  }
  if (!picture.x.is_finite()) fail("to_ppm", "the picture has values that are not finite");
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
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    fail("picture", fmt::format("there are {}, got '{}'", fmt::join(names, ", "), name));
  }
  return read_ppm(data_file("pictures/" + name + ".ppm"));
}

}  // namespace evenkeel
