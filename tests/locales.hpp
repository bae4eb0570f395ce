#pragma once
// A locale in which 1234.5 is 1.234,5: for C, as programs with windows set it, and for C++.

#include <boost/test/unit_test.hpp>
#include <clocale>
#include <cstdlib>
#include <locale>
#include <string>

#include "needs.hpp"
#include "scratch.hpp"

namespace evenkeel_test {

/// BOOST_AUTO_TEST_CASE(name, *needs_german())
inline boost::unit_test::precondition needs_german() {
  return needs("/usr/share/i18n/locales/de_DE", "Debian's package locales is not installed");
}

/// While it lives, numbers are German.
class German {
 public:
  German() : c_(std::setlocale(LC_ALL, nullptr)), environment_("LC_ALL", "de_DE.UTF-8") {
    static const Scratch folder;
    static const int made = std::system(  // NOLINT
        ("localedef -i de_DE -f UTF-8 '" + (folder / "de_DE.UTF-8").string() + "'").c_str());
    const Environment path("LOCPATH", folder.path().string());
    BOOST_TEST_REQUIRE(made == 0, "localedef failed");
    cpp_ = std::locale::global(std::locale(std::locale::classic(), new Commas));
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    BOOST_TEST_REQUIRE(std::string(std::localeconv()->decimal_point) == ",");
  }
  ~German() {
    std::locale::global(cpp_);
    std::setlocale(LC_ALL, c_.c_str());
  }
  German(const German&) = delete;
  German& operator=(const German&) = delete;

 private:
  struct Commas : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };

  std::string c_;
  Environment environment_;
  std::locale cpp_;
};

}  // namespace evenkeel_test
