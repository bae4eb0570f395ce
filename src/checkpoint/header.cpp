#include "header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "evenkeel/core/shape.hpp"

namespace evenkeel::checkpoint {

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr int deepest = 3;        // the header, a tensor's entry, its shape
constexpr int most_numbers = 64;  // dimensions of a tensor, as in PyTorch

// Watches the parser: of two equal keys it would keep the last, and a hostile header could have it
// build lists as deep or as long as it likes.
class Watch {
 public:
  explicit Watch(const fs::path& file) : file_(file) {}

  void see(Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (keys_.size() == deepest) reject(file_, "the header is nested too deeply");
      keys_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      numbers_ = 0;
      const std::string& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        reject(file_, fmt::format("the header has {} twice", in_quotes(key)));
      }
    } else if (++numbers_ > most_numbers) {
      reject(file_, fmt::format("the header has a list of more than {} numbers", most_numbers));
    }
  }

 private:
  const fs::path& file_;
  std::vector<std::set<std::string>> keys_;  // of each object that is open
  int numbers_ = 0;                          // since the last key
};

Json parse(const fs::path& file, const std::string& text) {
  // The parser would skip a byte order mark, and take a zero byte for the end.
  if (text.empty() || text.front() != '{') reject(file, "the header does not begin with {");
  if (text.find('\0') != std::string::npos) reject(file, "the header has a zero byte");
  Watch watch(file);
  try {
    return Json::parse(text, [&](int, Json::parse_event_t event, Json& parsed) {
      watch.see(event, parsed);
      return true;
    });
  } catch (const Json::parse_error& error) {
    reject(file, fmt::format("the header is not JSON in UTF-8 (at its byte {})", error.byte));
  } catch (const Json::exception&) {
    reject(file, "the header is not JSON in UTF-8");
  }
}

std::vector<std::uint64_t> naturals(const fs::path& file, const std::string& tensor,
                                    const Json& info, const char* key) {
  const auto found = info.find(key);
  const bool right = found != info.end() && found->is_array() &&
                     std::all_of(found->begin(), found->end(),
                                 [](const Json& number) { return number.is_number_unsigned(); });
  if (!right) {
    reject(file, fmt::format("tensor {}: {} must be a list of whole numbers from 0 on",
                             in_quotes(tensor), key));
  }
  return found->get<std::vector<std::uint64_t>>();
}

// dtype × shape, or an error when that is beyond 64 bits.
std::uint64_t size_of(const fs::path& file, const Entry& entry) {
  std::uint64_t bytes = bytes_of(entry.dtype);
  for (const std::uint64_t dimension : entry.shape) {
    if (dimension != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / dimension) {
      reject(file,
             fmt::format("tensor {}: its shape is too large for any file", in_quotes(entry.name)));
    }
    bytes *= dimension;
  }
  return bytes;
}

Entry entry_of(const fs::path& file, const std::string& name, const Json& info) {
  const std::string shown = in_quotes(name);
  if (!info.is_object()) reject(file, fmt::format("tensor {}: its entry is no object", shown));
  const auto dtype = info.find("dtype");
  if (dtype == info.end() || !dtype->is_string()) {
    reject(file, fmt::format("tensor {}: it has no dtype", shown));
  }
  Entry entry{name, dtype->get<std::string>(), naturals(file, name, info, "shape")};
  if (bytes_of(entry.dtype) == 0) {
    reject(file, fmt::format("tensor {}: unknown dtype {}", shown, in_quotes(entry.dtype)));
  }
  const std::vector<std::uint64_t> offsets = naturals(file, name, info, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    reject(file, fmt::format("tensor {}: data_offsets must be [begin, end]", shown));
  }
  entry.begin = offsets[0];
  entry.end = offsets[1];
  const std::uint64_t size = size_of(file, entry);
  if (size != entry.end - entry.begin) {
    reject(file,
           fmt::format("tensor {}: {} of shape ({}) takes {} bytes, data_offsets give it {}", shown,
                       entry.dtype, fmt::join(entry.shape, ", "), size, entry.end - entry.begin));
  }
  return entry;
}

Metadata metadata_of(const fs::path& file, const Json& json) {
  Metadata metadata;
  const bool object = json.is_object();
  if (!object) reject(file, "__metadata__ must be an object of texts");
  for (const auto& [key, text] : json.items()) {
    if (!text.is_string()) {
      reject(file, fmt::format("__metadata__: {} must be a text", in_quotes(key)));
    }
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

// Sorts, and sees to it that each tensor begins where the one before ends.
void require_no_gaps(const fs::path& file, std::vector<Entry>& entries, std::uint64_t data_size) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t end = 0;
  for (const Entry& entry : entries) {
    const std::string shown = in_quotes(entry.name);
    if (entry.end > data_size) {
      reject(file, fmt::format("tensor {}: ends at byte {} of {}; the file is truncated", shown,
                               entry.end, data_size));
    }
    if (entry.begin < end) {
      reject(file, fmt::format("tensor {}: overlaps the one before it", shown));
    }
    if (entry.begin > end) {
      reject(file,
             fmt::format("tensor {}: a hole of {} bytes before it", shown, entry.begin - end));
    }
    end = entry.end;
  }
  if (end != data_size) {
    reject(file, fmt::format("{} bytes behind the last tensor", data_size - end));
  }
}

}  // namespace

void reject(const fs::path& file, std::string_view message) {
  fail("checkpoint", fmt::format("{}: {}", file.string(), message));
}

std::string in_quotes(const std::string& name) {
  constexpr std::size_t longest = 100;
  const auto replace = Json::error_handler_t::replace;
  if (name.size() <= longest) return Json(name).dump(-1, ' ', true, replace);
  return Json(name.substr(0, longest)).dump(-1, ' ', true, replace) + "…";
}

std::uint64_t bytes_of(std::string_view dtype) {
  if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16") return 2;
  if (dtype == "BOOL" || dtype == "I8" || dtype == "U8") return 1;
  if (dtype == "F8_E4M3" || dtype == "F8_E5M2") return 1;
  return 0;
}

Header parse_header(const fs::path& file, const std::string& text, std::uint64_t data_size) {
  const Json json = parse(file, text);
  Header header;
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") {
      header.metadata = metadata_of(file, value);
    } else {
      header.entries.push_back(entry_of(file, name, value));
    }
  }
  require_no_gaps(file, header.entries, data_size);
  return header;
}

std::string to_text(const fs::path& file, const Header& header) {
  nlohmann::ordered_json json;
  json["__metadata__"] = header.metadata;
  for (const Entry& entry : header.entries) {
    if (json.contains(entry.name)) {
      reject(file, fmt::format("two tensors are named {}", in_quotes(entry.name)));
    }
    json[entry.name] = {
        {"dtype", entry.dtype}, {"shape", entry.shape}, {"data_offsets", {entry.begin, entry.end}}};
  }
  std::string text;
  try {
    text = json.dump();
  } catch (const nlohmann::ordered_json::exception&) {
    reject(file, "a name or a text is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace evenkeel::checkpoint
