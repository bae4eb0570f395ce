// The script of a figure with any texts and numbers: no gnuplot runs, but no text may become a
// command, and every line must be one that we write.

#include <fuzzer/FuzzedDataProvider.h>

#include <vector>

#include "chart/script.hpp"
#include "evenkeel/base/table.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;
using namespace evenkeel;

namespace {

struct Source {
  FuzzedDataProvider bytes;

  std::string words() { return bytes.ConsumeRandomLengthString(200); }
  // Any bits: denormal, infinite, not a number; or small and whole.
  double number() {
    if (bytes.ConsumeBool()) return bytes.ConsumeIntegralInRange<int>(-9, 9);
    const auto bits = bytes.ConsumeIntegral<std::uint64_t>();
    double number = 0;
    std::memcpy(&number, &bits, sizeof(number));
    return number;
  }
  std::size_t below(std::size_t most) { return bytes.ConsumeIntegralInRange<std::size_t>(0, most); }
  std::vector<double> numbers(std::size_t count) {
    std::vector<double> all(count);
    for (double& x : all) x = number();
    return all;
  }
  std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> all(count);
    for (std::string& name : all) name = words();
    return all;
  }
  Axis axis() { return bytes.ConsumeBool() ? Axis::log : Axis::linear; }
};

void add_series(Source& source, Chart& chart) {
  const std::size_t n = source.below(6);
  switch (source.below(5)) {
    case 0:
      chart.line(source.words(), source.numbers(n), source.numbers(n), colour::none);
      break;
    case 1:
      chart.theory(source.words(), source.numbers(n), source.numbers(n));
      break;
    case 2:
      chart.points(source.words(), source.numbers(n), source.numbers(n), {});
      break;
    case 3:
      chart.band(source.numbers(n), source.numbers(n), source.numbers(n), {});
      break;
    case 4:
      chart.vertical(source.words(), source.number(), {});
      break;
    default:
      chart.histogram(histogram_of(source.numbers(n), n), {});
  }
}

Chart chart_of(Source& source) {
  Chart chart(source.words(), source.words());
  chart.x_axis(source.words(), source.axis()).y_axis(source.words(), source.axis());
  if (source.below(4) == 0) chart.x_range(source.number(), source.number());
  if (source.below(4) == 0) chart.y_range(source.number(), source.number());
  const std::size_t kind = source.below(5), columns = source.below(4), rows = source.below(4);
  if (kind == 0) {
    chart.heat_map({source.names(columns), source.names(rows), source.numbers(columns * rows),
                    source.words(), source.axis()});
  } else if (kind == 1) {
    const bool words = source.bytes.ConsumeBool();
    chart.cells({columns, rows, std::vector<Colour>(columns * rows),
                 source.names(words ? columns * rows : 0), source.names(columns),
                 source.names(rows)});
  } else {
    for (std::size_t i = 0; i < columns; ++i) add_series(source, chart);
  }
  return chart;
}

bool is_ours(std::string_view line) {
  static const std::string_view begins[] = {"set ", "unset ", "plot ",  "reset",
                                            "if (", "}",      "  set ", "     "};
  const auto begins_line = [=](std::string_view begin) { return line.starts_with(begin); };
  return line.empty() || std::any_of(std::begin(begins), std::end(begins), begins_line);
}

// Blocks of data have numbers alone; other lines begin with a command of ours and close their
// quotes; all of it is UTF-8 without control characters.
void check(const std::string& script) {
  bool in_data = false;
  for (std::size_t at = 0; at < script.size();) {
    const std::size_t end = std::min(script.find('\n', at), script.size());
    const std::string line = script.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("$data_")) {
      in_data = true;
    } else if (in_data) {
      in_data = line != "e";
    } else {
      expect(std::count(line.begin(), line.end(), '\'') % 2 == 0, "an open quote: " + line);
      expect(is_ours(line), "a strange command: " + line);
    }
    expect(printable(line) == line, "no text: " + line);
  }
  expect(!in_data, "a block of data without an end");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Source source{FuzzedDataProvider(bytes, size)};
  const MemoryLimit limit(2'000'000 + 2'000 * size);
  try {
    Figure figure(source.words(), source.words(), source.below(4));
    for (std::size_t panels = 1 + source.below(2); panels > 0; --panels) {
      figure.add(chart_of(source));
    }
    const auto shown = source.bytes.ConsumeBool() ? Size::page : Size::projector;
    check(detail::picture_script(figure, Format::svg, shown));
    check(detail::picture_script(figure, Format::png, shown));
    check(detail::window_script(figure, "qt"));
    check(detail::text_script(figure.panels[0], source.below(200)));
    const Chart& first = figure.panels[0];
    if (first.heat || first.grid) detail::cells_as_text(first, source.below(200));
  } catch (const Error&) {
  }
  return 0;
}
