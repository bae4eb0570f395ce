// Where there are no threads, as in a web page: the same blocks, one after the other, so the same
// bits.

#include "base/fail.hpp"
#include "evenkeel/base/parallel.hpp"

namespace evenkeel {

void set_num_threads(int count) {
  require(count >= 0 && count <= 1, "set_num_threads", "there is one thread here, got {}", count);
}

int num_threads() {
  return 1;
}

void require_room_for_threads() {}

void detail::run_blocks(std::size_t count, std::size_t block,
                        const std::function<void(std::size_t, std::size_t)>& body) {
  for (std::size_t first = 0; first < count; first += block) {
    body(first, std::min(count, first + block));
  }
}

}  // namespace evenkeel
