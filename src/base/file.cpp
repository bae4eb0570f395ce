#include "evenkeel/base/file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fail.hpp"
#include "base/text.hpp"

namespace evenkeel {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view temporary = ".tmp";

std::string last_error() {
  return std::generic_category().message(errno);
}

// Whether nobody writes to the temporary file any more: its process is gone, and no process of
// another container or machine, whose ids are others, holds its lock.
bool is_leftover(const fs::path& file, pid_t writer) {
  if (kill(writer, 0) == 0 || errno != ESRCH) return false;
  const int descriptor = open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool free = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  close(descriptor);
  return free;
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

// path.PID.tmp of processes that were killed while they wrote.
void remove_leftovers(const fs::path& path) {
  std::error_code error;
  for (fs::directory_iterator entry(folder_of(path), error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& file = entry->path();
    const fs::path stem = file.stem();  // path.PID
    const std::string number = stem.extension().string();
    if (file.extension() != temporary || stem.stem() != path.filename() || number.empty()) continue;
    pid_t writer = 0;
    if (!text::read_number(std::string_view(number).substr(1), writer) || writer <= 0) continue;
    if (is_leftover(file, writer)) std::remove(file.c_str());
  }
}

// A rename is on the disk when its folder is. Not every file system can, and the file is whole.
void sync_folder(const fs::path& path) {
  const int descriptor = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

std::string read_bytes(std::string_view op, const fs::path& path, std::size_t most_of_a_stream) {
  std::ifstream in(path, std::ios::binary);
  const std::string reason = in ? "it is a directory" : last_error();
  if (!in || fs::is_directory(path)) {
    fail(op, "cannot read {}: {}", path.string(), reason);
  }
  const bool has_an_end = fs::is_regular_file(path);
  std::string bytes;
  std::array<char, 1 << 16> part;
  while (in.read(part.data(), part.size()) || in.gcount() > 0) {
    bytes.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (has_an_end || bytes.size() <= most_of_a_stream) continue;
    fail(op, "cannot read {}: it is no file, and goes on after {} bytes, the most that is read",
         path.string(), most_of_a_stream);
  }
  return bytes;
}

FileWriter::FileWriter(std::string op, fs::path path) : op_(std::move(op)), path_(std::move(path)) {
  std::error_code error;
  if (fs::is_symlink(path_, error)) {
    path_ =
        fs::exists(path_) ? fs::canonical(path_) : path_.parent_path() / fs::read_symlink(path_);
  }
  const fs::file_status status = fs::status(path_, error);
  if (fs::is_directory(status)) give_up("it is a directory");
  const bool in_place = fs::exists(status) && !fs::is_regular_file(status);
  written_ = path_;
  if (!in_place) {
    written_ += fmt::format(".{}{}", getpid(), temporary);
    remove_leftovers(path_);
  }
  file_ = std::fopen(written_.c_str(), "wb");
  if (!file_) give_up(last_error());
  if (!in_place) flock(fileno(file_), LOCK_EX | LOCK_NB);  // until it is closed: in use
}

FileWriter::~FileWriter() {
  if (file_) std::fclose(file_);
  if (written_ != path_) std::remove(written_.c_str());
}

void FileWriter::give_up(std::string_view reason) const {
  fail(op_, "cannot write {}: {}", path_.string(), reason);
}

void FileWriter::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) give_up(last_error());
}

void FileWriter::sync() {
  if (std::fflush(file_) != 0) give_up(last_error());
  if (written_ != path_ && fsync(fileno(file_)) != 0) give_up(last_error());
  synced_ = true;
}

void FileWriter::commit() {
  // A full disk often shows only here, when the buffer is written out.
  if (std::fflush(file_) != 0) give_up(last_error());
  if (std::fclose(std::exchange(file_, nullptr)) != 0) give_up(last_error());
  if (written_ != path_ && std::rename(written_.c_str(), path_.c_str()) != 0) {
    give_up(last_error());
  }
  written_ = path_;
  if (synced_) sync_folder(path_);
}

void require_writable(std::string_view op, const fs::path& path) {
  const fs::file_status status = fs::status(path);
  if (!fs::exists(status) || fs::is_regular_file(status) || fs::is_directory(status)) {
    const FileWriter tried(std::string(op), path);  // gone again, for nothing is committed
  } else if (access(path.c_str(), W_OK) != 0) {     // to open a pipe would wake its reader
    fail(op, "cannot write {}: {}", path.string(), last_error());
  }
}

}  // namespace evenkeel
