#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evenkeel/core/shape.hpp"
#include "says.hpp"
#include "scopes.hpp"

using namespace evenkeel;

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(parallel)

namespace {

using Blocks = std::vector<std::pair<Index, Index>>;

// The borders of all blocks, by the block's number
Blocks blocks_of(Index count, Index block) {
  Blocks blocks((count + block - 1) / block);
  parallel_blocks(count, block, [&](Index first, Index last) {
    blocks[first / block] = {first, last};
  });
  return blocks;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_index_once) {
  const evenkeel_test::WithThreads restore(num_threads());
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    for (const Index count : {0, 1, 7, 1000, 1001}) {
      for (const Index block : {1, 7, 100, 1000, 5000}) {
        std::vector<std::atomic<int>> times(count);
        parallel_blocks(count, block, [&](Index first, Index last) {
          for (Index i = first; i < last; ++i) ++times[i];
        });
        const bool once = std::all_of(times.begin(), times.end(), [](int n) { return n == 1; });
        BOOST_TEST(once, threads << " threads, " << count << " in blocks of " << block);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(blocks_do_not_depend_on_threads) {
  const evenkeel_test::WithThreads restore(num_threads());
  const Blocks expected = {{0, 10}, {10, 20}, {20, 25}};
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    BOOST_TEST((blocks_of(25, 10) == expected));
  }
}

BOOST_AUTO_TEST_CASE(one_block_runs_here) {
  std::thread::id there;
  parallel_blocks(100, 100, [&](Index, Index) { there = std::this_thread::get_id(); });
  BOOST_TEST((there == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(two_threads_are_two) {
  const evenkeel_test::WithThreads restore(num_threads());
  set_num_threads(2);
  // Each block waits for the other: one thread alone would wait in vain.
  std::atomic<int> present = 0;
  std::atomic<int> met = 0;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  parallel_blocks(2, 1, [&](Index, Index) {
    ++present;
    while (present < 2 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    if (present == 2) ++met;
  });
  BOOST_TEST(met == 2);
}

BOOST_AUTO_TEST_CASE(loops_inside_loops) {
  const evenkeel_test::WithThreads restore(num_threads());
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    std::vector<std::atomic<int>> times(40 * 50);
    parallel_blocks(40, 3, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        parallel_blocks(50, 7, [&, i](Index inner_first, Index inner_last) {
          for (Index j = inner_first; j < inner_last; ++j) ++times[i * 50 + j];
        });
      }
    });
    BOOST_TEST(std::all_of(times.begin(), times.end(), [](int n) { return n == 1; }));
  }
}

BOOST_AUTO_TEST_CASE(an_exception_reaches_the_caller) {
  const evenkeel_test::WithThreads restore(num_threads());
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    const auto loop = [](Index bad) {
      parallel_blocks(100, 10, [=](Index first, Index last) {
        if (first <= bad && bad < last) fail("conv2d", "no such pixel");
      });
    };
    BOOST_CHECK_EXCEPTION(loop(0), Error, says("[conv2d] no such pixel"));
    BOOST_CHECK_EXCEPTION(loop(57), Error, says("[conv2d] no such pixel"));
    loop(100);  // none fails, and loops go on working
  }
}

BOOST_AUTO_TEST_CASE(the_number_of_threads) {
  const evenkeel_test::WithThreads restore(num_threads());
  set_num_threads(3);
  BOOST_TEST(num_threads() == 3);
  set_num_threads(0);
  BOOST_TEST(num_threads() >= 1);
  for (const int wrong : {-1, 1025, 2'000'000'000}) {
    BOOST_CHECK_EXCEPTION(set_num_threads(wrong), Error,
                          says("must be from 0 to 1024, got " + std::to_string(wrong)));
  }
  const int before = num_threads();
  set_num_threads(1024);
  BOOST_TEST((blocks_of(25, 10) == Blocks{{0, 10}, {10, 20}, {20, 25}}));
  set_num_threads(before);
}

BOOST_AUTO_TEST_CASE(a_limit_of_memory_that_leaves_no_room_for_the_threads) {
  const pid_t child = fork();
  if (child == 0) {
    rlim_t pages = 0;  // that are in use
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t most = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{100} << 20);
    const rlimit limit{most, most};
    setrlimit(RLIMIT_AS, &limit);
    try {
      require_room_for_threads();
    } catch (const Error& error) {
      _exit(says("MB of address space, and a limit")(error) ? 3 : 1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(WEXITSTATUS(status) == 3);
  require_room_for_threads();
}

BOOST_AUTO_TEST_CASE(blocks_worth_a_task) {
  BOOST_TEST(block_for_cost(1) == 32768);
  BOOST_TEST(block_for_cost(64) == 512);
  BOOST_TEST(block_for_cost(1000000) == 1);
  BOOST_TEST(block_for_cost(0) == 32768);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
