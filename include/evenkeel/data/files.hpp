#pragma once
// Where data sets are found: the folder the environment variable EVENKEEL_DATA names; without it
// the `data` folder of the source tree this library was compiled from, else the installed one.

#include <cstddef>
#include <filesystem>
#include <string>

namespace evenkeel {

/// Where the file with this name ("digits/digits.csv.gz") is. Throws when it is in none of the
/// folders, and says where it looked.
std::filesystem::path data_file(const std::string& name);

/// All of a file. One whose name ends in .gz, or that begins as gzip's files do, is unpacked.
/// Throws when it cannot be read or unpacked, or is longer than `most` bytes then: gzip packs a
/// thousand zeros into one byte.
std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{1} << 30);

}  // namespace evenkeel
