#pragma once

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace evenkeel {

/// A file that could not be written. what() is one line: the file and the reason.
class FileError : public std::runtime_error {
 public:
  FileError(const std::filesystem::path& path, std::string_view reason);
};

/// A file that is there in full or not at all: it is written under a temporary name in the same
/// directory, and `commit` gives it its own. Without `commit` nothing remains, and an older file of
/// the name stays as it was.
class OutputFile {
 public:
  /// \throws FileError if the file cannot be created: no such directory, no permission, …
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);  ///< \throws FileError, for example on a full disk
  void commit();                      ///< \throws FileError; nothing can be written after it

  const std::filesystem::path& path() const { return path_; }

 private:
  [[noreturn]] void fail(int error);

  std::filesystem::path path_;
  std::filesystem::path written_;  // the temporary name, or path_ itself for a device or a pipe
  std::FILE* file_ = nullptr;
};

/// Writes `text` to `path`, in full or not at all. \throws FileError
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace evenkeel
