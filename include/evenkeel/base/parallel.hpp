#pragma once
// Parallel loops. Only src/base/parallel.cpp knows oneTBB.
//
// Same seed, same bits, for every number of threads: the loop is cut into blocks whose borders
// depend on the amount of work alone, and each block writes its own part of the result. Sums over
// blocks are added in the order of the blocks.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

namespace evenkeel {

/// How many threads loops may use, at most 1024; 0 means one for each core. Throws Error, and
/// nothing has changed then, when the limits of the process leave no room for them. BLAS itself
/// always runs with one thread: its threads inside ours would fight for the cores.
void set_num_threads(int threads);
int num_threads();

/// Throws the Error that set_num_threads would throw for the threads there are. The first tape
/// asks: without that room, the first matrix product would wait for it for ever.
void require_room_for_threads();

namespace detail {
void run_blocks(std::size_t count, std::size_t block,
                const std::function<void(std::size_t first, std::size_t last)>& body);
}

/// Calls body(first, last) for the blocks [0, block), [block, 2·block), … that cover [0, count).
/// One block runs inline, without a scheduler.
template <class Body>
void parallel_blocks(std::size_t count, std::size_t block, Body&& body) {
  if (count <= block) {
    if (count > 0) body(std::size_t{0}, count);
    return;
  }
  detail::run_blocks(count, block, std::ref(body));
}

/// The block size for a loop whose every step costs about `cost` elementary operations: large
/// enough (2^15 operations, some ten microseconds) that a block is worth a task.
inline std::size_t block_for_cost(std::size_t cost) {
  constexpr std::size_t worth_a_task = std::size_t{1} << 15;
  return std::max<std::size_t>(1, worth_a_task / std::max<std::size_t>(1, cost));
}

/// Part `part`, counted from 0, of something that is cut into `parts`, as equal as can be.
struct Share {
  std::size_t part = 0, parts = 1;

  /// Of `count` things the first that is in it, and one past the last.
  std::pair<std::size_t, std::size_t> of(std::size_t count) const {
    return {count * part / parts, count * (part + 1) / parts};
  }
};

}  // namespace evenkeel
