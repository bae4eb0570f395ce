#pragma once
// The header of a safetensors file, apart from the file.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/checkpoint/safetensors.hpp"

namespace evenkeel::checkpoint {

/// Throws Error "[checkpoint] FILE: message".
[[noreturn]] void reject(const std::filesystem::path& file, std::string_view message);

/// A name out of a file as one printable line: escaped, cut when long.
std::string in_quotes(const std::string& name);

/// Bytes of one number; 0 for a dtype that the format does not have.
std::uint64_t bytes_of(std::string_view dtype);

struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;  ///< of its bytes, counted from the first byte of data
  std::uint64_t end = 0;
};

struct Header {
  std::vector<Entry> entries;  ///< in the order of their bytes
  Metadata metadata;
};

/// Throws Error unless `text` is a header in which the tensors fill exactly `data_size` bytes.
Header parse_header(const std::filesystem::path& file, const std::string& text,
                    std::uint64_t data_size);

/// Padded with spaces to a multiple of 8 bytes.
std::string to_text(const std::filesystem::path& file, const Header& header);

}  // namespace evenkeel::checkpoint
