#pragma once
// Decorates a test case that needs what a machine may lack: without it the test is skipped, and
// tests/run counts it.  BOOST_AUTO_TEST_CASE(name, *needs("/dev/full", "there is no /dev/full"))
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iostream>
#include <string>

namespace evenkeel_test {

inline boost::unit_test::precondition needs(const std::filesystem::path& path,
                                            const std::string& reason_without) {
  return boost::unit_test::precondition([=](boost::unit_test::test_unit_id id) {
    boost::test_tools::assertion_result found(std::filesystem::exists(path));
    found.message() << reason_without;
    const auto& test = boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY);
    if (!found)  // Boost.Test says it only where it names every test
      std::cerr << test.full_name() << " is skipped: " << reason_without << '\n';
    return found;
  });
}

}  // namespace evenkeel_test
