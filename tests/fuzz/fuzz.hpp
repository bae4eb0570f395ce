#pragma once
// What the fuzz harnesses share. A harness takes any bytes: a reader must take them or throw Error.
// Whatever else happens is a finding: another exception, what the sanitizers see, a promise that is
// not kept, more memory than a multiple of the input.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <sanitizer/allocator_interface.h>
#include <unistd.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/data/files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace evenkeel_fuzz {

namespace fs = std::filesystem;
using evenkeel::Error;

/// libFuzzer keeps the input that ends the program.
[[noreturn]] inline void found(const std::string& what) {
  std::fprintf(stderr, "found: %s\n", what.c_str());
  std::abort();
}

inline void expect(bool holds, const std::string& what) {
  if (!holds) found(what);
}

/// While it lives, more than `most` bytes at one time are a finding. One at a time.
class MemoryLimit {
 public:
  explicit MemoryLimit(std::size_t most) {
    [[maybe_unused]] static const int hooked =
        __sanitizer_install_malloc_and_free_hooks(count, uncount);
    used_ = 0;
    most_ = most;
  }
  ~MemoryLimit() { most_ = 0; }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  static void count(const volatile void*, std::size_t size) {
    if (most_ == 0) return;
    used_ += static_cast<std::ptrdiff_t>(size);
    if (used_ <= static_cast<std::ptrdiff_t>(most_)) return;
    const std::size_t most = std::exchange(most_, 0);
    std::fprintf(stderr, "found: %td bytes in use, at most %zu expected\n", used_, most);
    std::abort();
  }
  static void uncount(const volatile void* place) {
    if (most_ == 0 || place == nullptr) return;
    used_ -=
        static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(const_cast<const void*>(place)));
  }

  static inline std::ptrdiff_t used_ = 0;
  static inline std::size_t most_ = 0;  // 0: nothing is counted
};

/// A folder in memory where there is one; gone at the end.
class Folder {
 public:
  Folder() {
    const fs::path base = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
    std::string name = (base / "evenkeel-fuzz-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) found("no scratch folder");
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(const char* name) const { return path_ / name; }
  fs::path write(const char* name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  fs::path path_;
};

inline std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// How many bytes a reader has before it at most: a packed file may be 1,032 times as long
/// unpacked, and a damaged one unpacks up to where it is damaged.
inline std::size_t size_unpacked(const fs::path& path) {
  try {
    return std::max<std::size_t>(evenkeel::read_file(path).size(), fs::file_size(path));
  } catch (const Error&) {
    return 1'032 * fs::file_size(path);
  }
}

inline std::string as_text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// With a length of the header that fits: a change of the others seldom does by itself.
inline std::string with_length_that_fits(std::string file) {
  if (file.size() < 8) return file;
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  length %= file.size() - 7;
  std::memcpy(file.data(), &length, 8);
  return file;
}

}  // namespace evenkeel_fuzz
