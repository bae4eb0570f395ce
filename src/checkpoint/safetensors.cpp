#include "evenkeel/checkpoint/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <unistd.h>

#include "header.hpp"

namespace evenkeel {

namespace {

namespace fs = std::filesystem;
using checkpoint::Entry;
using checkpoint::Header;
using checkpoint::reject;

static_assert(std::endian::native == std::endian::little, "files are written as memory lies");

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;  // the format's own limit

std::string last_error() {
  return std::generic_category().message(errno);
}

void read_exactly(const fs::path& path, std::ifstream& in, char* to, std::uint64_t bytes) {
  in.read(to, static_cast<std::streamsize>(bytes));
  if (static_cast<std::uint64_t>(in.gcount()) != bytes) {
    reject(path, "it ended while it was read");
  }
}

// Leaves the stream at the first byte of data.
Header read_header(const fs::path& path, std::ifstream& in) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    reject(path, error ? error.message() : "it is not a file");
  }
  const std::uint64_t size = fs::file_size(path, error);
  if (error) reject(path, error.message());
  in.open(path, std::ios::binary);
  if (!in) reject(path, last_error());
  if (size < length_bytes) reject(path, fmt::format("{} bytes are no safetensors file", size));
  std::uint64_t length = 0;
  read_exactly(path, in, reinterpret_cast<char*>(&length), length_bytes);
  if (length > longest_header) {
    reject(path, fmt::format("a header of {} bytes is longer than the format allows ({})", length,
                             longest_header));
  }
  if (length > size - length_bytes) {
    reject(path, fmt::format("the header's {} bytes go beyond the file's {}; it is truncated, or "
                             "no safetensors file",
                             length, size));
  }
  std::string text(length, ' ');
  read_exactly(path, in, text.data(), length);
  return checkpoint::parse_header(path, text, size - length_bytes - length);
}

// The widest numbers first, so that each tensor is aligned, as the format's own library writes.
std::vector<const Tensor*> in_order(const fs::path& path, const TensorFile& file) {
  std::vector<const Tensor*> order;
  for (const Tensor& tensor : file.tensors) {
    if (checkpoint::bytes_of(tensor.dtype) == 0) {
      reject(path, fmt::format("tensor {}: unknown dtype {}", checkpoint::in_quotes(tensor.name),
                               checkpoint::in_quotes(tensor.dtype)));
    }
    order.push_back(&tensor);
  }
  std::stable_sort(order.begin(), order.end(), [](const Tensor* a, const Tensor* b) {
    return checkpoint::bytes_of(a->dtype) > checkpoint::bytes_of(b->dtype);
  });
  return order;
}

}  // namespace

void write_tensors(const fs::path& path, const TensorFile& file) {
  const std::vector<const Tensor*> tensors = in_order(path, file);
  Header header{{}, file.metadata};
  std::uint64_t begin = 0;
  for (const Tensor* tensor : tensors) {
    const std::uint64_t end = begin + tensor->data.size();
    header.entries.push_back({tensor->name, tensor->dtype, tensor->shape, begin, end});
    begin = end;
  }
  const std::string text = checkpoint::to_text(path, header);
  checkpoint::parse_header(path, text, begin);  // what is written can be read again
  const std::uint64_t length = text.size();

  fs::path temporary = path;
  temporary += fmt::format(".{}.tmp", getpid());
  std::ofstream out(temporary, std::ios::binary);
  if (!out) reject(path, last_error());
  out.write(reinterpret_cast<const char*>(&length), length_bytes);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const Tensor* tensor : tensors) {
    out.write(tensor->data.data(), static_cast<std::streamsize>(tensor->data.size()));
  }
  out.close();
  std::string problem = out ? "" : last_error();
  std::error_code error;
  if (problem.empty()) fs::rename(temporary, path, error);
  if (error) problem = error.message();
  if (problem.empty()) return;
  fs::remove(temporary, error);
  reject(path, "cannot write it: " + problem);
}

TensorFile read_tensors(const fs::path& path) {
  std::ifstream in;
  Header header = read_header(path, in);
  TensorFile file{{}, std::move(header.metadata)};
  for (Entry& entry : header.entries) {
    std::vector<char> data(entry.end - entry.begin);
    read_exactly(path, in, data.data(), data.size());
    file.tensors.push_back(
        {std::move(entry.name), std::move(entry.dtype), std::move(entry.shape), std::move(data)});
  }
  return file;
}

Metadata read_metadata(const fs::path& path) {
  std::ifstream in;
  return read_header(path, in).metadata;
}

}  // namespace evenkeel
