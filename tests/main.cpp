#include <boost/test/unit_test.hpp>

int main(int argc, char* argv[]) {
  const auto init = [] { return true; };
  return boost::unit_test::unit_test_main(+init, argc, argv);
}
