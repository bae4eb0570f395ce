#include "evenkeel/base/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <memory>

#ifdef EVENKEEL_THREAD_SANITIZER
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>
#endif

#include "evenkeel/base/error.hpp"

// From OpenBLAS; declared here because its header's place differs from system to system.
extern "C" void openblas_set_num_threads(int threads);

namespace evenkeel {

namespace {

struct Threads {
  int count = tbb::info::default_concurrency();
  std::unique_ptr<tbb::global_control> limit;
  std::unique_ptr<tbb::task_arena> arena;

  Threads() { openblas_set_num_threads(1); }

  void set(int threads) {
    count = threads > 0 ? threads : tbb::info::default_concurrency();
    arena.reset();
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                  static_cast<std::size_t>(count));
    arena = std::make_unique<tbb::task_arena>(count);
  }
};

Threads threads;  // a static, so that BLAS is single-threaded before main

#ifdef EVENKEEL_THREAD_SANITIZER
// Debian's oneTBB is not built with ThreadSanitizer, which therefore cannot see its hand-overs and
// reports them. In a build with that sanitizer the same blocks run on std::threads, which it knows.
template <class Block>
void for_each_block(std::size_t blocks, int thread_count, const Block& one_block) {
  std::atomic<std::size_t> next = 0;
  std::mutex first_failure;
  std::exception_ptr failure;
  const auto take_blocks = [&] {
    try {
      for (std::size_t i = next++; i < blocks; i = next++) one_block(i);
    } catch (...) {
      const std::lock_guard lock(first_failure);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < thread_count; ++i) workers.emplace_back(take_blocks);
  take_blocks();
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}
#else
template <class Block>
void for_each_block(std::size_t blocks, int, const Block& one_block) {
  const auto all_blocks = [&] {
    tbb::parallel_for(std::size_t{0}, blocks, one_block, tbb::simple_partitioner());
  };
  if (threads.arena) {
    threads.arena->execute(all_blocks);
  } else {
    all_blocks();
  }
}
#endif

}  // namespace

void set_num_threads(int count) {
  if (count < 0) fail("set_num_threads", "the number of threads must not be negative");
  threads.set(count);
}

int num_threads() {
  return threads.count;
}

void detail::run_blocks(std::size_t count, std::size_t block, void* body, BlockFunction call) {
  const std::size_t blocks = (count + block - 1) / block;
  const auto one_block = [=](std::size_t i) {
    call(body, i * block, std::min(count, (i + 1) * block));
  };
  if (threads.count == 1) {
    for (std::size_t i = 0; i < blocks; ++i) one_block(i);
    return;
  }
  for_each_block(blocks, threads.count, one_block);
}

}  // namespace evenkeel
