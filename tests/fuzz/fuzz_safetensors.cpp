// A file of tensors: read, and what was read is written and read again.

#include "evenkeel/checkpoint/safetensors.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;
using namespace evenkeel;

namespace {

bool same(const TensorFile& a, const TensorFile& b) {
  const auto equal = [](const Tensor& s, const Tensor& t) {
    return s.name == t.name && s.dtype == t.dtype && s.shape == t.shape && s.data == t.data;
  };
  return a.metadata == b.metadata && a.tensors.size() == b.tensors.size() &&
         std::is_permutation(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), equal);
}

void read(const Folder& folder, const std::string& bytes) {
  const fs::path path = folder.write("x", bytes);
  TensorFile file;
  try {
    file = read_tensors(path);
  } catch (const Error&) {
    return;
  }
  write_tensors(folder / "y", file);
  expect(same(read_tensors(folder / "y"), file), "another file after writing and reading");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Folder folder;
  const std::string input = as_text(bytes, size);
  const MemoryLimit limit(100'000 + 500 * size);
  read(folder, input);
  read(folder, with_length_that_fits(input));
  return 0;
}
