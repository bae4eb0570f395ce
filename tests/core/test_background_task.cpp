#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "evenkeel/core/background_task.hpp"
#include "evenkeel/core/parallel.hpp"
#include "evenkeel/core/shape.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

struct OriginalThreads {
  int before = num_threads();
  ~OriginalThreads() { set_num_threads(before); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core)
BOOST_AUTO_TEST_SUITE(background_task)

BOOST_AUTO_TEST_CASE(done_once_after_wait) {
  const OriginalThreads restore;
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    BackgroundTask task;
    task.wait();  // nothing to wait for
    int times = 0;
    for (int i = 0; i < 1000; ++i) {
      task.start([&] { ++times; });
      BOOST_TEST_REQUIRE(task.pending());
      task.wait();
      BOOST_TEST_REQUIRE(times == i + 1);
      BOOST_TEST_REQUIRE(!task.pending());
    }
  }
}

BOOST_AUTO_TEST_CASE(another_thread_does_it) {
  const OriginalThreads restore;
  set_num_threads(2);
  BackgroundTask task;
  std::atomic<bool> done = false;
  std::thread::id there;
  task.start([&] {
    there = std::this_thread::get_id();
    done = true;
  });
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  BOOST_TEST(done);
  task.wait();
  BOOST_TEST((there != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(one_thread_does_it_while_it_waits) {
  const OriginalThreads restore;
  set_num_threads(1);
  BackgroundTask task;
  std::thread::id there;
  task.start([&] { there = std::this_thread::get_id(); });
  BOOST_TEST((there == std::thread::id()));
  task.wait();
  BOOST_TEST((there == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(an_exception_reaches_who_waits) {
  const OriginalThreads restore;
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    BackgroundTask task;
    task.start([] { fail("loader", "no such file"); });
    BOOST_CHECK_EXCEPTION(task.wait(), Error, says("[loader] no such file"));
    int times = 0;
    task.start([&] { ++times; });
    task.wait();
    BOOST_TEST(times == 1);
  }
}

BOOST_AUTO_TEST_CASE(within_parallel_loops) {
  const OriginalThreads restore;
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    std::vector<int> sums(50, 0);
    parallel_blocks(50, 1, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        BackgroundTask task;
        for (int k = 0; k < 20; ++k) {
          task.start([&] { ++sums[i]; });
          std::vector<int> other(100);
          parallel_blocks(100, 10, [&](Index from, Index to) {
            for (Index j = from; j < to; ++j) ++other[j];
          });
          task.wait();
        }
      }
    });
    BOOST_TEST(sums == std::vector<int>(50, 20), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_task_is_the_end_of_the_work) {
  const OriginalThreads restore;
  for (const int threads : {1, 2, 7}) {
    set_num_threads(threads);
    for (int i = 0; i < 200; ++i) {
      std::vector<int> touched(1000, 0);  // gone right after the task
      BackgroundTask task;
      task.start([&] {
        for (int& entry : touched) ++entry;
      });
    }
  }
  set_num_threads(2);
  std::atomic<bool> begun = false, done = false;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  {
    BackgroundTask task;
    task.start([&] {
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      done = true;
    });
    while (!begun && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  }
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(work_not_begun_is_dropped) {
  const OriginalThreads restore;
  set_num_threads(1);
  int times = 0;
  {
    BackgroundTask task;
    task.start([&] { ++times; });
  }
  BOOST_TEST(times == 0);
}

BOOST_AUTO_TEST_CASE(one_piece_of_work_at_a_time) {
  BackgroundTask task;
  task.start([] {});
  BOOST_CHECK_EXCEPTION(task.start([] {}), Error, says("has not been waited for"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
