#include "evenkeel/chart/output_file.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>

#include <fmt/format.h>

namespace evenkeel {
namespace fs = std::filesystem;

FileError::FileError(const fs::path& path, std::string_view reason)
    : std::runtime_error(fmt::format("cannot write {}: {}", path.string(), reason)) {}

OutputFile::OutputFile(fs::path path) : path_(std::move(path)), written_(path_) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path_, ignored);
  if (fs::is_directory(status)) throw FileError(path_, "it is a directory");
  // A device or a pipe (/dev/stdout) is written to as it is: a rename would replace it.
  const bool in_place = fs::exists(status) && !fs::is_regular_file(status);
  if (!in_place) written_ += fmt::format(".{}.tmp", getpid());
  file_ = std::fopen(written_.c_str(), "wb");
  if (file_ == nullptr) throw FileError(path_, std::generic_category().message(errno));
}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  if (written_ != path_) std::remove(written_.c_str());
}

void OutputFile::fail(int error) {
  if (file_ != nullptr) std::fclose(file_);
  file_ = nullptr;
  if (written_ != path_) std::remove(written_.c_str());
  throw FileError(path_, std::generic_category().message(error));
}

void OutputFile::write(std::string_view text) {
  if (file_ == nullptr) throw FileError(path_, "it is closed already");
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail(errno);
}

void OutputFile::commit() {
  if (file_ == nullptr) throw FileError(path_, "it is closed already");
  // A full disk often shows only here, when the buffer is written out.
  if (std::fflush(file_) != 0) fail(errno);
  std::FILE* file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) fail(errno);
  if (written_ != path_ && std::rename(written_.c_str(), path_.c_str()) != 0) fail(errno);
}

void write_file(const fs::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace evenkeel
