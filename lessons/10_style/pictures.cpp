// The pictures of lesson 10: they are its result.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "style.hpp"

namespace style {

namespace {

// What a screen can show of a picture: values below 0 become black, above 1 full.
ek::Grid pixels_of(const ek::Picture& picture) {
  const ek::Index positions = picture.image.positions();
  ek::Grid pixels{picture.image.width, picture.image.height, {}, {}, {}, {}};
  for (ek::Index p = 0; p < positions; ++p) {
    ek::Colour colour;
    for (ek::Index c = 0; c < 3; ++c) {
      const double value = std::clamp(picture.x(c * positions + p), 0.0, 1.0);
      colour.rgb = 256 * colour.rgb + static_cast<std::uint32_t>(std::lround(255 * value));
    }
    pixels.colours.push_back(colour);
  }
  return pixels;
}

// Normalized values from −2.5 to 2.5 as 0 to 1.
ek::Picture visible(const ek::Picture& normalized) {
  return {0.5 + normalized.x / 5, normalized.image};
}

ek::Chart panel(std::string title, const ek::Picture& picture) {
  ek::Chart chart{std::move(title)};
  chart.cells(pixels_of(picture));
  return chart;
}

ek::Figure lights(const Setting& s, const Results& r) {
  ek::Figure figure{
      "InstanceNorm gives the same picture in every light",
      fmt::format(
          "{}, 128×128; above: the picture, below: its InstanceNorm, shown from −2.5 to 2.5",
          s.content),
      r.lights.size()};
  for (std::size_t i = 0; i < r.lights.size(); ++i) figure.add(panel(r.lights[i].name, r.lit[i]));
  for (std::size_t i = 0; i < r.lights.size(); ++i) {
    const bool negative = i + 1 == r.lights.size();
    const ek::Matrix first = negative ? -r.normalized[0].x : r.normalized[0].x;
    const double off = arma::abs(r.normalized[i].x - first).max();
    const std::string title = i == 0     ? "InstanceNorm"
                              : negative ? fmt::format("negative, to {:.0e}", off)
                                         : fmt::format("the same, to {:.0e}", off);
    figure.add(panel(title, visible(r.normalized[i])));
  }
  return figure.panel_size(240, 270);
}

ek::Figure styles() {
  const std::vector<std::string>& names = ek::picture_names();
  ek::Figure figure{
      "AdaIN puts each picture in the light of another",
      "each row one content, each column one style: its means and σ of red, green and blue",
      names.size()};
  for (const std::string& content : names) {
    for (const std::string& style : names) {
      const ek::Picture mixed = adain(ek::picture(content), ek::picture(style));
      figure.add(panel(content == style ? content : fmt::format("{} in {}'s light", content, style),
                       mixed));
    }
  }
  return figure.panel_size(330, 360);
}

}  // namespace

void draw_pictures(ek::lesson::Lesson& lesson, const Setting& s, const Results& r) {
  const std::string file = fmt::format("{}_as_{}.ppm", s.content, s.style);
  lesson.file(file, ek::to_ppm(r.mixed));
  const ek::Figure figure = lights(s, r);
  lesson.chart(figure, "lights");
  lesson.live([&] { return figure; });
  lesson.chart(styles(), "styles");
}

}  // namespace style
