#include "evenkeel/base/memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <vector>

#include <sys/resource.h>

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(memory)

// Sanitizers have an allocator of their own, and other C libraries do not promise it.
#if defined(__GLIBC__) && !defined(EVENKEEL_ADDRESS_SANITIZER) && \
    !defined(EVENKEEL_THREAD_SANITIZER)

namespace {

long pages_had_from_the_system() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// 20 MB in pieces of one, all of it freed at the end.
void use_memory() {
  std::vector<std::vector<char>> pieces;
  for (int i = 0; i < 20; ++i) pieces.emplace_back(1 << 20, 'x');
}

}  // namespace

BOOST_AUTO_TEST_CASE(freed_memory_is_used_again) {
  evenkeel::keep_freed_memory();
  use_memory();
  const long before = pages_had_from_the_system();
  for (int round = 0; round < 10; ++round) use_memory();
  BOOST_TEST(pages_had_from_the_system() - before < 100);  // 51,200 where all of it is given back
}

#endif

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
