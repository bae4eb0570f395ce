#include "evenkeel/checkpoint/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "checkpoint/places.hpp"
#include "evenkeel/base/file.hpp"

namespace evenkeel {

using checkpoint::reject;
using nlohmann::json;
using text::in_quotes;
namespace fs = std::filesystem;

namespace {

static_assert(std::endian::native == std::endian::little, "files are written as memory lies");

using Numbers = std::vector<std::uint64_t>;

constexpr std::uint64_t length_bytes = 8;

// Bytes of one number; 0 for a dtype that the format does not have.
std::uint64_t bytes_of(std::string_view dtype) {
  constexpr std::array<std::string_view, 15> names = {"F64",  "I64", "U64",  "F32",     "I32",
                                                      "U32",  "F16", "BF16", "I16",     "U16",
                                                      "BOOL", "I8",  "U8",   "F8_E4M3", "F8_E5M2"};
  const auto place = std::find(names.begin(), names.end(), dtype) - names.begin();
  return place < 3 ? 8 : place < 6 ? 4 : place < 10 ? 2 : place < 15 ? 1 : 0;
}

// The parser alone would keep the last of two equal keys, and build lists as deep as it is told.
json parse(const fs::path& file, const std::string& header) {
  // It would skip a byte order mark, and take a zero byte for the end.
  if (!header.starts_with('{')) reject(file, "the header does not begin with {{");
  if (header.find('\0') != std::string::npos) reject(file, "the header has a zero byte");
  constexpr int deepest = 3;                // within the header, a tensor's entry and its shape
  std::set<std::string> keys[deepest + 2];  // of the object that is open at each depth
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > deepest) reject(file, "the header is nested too deeply");
    if (event == json::parse_event_t::object_start) keys[depth + 1].clear();
    if (event != json::parse_event_t::key || keys[depth].insert(parsed).second) return true;
    reject(file, "the header has {} twice", in_quotes(parsed.get<std::string>()));
  };
  try {
    return json::parse(header, watch);
  } catch (const json::exception&) {
    reject(file, "the header is not JSON in UTF-8");
  }
}

// dtype × shape in bytes. Throws when the format has no such dtype, or 64 bits do not hold it.
std::uint64_t size_of(const fs::path& file, const Tensor& tensor) {
  std::uint64_t size = bytes_of(tensor.dtype);
  if (size == 0) {
    reject(file, "tensor {}: unknown dtype {}", in_quotes(tensor.name), in_quotes(tensor.dtype));
  }
  for (const std::uint64_t dimension : tensor.shape) {
    if (!__builtin_mul_overflow(size, dimension, &size)) continue;
    reject(file, "tensor {}: its shape is too large for any file", in_quotes(tensor.name));
  }
  return size;
}

bool are_naturals(const json& list) {
  constexpr std::size_t most = 64;  // dimensions of a tensor, as in PyTorch
  return list.is_array() && list.size() <= most &&
         std::ranges::all_of(list, &json::is_number_unsigned);
}

// A tensor without its data, and the data's offsets.
std::pair<Numbers, Tensor> tensor_in(const fs::path& file, const std::string& name,
                                     const json& entry) {
  const json given = entry.is_object() ? entry : json::object();
  const json dtype = given.value("dtype", json()), shape = given.value("shape", json());
  const json offsets = given.value("data_offsets", json());
  if (!dtype.is_string() || !are_naturals(shape) || !are_naturals(offsets)) {
    reject(file,
           "tensor {}: expected a dtype, a shape and data_offsets (lists of at most 64 whole "
           "numbers from 0 on), got {}",
           in_quotes(name), entry.dump(-1, ' ', true).substr(0, 100));
  }
  return {offsets, Tensor{name, dtype, shape, {}}};
}

// The tensors without their data, in its order.
TensorFile parse_header(const fs::path& file, const std::string& header, std::uint64_t data_size) {
  TensorFile parsed;
  std::multimap<Numbers, Tensor> by_offsets;
  const json entries = parse(file, header);
  for (const auto& [name, entry] : entries.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object() || !std::ranges::all_of(entry, &json::is_string)) {
        reject(file, "__metadata__ must be an object of texts");
      }
      parsed.metadata = entry;
    } else {
      by_offsets.insert(tensor_in(file, name, entry));
    }
  }
  std::uint64_t end = 0;
  for (auto& [offsets, tensor] : by_offsets) {
    const std::uint64_t size = size_of(file, tensor), left = data_size - end;
    if (size > left) {
      reject(file, "tensor {}: takes {} bytes, the file has {} left; it is truncated",
             in_quotes(tensor.name), size, left);
    }
    if (offsets != Numbers{end, end + size}) {
      reject(file,
             "tensor {}: {} of shape ({}) takes {} bytes, so its data_offsets must be [{}, {}], "
             "got [{}]",
             in_quotes(tensor.name), tensor.dtype, fmt::join(tensor.shape, ", "), size, end,
             end + size, fmt::join(offsets, ", "));
    }
    end += size;
    parsed.tensors.push_back(std::move(tensor));
  }
  if (end != data_size) reject(file, "{} trailing bytes", data_size - end);
  return parsed;
}

std::string header_of(const fs::path& path, const TensorFile& file) {
  using nlohmann::ordered_json;
  ordered_json::object_t entries;  // equal names stay two, and are refused below
  entries.emplace_back("__metadata__", file.metadata);
  std::uint64_t end = 0;
  for (const auto& [name, dtype, shape, data] : file.tensors) {
    const std::uint64_t begin = std::exchange(end, end + data.size());
    entries.emplace_back(
        name, ordered_json{{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, end}}});
  }
  std::string header;
  try {
    header = ordered_json(std::move(entries)).dump();
  } catch (const json::exception&) {
    reject(path, "a name or a text is not UTF-8");
  }
  parse_header(path, header, end);  // what is written can be read again
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

// What a file is that does not begin with the length of its header; "" when that cannot be told.
std::string what_it_is(const std::string& bytes) {
  if (bytes.starts_with("version https://git-lfs")) {
    return "it is a git-LFS pointer and not the file: 'git lfs pull' gets it";
  }
  if (bytes.starts_with("PK\3\4") || bytes.starts_with("\x80\2")) {
    return "it is a file of torch.save: load it there, and save it as safetensors";
  }
  const bool is_text = std::all_of(
      bytes.begin(), bytes.begin() + std::min<std::ptrdiff_t>(length_bytes, std::ssize(bytes)),
      [](unsigned char c) { return (c >= ' ' && c < 0x7F) || (c >= '\t' && c <= '\r'); });
  if (bytes.empty() || !is_text) return "";
  return fmt::format("it is a text: it begins with {}", in_quotes(bytes.substr(0, 40)));
}

}  // namespace

void write_tensors(const fs::path& path, TensorFile file) {
  // The widest numbers first, so that each tensor is aligned, as the format's own library writes.
  std::ranges::stable_sort(file.tensors, std::greater(),
                           [](const Tensor& tensor) { return bytes_of(tensor.dtype); });
  const std::string header = header_of(path, file);
  const std::uint64_t length = header.size();
  FileWriter out("checkpoint", path);
  out.write({reinterpret_cast<const char*>(&length), length_bytes});
  out.write(header);
  for (const Tensor& tensor : file.tensors) out.write({tensor.data.data(), tensor.data.size()});
  out.sync();
  out.commit();
}

TensorFile read_tensors(const fs::path& path) {
  if (fs::exists(path) && !fs::is_regular_file(path)) reject(path, "it is not a file");
  const std::string bytes = read_bytes("checkpoint", path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), std::min<std::size_t>(length_bytes, bytes.size()));
  if (bytes.size() < length_bytes || length > bytes.size() - length_bytes) {
    if (const std::string what = what_it_is(bytes); !what.empty()) {
      reject(path, "no safetensors file; {}", what);
    }
    reject(
        path,
        "a header of {} bytes goes beyond the file's {}; it is truncated, or no safetensors file",
        length, bytes.size());
  }
  const char* data = bytes.data() + length_bytes + length;
  TensorFile file =
      parse_header(path, bytes.substr(length_bytes, length), bytes.size() - length_bytes - length);
  for (Tensor& tensor : file.tensors) {
    tensor.data.assign(data, data + size_of(path, tensor));
    data += tensor.data.size();
  }
  return file;
}

}  // namespace evenkeel
