#pragma once
// Files read and written as a whole.

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace evenkeel {

/// All bytes of a file; of a device or a pipe, which may have no end, at most so many. Throws Error
/// "[op] cannot read PATH: reason".
std::string read_bytes(std::string_view op, const std::filesystem::path& path,
                       std::size_t most_of_a_stream = std::size_t{1} << 28);

/// A file that is there in full or not at all: written under a temporary name beside `path`, and
/// renamed by `commit`. Without `commit` nothing remains, and an older file stays as it was; what
/// killed processes have left beside `path` is removed. A link's target is replaced, not the link;
/// a device or a pipe is written to as it is.
/// Everything throws Error "[op] cannot write PATH: reason".
class FileWriter {
 public:
  FileWriter(std::string op, std::filesystem::path path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void write(std::string_view bytes);
  /// Waits until the bytes are on the disk, and `commit` until the name is: for what a power cut
  /// must not take.
  void sync();
  void commit();  ///< the last call

 private:
  [[noreturn]] void give_up(std::string_view reason) const;

  std::string op_;
  std::filesystem::path path_;
  std::filesystem::path
      written_;  // the temporary name; path_ for a device or a pipe, and in the end
  std::FILE* file_ = nullptr;
  bool synced_ = false;
};

/// Tries whether a FileWriter could write there, and leaves everything as it was: before a long run
/// whose result will go there. Throws the Error that it would throw.
void require_writable(std::string_view op, const std::filesystem::path& path);

}  // namespace evenkeel
