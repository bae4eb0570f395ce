// A table of samples in CSV.

#include "evenkeel/data/tabular.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Folder folder;
  const fs::path file = folder.write("x.csv", as_text(bytes, size));
  const MemoryLimit limit(200'000 + 300 * size_unpacked(file));
  try {
    const evenkeel::Samples all = evenkeel::read_table(file);
    evenkeel::require_consistent("fuzz", all);
    expect(all.x.is_finite() && all.class_names.size() == all.classes, "a table that is none");
  } catch (const Error&) {
  }
  return 0;
}
