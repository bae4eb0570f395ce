#include "evenkeel/data/files.hpp"

#include <fmt/format.h>

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "data/data_dir.hpp"  // made by Meson
#include "evenkeel/core/shape.hpp"

namespace evenkeel {
namespace fs = std::filesystem;
namespace io = boost::iostreams;

fs::path data_file(const std::string& name) {
  if (const char* const folder = std::getenv("EVENKEEL_DATA")) {
    const fs::path path = fs::path(folder) / name;
    if (fs::exists(path)) return path;
    fail("data", fmt::format("there is no {}; the environment variable EVENKEEL_DATA names the "
                             "folder, without it {} is tried",
                             path.string(), EVENKEEL_DATA_SOURCE));
  }
  for (const char* const folder : {EVENKEEL_DATA_SOURCE, EVENKEEL_DATA_INSTALLED}) {
    const fs::path path = fs::path(folder) / name;
    if (fs::exists(path)) return path;
  }
  fail("data", fmt::format("there is no {} in {} nor in {}; set the environment variable "
                           "EVENKEEL_DATA to the folder that has it",
                           name, EVENKEEL_DATA_SOURCE, EVENKEEL_DATA_INSTALLED));
}

namespace {

std::string unpacked(const std::string& packed) {
  std::string text;
  io::filtering_istreambuf in;
  in.push(io::gzip_decompressor());
  in.push(io::array_source(packed.data(), packed.size()));
  io::copy(in, io::back_inserter(text));
  return text;
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path)) {
    fail("data", fmt::format("cannot read {}", path.string()));
  }
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (path.extension() != ".gz") return bytes;
  try {
    return unpacked(bytes);
  } catch (const std::exception&) {
    fail("data", fmt::format("{} is cut short or damaged: it does not unpack", path.string()));
  }
}

}  // namespace evenkeel
