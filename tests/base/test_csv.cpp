#include <boost/test/unit_test.hpp>

#include <cmath>
#include <csignal>

#include <sys/resource.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/table.hpp"

#include "lines.hpp"
#include "needs.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using evenkeel_test::bytes_of, evenkeel_test::contains, evenkeel_test::needs,
    evenkeel_test::Scratch;
namespace fs = std::filesystem;

namespace {

// While it lives, no file may grow beyond `bytes`: as a disk that fills up in the middle.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit small{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

auto says(std::string file, std::string reason) {
  return [=](const std::exception& error) {
    return contains(error.what(), file) && contains(error.what(), reason);
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(rows_are_written_in_full_precision) {
  Scratch directory;
  CsvWriter csv(directory / "seeds.csv", {"seed", "norm", "growth"});
  csv.row({46, "none", 2.0 / 3}).row({47, "a \"b\", c", NAN}).row({"", 0.1f, -INFINITY});
  csv.close();
  BOOST_TEST(bytes_of(directory / "seeds.csv") ==
             "seed,norm,growth\n"
             "46,none,0.6666666666666666\n"
             "47,\"a \"\"b\"\", c\",nan\n"
             ",0.1,-inf\n");
  BOOST_TEST(directory.files() == 1u);
}

BOOST_AUTO_TEST_CASE(until_it_is_closed_the_old_file_stays) {
  Scratch directory;
  directory.write("a.csv", "old\n");
  {
    CsvWriter csv(directory / "a.csv", {"x"});
    csv.row({1});
    BOOST_TEST(bytes_of(directory / "a.csv") == "old\n");
  }
  BOOST_TEST(bytes_of(directory / "a.csv") == "old\n");  // never closed: nothing happened
  BOOST_TEST(directory.files() == 1u);
}

BOOST_AUTO_TEST_CASE(a_row_of_another_length_is_an_error) {
  Scratch directory;
  CsvWriter csv(directory / "a.csv", {"x", "y"});
  BOOST_CHECK_EXCEPTION(csv.row({1}), Error, says("a.csv", "2 cells, got 1"));
}

BOOST_AUTO_TEST_CASE(errors_name_the_file_and_the_reason) {
  Scratch directory;
  directory.write("file", "");
  fs::create_directory(directory / "sub");
  BOOST_CHECK_EXCEPTION(CsvWriter(directory / "no/a.csv", {"x"}), Error,
                        says("no/a.csv", "No such file or directory"));
  BOOST_CHECK_EXCEPTION(CsvWriter(directory / "file/a.csv", {"x"}), Error,
                        says("file/a.csv", "Not a directory"));
  BOOST_CHECK_EXCEPTION(CsvWriter(directory / "sub", {"x"}), Error, says("sub", "is a directory"));
  if (geteuid() != 0) {  // root may write everywhere
    fs::permissions(directory / "sub", fs::perms::owner_read | fs::perms::owner_exec);
    BOOST_CHECK_EXCEPTION(CsvWriter(directory / "sub/a.csv", {"x"}), Error,
                          says("sub/a.csv", "Permission denied"));
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_even_if_it_shows_only_at_the_end,
                     *needs("/dev/full", "this system has no /dev/full, a device always full")) {
  CsvWriter csv("/dev/full", {"x"});
  csv.row({1});  // still in the buffer
  BOOST_CHECK_EXCEPTION(csv.close(), Error, says("/dev/full", "No space left on device"));
  BOOST_TEST(fs::is_character_file("/dev/full"));  // not replaced by a file
}

BOOST_AUTO_TEST_CASE(a_disk_that_fills_up_leaves_nothing_half_written) {
  Scratch directory;
  directory.write("a.csv", "old\n");
  const auto write_much = [&] {
    SmallDisk disk(100'000);
    CsvWriter csv(directory / "a.csv", {"x"});
    for (int i = 0; i < 100'000; ++i) csv.row({i / 7.0});
    csv.close();
  };
  BOOST_CHECK_EXCEPTION(write_much(), Error, says("a.csv", "File too large"));
  BOOST_TEST(bytes_of(directory / "a.csv") == "old\n");
  BOOST_TEST(directory.files() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
