// A packed file, which may be a thousand times as long unpacked.

#include "evenkeel/data/files.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Folder folder;
  const MemoryLimit limit(100'000 + 4'000 * size);
  try {
    evenkeel::read_file(folder.write("x.gz", as_text(bytes, size)));
  } catch (const Error&) {
  }
  return 0;
}
