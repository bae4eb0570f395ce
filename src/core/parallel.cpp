#include "evenkeel/core/parallel.hpp"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <memory>

#include "evenkeel/core/shape.hpp"

// From OpenBLAS; declared here because its header's place differs from system to system.
extern "C" void openblas_set_num_threads(int threads);

#ifdef EVENKEEL_THREAD_SANITIZER
extern "C" void __tsan_release(void* moment);
extern "C" void __tsan_acquire(void* moment);
#endif

namespace evenkeel {

namespace {

// oneTBB is not built with ThreadSanitizer, which therefore cannot see that a block begins after
// its loop began and ends before the loop does. In a build with that sanitizer these two tell it.
void reached([[maybe_unused]] void* moment) {
#ifdef EVENKEEL_THREAD_SANITIZER
  __tsan_release(moment);
#endif
}

void comes_after([[maybe_unused]] void* moment) {
#ifdef EVENKEEL_THREAD_SANITIZER
  __tsan_acquire(moment);
#endif
}

// The same at the end of a scope, by return or by exception.
struct AtEnd {
  void (*tell)(void*);
  void* moment;
  ~AtEnd() { tell(moment); }
};

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

}  // namespace

void set_num_threads(int count) {
  if (count < 0) fail("set_num_threads", "the number of threads must not be negative");
  threads.set(count);
}

int num_threads() {
  return threads.count;
}

void detail::run_blocks(Index count, Index block, void* body, BlockFunction call) {
  const Index blocks = (count + block - 1) / block;
  const auto one_block = [=](Index i) { call(body, i * block, std::min(count, (i + 1) * block)); };
  if (threads.count == 1) {
    for (Index i = 0; i < blocks; ++i) one_block(i);
    return;
  }
  char loop_began, block_ended;
  const auto task = [=, began = &loop_began, ended = &block_ended](Index i) {
    comes_after(began);
    const AtEnd tell{reached, ended};
    one_block(i);
  };
  const auto all_blocks = [&] {
    tbb::parallel_for(Index{0}, blocks, task, tbb::simple_partitioner());
  };
  const AtEnd wait{comes_after, &block_ended};
  reached(&loop_began);
  if (threads.arena) {
    threads.arena->execute(all_blocks);
  } else {
    all_blocks();
  }
}

}  // namespace evenkeel
