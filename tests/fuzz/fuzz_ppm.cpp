// A picture: read, and what was read is written and read again.

#include "evenkeel/data/picture.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;
using namespace evenkeel;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Folder folder;
  const fs::path file = folder.write("x.ppm", as_text(bytes, size));
  const MemoryLimit limit(200'000 + 50 * size_unpacked(file));
  try {
    const Picture picture = read_ppm(file);
    const std::string written = to_ppm(picture);
    const Picture again = read_ppm(folder.write("y.ppm", written));
    expect(again.image == picture.image && to_ppm(again) == written, "another picture");
  } catch (const Error&) {
  }
  return 0;
}
