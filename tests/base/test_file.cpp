#include <boost/test/unit_test.hpp>
#include <thread>

#include <sys/stat.h>

#include "evenkeel/base/file.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel_test;
namespace fs = std::filesystem;

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
