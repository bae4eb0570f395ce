#include <algorithm>
#include <cmath>

#include "annotate.hpp"
#include "figure_script.hpp"

namespace evenkeel::detail {

namespace {

// The number inside a cell, where there is room for one.
std::string cell_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.2g}", value) : "×";
}

}  // namespace

void FigureScript::heat(const Panel& panel) {
  const HeatMap& map = *panel.chart->heat;
  const Scale scale = colour_scale(map);
  std::vector<double> left, top, right, bottom, rgb;
  const double wide = panel.box.width() / static_cast<double>(map.columns.size());
  const double high = panel.box.height() / static_cast<double>(map.rows.size());
  const bool numbers = wide >= 50 && high >= 20;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const std::size_t row = i / map.columns.size();
    const double c = static_cast<double>(i % map.columns.size());
    const double r = static_cast<double>(row);
    const bool shown = scale.shows(map.values[i]);
    const double share = shown ? scale.share(map.values[i]) : 0;
    left.push_back(c), right.push_back(c + 1), top.push_back(r), bottom.push_back(r + 1);
    rgb.push_back(shown ? heat_colour(share).rgb : colour::diverged.rgb);
    if (!numbers && (shown || wide < 12 || high < 14)) continue;
    write({cell_text(map.values[i]), panel.box.left + (c + 0.5) * wide,
           panel.box.top + (r + 0.5) * high, Align::centre, 15,
           share > 0.55 ? Colour{0xFFFFFF} : colour::text});
  }
  const std::string name = new_name("heat");
  out_.data(name, {left, top, right, bottom, rgb});
  plot(
      fmt::format("${} using 1:2:1:3:2:4:5 with boxxyerror fs solid border rgb '#FFFFFF' "
                  "lc rgb variable notitle",
                  name));
  colour_bar(panel, scale);
}

// The colour scale: small rectangles of its own at the right of the map.
void FigureScript::colour_bar(const Panel& panel, const Scale& scale) {
  constexpr int steps = 64;
  const double left = panel.box.right + 22, right = left + 16;
  const double height = panel.box.height();
  for (int i = 0; i < steps; ++i) {
    const double low = panel.box.bottom - height * i / steps;
    // Half a pixel of overlap hides the seams between the rectangles.
    const double high = std::max(low - height / steps - (i + 1 < steps ? 0.5 : 0), panel.box.top);
    out_.command(fmt::format("set object rectangle from {} to {} fs solid noborder fc rgb '{}'",
                             at(left, low), at(right, high), hex(heat_colour((i + 0.5) / steps))));
  }
  for (const Tick& tick : scale.ticks) {
    const double y = panel.box.bottom - scale.share(tick.at) * height;
    if (tick.label.empty()) continue;
    write({tick.label, right + 8, y, Align::left, letters, colour::text});
  }
  write({panel.chart->heat->meaning, right + 60, panel.box.top - 8 - letters * 0.65, Align::right,
         letters, colour::text});
}

void FigureScript::tiles(const Panel& panel) {
  const TileMap& map = *panel.chart->tile_map;
  std::size_t count = 0;
  for (std::size_t tile : map.tile) count = std::max(count, tile + 1);
  const Cell cell = cell_in(map, panel.box);
  const std::size_t group_rows = map.groups.empty() ? map.rows : map.rows / map.groups.size();
  constexpr double inset = 0.03;
  std::vector<double> left, top, right, bottom, rgb;
  for (std::size_t i = 0; i < map.tile.size(); ++i) {
    const std::size_t column = i / map.rows;
    const std::size_t row = i % map.rows;
    const std::size_t gaps_above = row / group_rows;
    const double c = static_cast<double>(column);
    const double r = static_cast<double>(row) + tile_gap * static_cast<double>(gaps_above);
    left.push_back(c + inset), right.push_back(c + 1 - inset);
    top.push_back(r + inset), bottom.push_back(r + 1 - inset);
    rgb.push_back(colour::tile(map.tile[i], count).rgb);
    if (cell.height < 14) continue;
    write({std::to_string(map.tile[i]), panel.box.left + (c + 0.5) * cell.width,
           panel.box.top + (r + 0.5) * cell.height, Align::centre,
           std::min(letters, 0.6 * cell.height), colour::text});
  }
  const std::string name = new_name("tiles");
  out_.data(name, {left, top, right, bottom, rgb});
  plot(
      fmt::format("${} using 1:2:1:3:2:4:5 with boxxyerror fs solid noborder "
                  "lc rgb variable notitle",
                  name));
}

void FigureScript::image(const Panel& panel) {
  const Image& image = *panel.chart->picture;
  std::vector<std::vector<double>> columns(5);  // the middle of each pixel, red, green, blue
  for (std::size_t i = 0; i < image.width * image.height; ++i) {
    const std::size_t row = i / image.width;
    columns[0].push_back(static_cast<double>(i % image.width) + 0.5);
    columns[1].push_back(static_cast<double>(row) + 0.5);
    for (std::size_t c = 0; c < 3; ++c) columns[2 + c].push_back(image.rgb[3 * i + c]);
  }
  const std::string name = new_name("image");
  out_.data(name, columns);
  plot(fmt::format("${} using 1:2:3:4:5 with rgbimage notitle", name));
}

}  // namespace evenkeel::detail
