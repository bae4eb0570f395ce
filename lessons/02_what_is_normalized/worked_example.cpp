// The worked example of lesson 02: two features, three samples.

#include <fmt/format.h>

#include <cmath>

#include "evenkeel/chart/table.hpp"
#include "what_is_normalized.hpp"

namespace what_is_normalized {

using namespace ek::lesson;

void worked_example(Lesson& lesson) {
  const Setting s{.samples = 3, .channels = 2, .positions = 1, .groups = 1};
  const ek::Matrix x = {{1, 2, 6}, {3, 6, 6}};
  ek::Tape tape;
  const ek::Digits three = ek::Digits::decimals(3);
  ek::Table table({"", {"sample 0", three}, {"sample 1", three}, {"sample 2", three}});
  const auto show = [&](const std::string& name, const ek::Matrix& m) {
    for (ek::Index row = 0; row < 2; ++row) {
      table.row({fmt::format("{}, feature {}", name, row), m(row, 0), m(row, 1), m(row, 2)});
    }
  };
  show("x", x);
  const ek::Matrix batch = apply(tape.constant(x), norms[0], s).value();
  const ek::Matrix layer = apply(tape.constant(x), norms[1], s).value();
  const ek::Matrix rms = apply(tape.constant(x), norms[4], s).value();
  show("BatchNorm", batch);
  show("LayerNorm", layer);
  show("RMSNorm", rms);
  fmt::print("A worked example: x has two features (rows) and three samples (columns).\n\n");
  table.print();
  // By hand: row 0 has mean 3 and variance (4 + 1 + 9)/3; column 0 has mean 2 and variance 1.
  const double by_hand = (1 - 3) / std::sqrt(14.0 / 3);
  const double rounding = 1e-13;  // eps = 1e-14 takes away half of that from xhat = 1
  lesson.claim({"BatchNorm of x(0,0)", batch(0, 0), batch(0, 0), by_hand - rounding,
                by_hand + rounding, "by hand (1 − 3)/√(14/3) = −0.926"});
  lesson.claim({"LayerNorm of x(0,0)", layer(0, 0), layer(0, 0), -1 - rounding, -1 + rounding,
                "by hand (1 − 2)/√1 = −1"});
}

}  // namespace what_is_normalized
