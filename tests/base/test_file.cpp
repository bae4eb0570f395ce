#include <fmt/format.h>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evenkeel/base/file.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel_test;
namespace fs = std::filesystem;

static std::vector<std::string> synced;  // "file" or "folder", in the order of the calls

// In place of the system's, to see who calls it.
extern "C" int fsync(int descriptor) {
  struct stat status = {};
  fstat(descriptor, &status);
  synced.emplace_back(S_ISDIR(status.st_mode) ? "folder" : "file");
  return 0;
}

namespace {

void write(const fs::path& path, std::string_view bytes) {
  FileWriter file("test", path);
  file.write(bytes);
  file.commit();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  const Scratch folder;
  const std::string bytes("a\r\n\0\xff", 5);
  write(folder / "x", bytes);
  BOOST_TEST(read_bytes("test", folder / "x") == bytes);
  write(folder / "x", "");
  BOOST_TEST(read_bytes("test", folder / "x").empty());
  BOOST_TEST(folder.files() == 1u);
}

BOOST_AUTO_TEST_CASE(without_commit_the_old_file_stays) {
  const Scratch folder;
  write(folder / "x", "old");
  {
    FileWriter file("test", folder / "x");
    file.write("new");
    BOOST_TEST(bytes_of(folder / "x") == "old");
  }
  BOOST_TEST(bytes_of(folder / "x") == "old");
  BOOST_TEST(folder.files() == 1u);
}

BOOST_AUTO_TEST_CASE(a_link_stays_and_its_target_is_new) {
  const Scratch folder;
  write(folder / "target", "old");
  fs::create_symlink(folder / "target", folder / "link");
  fs::create_symlink(folder / "later", folder / "dangling");
  write(folder / "link", "new");
  write(folder / "dangling", "first");
  BOOST_TEST(fs::is_symlink(folder / "link"));
  BOOST_TEST(bytes_of(folder / "target") == "new");
  BOOST_TEST(bytes_of(folder / "later") == "first");
  BOOST_TEST(folder.files() == 4u);
}

BOOST_AUTO_TEST_CASE(a_pipe_is_written_to_and_stays) {
  const Scratch folder;
  const fs::path pipe = folder / "pipe";
  BOOST_TEST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { write(pipe, "through"); });
  BOOST_TEST(bytes_of(pipe) == "through");
  writer.join();
  BOOST_TEST(fs::is_fifo(pipe));
}

BOOST_AUTO_TEST_CASE(what_must_last_is_synced_before_the_rename_and_its_folder_after_it) {
  const Scratch folder;
  write(folder / "x", "a chart can be drawn again");
  BOOST_TEST(synced.empty());
  FileWriter file("test", folder / "x");
  file.write("weights");
  file.sync();
  BOOST_TEST(synced == std::vector<std::string>{"file"}, boost::test_tools::per_element());
  BOOST_TEST(bytes_of(folder / "x") == "a chart can be drawn again");
  file.commit();
  const std::vector<std::string> both = {"file", "folder"};
  BOOST_TEST(synced == both, boost::test_tools::per_element());
}

// A child that is killed while it writes leaves x.PID.tmp; one that lives must not lose its file.
BOOST_AUTO_TEST_CASE(what_killed_processes_left_is_removed) {
  const Scratch folder;
  const auto begin_to_write = [&] {
    const pid_t child = fork();
    if (child != 0) return child;
    FileWriter file("test", folder / "x");
    file.write("half");
    for (;;) pause();
  };
  const auto kill_child = [](pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  };
  const auto file_of = [&](pid_t child) { return folder / fmt::format("x.{}.tmp", child); };
  const auto wait_for = [&](pid_t child) {
    for (int i = 0; i < 1000 && !fs::exists(file_of(child)); ++i) usleep(1000);
    BOOST_TEST_REQUIRE(fs::exists(file_of(child)));
  };
  const pid_t dead = begin_to_write();
  wait_for(dead);
  const pid_t alive = begin_to_write();
  wait_for(alive);
  kill_child(dead);
  BOOST_TEST_REQUIRE(fs::exists(file_of(dead)));
  folder.write("y" + file_of(dead).filename().string(), "another target's");
  folder.write("x.1a.tmp", "somebody else's");
  folder.write("x..tmp", "somebody else's");
  const int in_use =
      open(folder.write("x.999999999.tmp", "of another container").c_str(), O_RDONLY);
  BOOST_TEST_REQUIRE(flock(in_use, LOCK_EX) == 0);

  write(folder / "x", "whole");
  BOOST_TEST(!fs::exists(file_of(dead)));
  BOOST_TEST(fs::exists(file_of(alive)));
  BOOST_TEST(fs::exists(folder / "x.999999999.tmp"));
  BOOST_TEST(folder.files() == 6u);  // x, those two, and three that are not x's
  close(in_use);
  kill_child(alive);
  require_writable("test", folder / "x");
  BOOST_TEST(folder.files() == 4u);
}

BOOST_AUTO_TEST_CASE(a_place_is_tried_and_left_as_it_was) {
  const Scratch folder;
  write(folder / "x", "old");
  require_writable("test", folder / "x");
  require_writable("test", folder / "new");
  BOOST_TEST(bytes_of(folder / "x") == "old");
  BOOST_TEST(folder.files() == 1u);
  const fs::path pipe = folder / "pipe";
  BOOST_TEST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  require_writable("test", pipe);  // would wait for a reader if it were opened
  BOOST_CHECK_EXCEPTION(require_writable("test", folder / "no/x"), Error,
                        says("[test] cannot write " + (folder / "no/x: No such file").string()));
  BOOST_CHECK_EXCEPTION(require_writable("test", folder / "x/y"), Error, says("Not a directory"));
  BOOST_CHECK_EXCEPTION(require_writable("test", folder.path()), Error, says("it is a directory"));
}

BOOST_AUTO_TEST_CASE(a_stream_without_an_end_is_not_read_for_ever) {
  const Scratch folder;
  const fs::path pipe = folder / "pipe";
  BOOST_TEST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto feed = [&](std::size_t kilobytes) {  // then the writer ends, or is ended: nobody reads
    const pid_t child = fork();
    if (child != 0) return child;
    std::signal(SIGPIPE, SIG_DFL);
    const std::string part(1000, 'x');
    const int out = open(pipe.c_str(), O_WRONLY);
    for (std::size_t i = 0; i<kilobytes&& ::write(out, part.data(), part.size())> 0; ++i) {
    }
    _exit(0);
  };
  pid_t writer = feed(std::size_t{1} << 40);
  BOOST_CHECK_EXCEPTION(
      read_bytes("test", pipe, 1'000'000), Error,
      says("[test] cannot read " + pipe.string() + ": it is no file, and goes on after 1000000"));
  waitpid(writer, nullptr, 0);
  writer = feed(1000);
  BOOST_TEST(read_bytes("test", pipe, 1'000'000).size() == 1'000'000u);
  waitpid(writer, nullptr, 0);
  folder.write("file", std::string(3000, 'x'));
  BOOST_TEST(read_bytes("test", folder / "file", 1000).size() == 3000u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_or_written) {
  const Scratch folder;
  BOOST_CHECK_EXCEPTION(read_bytes("test", folder / "none"), Error,
                        says("[test] cannot read " + (folder / "none: No such file").string()));
  BOOST_CHECK_EXCEPTION(read_bytes("test", folder.path()), Error, says("it is a directory"));
  BOOST_CHECK_EXCEPTION(write(folder / "no/x", ""), Error,
                        says("[test] cannot write " + (folder / "no/x: No such file").string()));
  BOOST_CHECK_EXCEPTION(write(folder.path(), ""), Error, says("it is a directory"));
  if (fs::exists("/dev/full")) {
    BOOST_CHECK_EXCEPTION(write("/dev/full", "x"), Error, says("/dev/full: No space left"));
    BOOST_TEST(fs::is_character_file("/dev/full"));
  }
  BOOST_TEST(folder.files() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
