#include <boost/test/unit_test.hpp>
#include <string>

#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/digits.hpp"
#include "evenkeel/data/files.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(finding_files)

BOOST_AUTO_TEST_CASE(without_a_folder_named) {
  BOOST_TEST(std::filesystem::exists(data_file("README.md")));
  BOOST_CHECK_EXCEPTION(data_file("no_such.csv"), Error,
                        says("[data] there is no no_such.csv in "));
  BOOST_CHECK_EXCEPTION(
      data_file("no_such.csv"), Error,
      says("set the environment variable EVENKEEL_DATA to the folder that has it"));
}

BOOST_AUTO_TEST_CASE(the_folder_that_is_named) {
  const Scratch scratch;
  const Environment named("EVENKEEL_DATA", scratch.path().string());
  BOOST_CHECK_EXCEPTION(digits(), Error,
                        says("there is no " + scratch.path().string() + "/digits/digits.csv.gz"));
  BOOST_CHECK_EXCEPTION(digits(), Error, says("EVENKEEL_DATA names the folder"));
  scratch.write("own.txt", "mine");
  BOOST_TEST(read_file(data_file("own.txt")) == "mine");
}

BOOST_AUTO_TEST_CASE(gzip) {
  const Scratch scratch;
  const std::string packed = bytes_of(data_file("digits/digits.csv.gz"));
  BOOST_TEST(read_file(scratch.write("whole.gz", packed)).size() == 264712);
  // Cut short in its body, in its foot, in its head; one bit wrong; no gzip at all; nothing at all
  std::string wrong = packed;
  wrong[packed.size() / 2] ^= 1;
  for (const std::string& bytes :
       {packed.substr(0, packed.size() / 2), packed.substr(0, packed.size() - 3),
        packed.substr(0, 5), wrong, std::string("0,0,5,13"), std::string()}) {
    const std::filesystem::path path = scratch.write("damaged.gz", bytes);
    BOOST_CHECK_EXCEPTION(read_file(path), Error,
                          says(path.string() + " is cut short or damaged: it does not unpack"));
  }
}

BOOST_AUTO_TEST_CASE(gzip_by_another_name) {
  const Scratch scratch;
  const std::string packed = bytes_of(data_file("digits/digits.csv.gz"));
  BOOST_TEST(read_file(scratch.write("digits.csv", packed)).size() == 264712);
  BOOST_CHECK_EXCEPTION(read_file(scratch.write("cut", packed.substr(0, 1000))), Error,
                        says("cut is cut short or damaged"));
}

BOOST_AUTO_TEST_CASE(gzip_of_more_than_is_wanted) {
  const Scratch scratch;
  const std::string packed = bytes_of(data_file("digits/digits.csv.gz"));
  const std::filesystem::path path = scratch.write("digits.csv.gz", packed);
  BOOST_TEST(read_file(path, 264712).size() == 264712);
  for (const std::size_t most : {0, 1000, 264711}) {
    BOOST_CHECK_EXCEPTION(
        read_file(path, most), Error,
        says(path.string() + " unpacks to more than " + std::to_string(most) + " bytes"));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read) {
  const Scratch scratch;
  BOOST_CHECK_EXCEPTION(read_file(scratch.path() / "none"), Error, says("cannot read "));
  BOOST_CHECK_EXCEPTION(read_file(scratch.path()), Error, says("cannot read "));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
