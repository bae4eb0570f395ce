#include "evenkeel/base/communicator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

#include "base/fail.hpp"
#include "evenkeel/base/file.hpp"

namespace evenkeel {

namespace {

// One process: what comes back is what went in.
class OneProcess final : public Communicator {
 public:
  OneProcess() : Communicator(0, 1) {}
  void sum(std::string_view what, std::span<float> values) override { check(what, values); }
  void sum(std::string_view what, std::span<double> values) override { check(what, values); }
  std::vector<double> gather(std::string_view, std::span<const double> mine) override {
    return {mine.begin(), mine.end()};
  }
  void broadcast(std::string_view, std::span<float>) override {}
  void broadcast(std::string_view, std::span<double>) override {}
  void barrier(std::string_view) override {}

 private:
  template <class Number>
  static void check(std::string_view what, std::span<Number> values) {
    const bool finite =
        std::all_of(values.begin(), values.end(), [](Number x) { return std::isfinite(x); });
    if (!finite) fail(what, "a NaN or an Inf is among the numbers");
  }
};

}  // namespace

void sum_or_nan(Communicator& all, std::string_view what, std::span<double> values) {
  if (all.size() == 1) return;
  std::vector<double> both(values.begin(), values.end());  // then, of each, in how many it is none
  for (double& value : both) value = std::isfinite(value) ? value : 0;
  for (double value : values) both.push_back(std::isfinite(value) ? 0 : 1);
  all.sum(what, std::span(both));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = both[values.size() + i] == 0 ? both[i] : std::numeric_limits<double>::quiet_NaN();
}

void require_same_file(Communicator& all, const std::filesystem::path& file) {
  if (all.size() == 1) return;
  std::array<double, 3> mine = {};  // whether it is there, and half a hash each
  if (std::filesystem::exists(file)) {
    const std::uint64_t hash = std::hash<std::string>()(read_bytes("processes", file));
    mine = {1, static_cast<double>(hash >> 32), static_cast<double>(hash & 0xffffffff)};
  }
  const std::vector<double> everyones = all.gather("the file they see", mine);
  for (std::size_t i = 0; i < everyones.size(); ++i) {
    if (everyones[i] == everyones[i % 3]) continue;
    fail("processes", "process {} sees another {} than process 0", i / 3, file.string());
  }
}

Communicator& one_process() {
  static OneProcess one;
  return one;
}

}  // namespace evenkeel
