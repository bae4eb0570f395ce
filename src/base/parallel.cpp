#include "evenkeel/base/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <latch>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/mman.h>

#ifdef EVENKEEL_THREAD_SANITIZER
#include <atomic>
#include <exception>
#include <mutex>
#endif

#include "base/fail.hpp"

// From OpenBLAS; declared here because its header's place differs from system to system.
extern "C" void openblas_set_num_threads(int threads);

namespace evenkeel {

namespace {

constexpr int most_threads = 1024;

// Without room for its buffers OpenBLAS tries for ever to get them, and oneTBB ends the program
// when a thread cannot be made. Both are found out beforehand, where they can be an Error.
void require_room_for(int count) {
  constexpr std::size_t megabyte = std::size_t{1} << 20;
  constexpr std::size_t for_one = 144;  // 128 for OpenBLAS, 16 for the stack and the heap
  const std::size_t needed = static_cast<std::size_t>(count + 1) * for_one;
  void* const room = mmap(nullptr, needed * megabyte, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(room != MAP_FAILED, "threads",
          "{} threads need {} MB of address space, and a limit of this process (ulimit -v) leaves "
          "less; raise it, or use fewer threads",
          count, needed);
  munmap(room, needed * megabyte);
}

void require_threads(int count) {
  std::latch all_made(1);
  std::vector<std::thread> made;
  const auto end = [&] {
    all_made.count_down();
    for (std::thread& thread : made) thread.join();
  };
  try {
    for (int i = 1; i < count; ++i) made.emplace_back([&] { all_made.wait(); });
    end();
  } catch (const std::system_error& error) {
    end();
    fail("set_num_threads", "of {} threads only {} can be made: {}", count, made.size() + 1,
         error.code().message());
  }
}

struct Threads {
  int count = tbb::info::default_concurrency();
  std::unique_ptr<tbb::global_control> limit;
  std::unique_ptr<tbb::task_arena> arena;

  Threads() { openblas_set_num_threads(1); }

  void set(int threads) {
    const int cores = tbb::info::default_concurrency();
    const int wanted = threads > 0 ? threads : cores;
    require_room_for(wanted);
    if (wanted > cores) require_threads(wanted);
    count = wanted;
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
  require(count >= 0 && count <= most_threads, "set_num_threads",
          "the number of threads must be from 0 to {}, got {}", most_threads, count);
  threads.set(count);
}

int num_threads() {
  return threads.count;
}

void require_room_for_threads() {
  require_room_for(threads.count);
}

void detail::run_blocks(std::size_t count, std::size_t block,
                        const std::function<void(std::size_t, std::size_t)>& body) {
  const std::size_t blocks = (count + block - 1) / block;
  const auto one_block = [&](std::size_t i) { body(i * block, std::min(count, (i + 1) * block)); };
  if (threads.count == 1) {
    for (std::size_t i = 0; i < blocks; ++i) one_block(i);
    return;
  }
  for_each_block(blocks, threads.count, one_block);
}

}  // namespace evenkeel
