// A pair of IDX files; the first byte says where the images end.

#include "evenkeel/data/fashion.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Folder folder;
  if (size == 0) return 0;
  const std::string input = as_text(bytes + 1, size - 1);
  const std::size_t cut = std::min<std::size_t>(bytes[0], input.size());
  const fs::path images = folder.write("images", input.substr(0, cut));
  const fs::path labels = folder.write("labels", input.substr(cut));
  const MemoryLimit limit(200'000 + 50 * (size_unpacked(images) + size_unpacked(labels)));
  try {
    const evenkeel::Samples all = evenkeel::read_idx(images, labels, 10);
    evenkeel::require_consistent("fuzz", all);
    const evenkeel::Matrix& x = all.x;
    expect(x.n_rows == 0 || x.n_elem / x.n_rows == x.n_cols, "sizes whose product overflows");
  } catch (const Error&) {
  }
  return 0;
}
