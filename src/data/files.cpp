#include "evenkeel/data/files.hpp"

#include <array>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <cstdlib>
#include <ios>

#include "base/fail.hpp"
#include "data/data_dir.hpp"  // made by Meson
#include "evenkeel/base/file.hpp"

namespace evenkeel {
namespace fs = std::filesystem;
namespace io = boost::iostreams;

fs::path data_file(const std::string& name) {
  const char* const named = std::getenv("EVENKEEL_DATA");
  if (named && fs::exists(fs::path(named) / name)) return fs::path(named) / name;
  if (named) {
    fail("data",
         "there is no {}; the environment variable EVENKEEL_DATA names the folder, without it {} "
         "is tried",
         (fs::path(named) / name).string(), EVENKEEL_DATA_SOURCE);
  }
  for (const fs::path folder : {EVENKEEL_DATA_SOURCE, EVENKEEL_DATA_INSTALLED}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  fail("data",
       "there is no {} in {} nor in {}; set the environment variable EVENKEEL_DATA to the folder "
       "that has it",
       name, EVENKEEL_DATA_SOURCE, EVENKEEL_DATA_INSTALLED);
}

std::string read_file(const fs::path& path, std::size_t most) {
  const std::string bytes = read_bytes("data", path);
  if (path.extension() != ".gz" && !bytes.starts_with("\x1F\x8B")) return bytes;
  std::string unpacked;
  try {
    io::filtering_istreambuf in;
    in.push(io::gzip_decompressor());
    in.push(io::array_source(bytes.data(), bytes.size()));
    std::array<char, 1 << 16> part;
    while (unpacked.size() <= most) {
      const std::streamsize count = in.sgetn(part.data(), part.size());
      if (count == 0) return unpacked;
      unpacked.append(part.data(), static_cast<std::size_t>(count));
    }
  } catch (const std::ios_base::failure&) {  // boost's gzip_error and zlib_error among them
    fail("data", "{} is cut short or damaged: it does not unpack", path.string());
  }
  fail("data", "{} unpacks to more than {} bytes, the most that is read", path.string(), most);
}

}  // namespace evenkeel
