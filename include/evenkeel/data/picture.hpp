#pragma once
// Colour pictures, and PPM, the simplest of formats: a header in text, then one byte a value, or
// two.

#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/core/shape.hpp"

namespace evenkeel {

/// One picture as one column: red, green and blue, 0 … 1.
struct Picture {
  Matrix x;  ///< 3·height·width × 1
  ImageShape image;
};

/// "chelsea" (a cat), "coffee" or "rocket", 128×128 (data/README.md).
Picture picture(const std::string& name);
const std::vector<std::string>& picture_names();

/// Reads a binary PPM (P6) of 8 or 16 bits a value. Throws when the file is missing or no such
/// picture.
Picture read_ppm(const std::filesystem::path& path);

/// The picture as a binary PPM. Values are rounded to the nearest of 256 levels; those outside
/// 0 … 1 become black or full. Throws when x is not 3·height·width × 1 or not all of it is finite.
std::string to_ppm(const Picture& picture);

}  // namespace evenkeel
