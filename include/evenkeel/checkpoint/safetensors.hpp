#pragma once
// The safetensors format: tensors by name in one file, and nothing in it that could be run.
//
//   8 bytes   length of the header, little-endian
//   header    JSON in UTF-8:
//             {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …,
//              "__metadata__": {"KEY": "text", …}}
//   data      the tensors, one behind the other without gaps; the last dimension runs fastest
//
// Format: https://github.com/huggingface/safetensors

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace evenkeel {

struct Tensor {
  std::string name;
  std::string dtype;                 ///< "F64", "F32", "F16", "BF16", "I64", …
  std::vector<std::uint64_t> shape;  ///< empty: a single number
  std::vector<char> data;            ///< little-endian
};

using Metadata = std::map<std::string, std::string>;

struct TensorFile {
  std::vector<Tensor> tensors;
  Metadata metadata;
};

/// In full or not at all (FileWriter in base/file.hpp). Throws Error when read_tensors would not
/// take it, or the file cannot be written.
void write_tensors(const std::filesystem::path& path, TensorFile file);

/// In the order of the data. Throws Error, which names the file and the tensor, unless every byte
/// of the file is accounted for.
TensorFile read_tensors(const std::filesystem::path& path);

}  // namespace evenkeel
