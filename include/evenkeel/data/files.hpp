#pragma once
// Where data sets are found: the folder the environment variable EVENKEEL_DATA names; without it
// the `data` folder of the source tree this library was compiled from, else the installed one.

#include <filesystem>
#include <string>

namespace evenkeel {

/// Where the file with this name ("digits/digits.csv.gz") is. Throws when it is in none of the
/// folders, and says where it looked.
std::filesystem::path data_file(const std::string& name);

/// All of a file; one that ends in .gz is unpacked. Throws when it cannot be read or unpacked.
std::string read_file(const std::filesystem::path& path);

}  // namespace evenkeel
