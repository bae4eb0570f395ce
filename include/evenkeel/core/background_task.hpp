#pragma once
// One piece of work beside the caller's, such as the next batch made ready while this one trains.

#include <functional>
#include <memory>

namespace evenkeel {

/// What runs in the background must not touch what the caller touches before `wait`, and must not
/// wait for anything itself (no parallel loops): so waiting here can never block for ever, from
/// inside parallel loops either.
class BackgroundTask {
 public:
  BackgroundTask() = default;
  /// Waits for work that runs; work that no thread has begun is dropped.
  ~BackgroundTask();
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;

  /// Hands the work to another thread. With one thread (set_num_threads(1)) nothing happens until
  /// `wait`. Throws when earlier work has not been waited for.
  void start(std::function<void()> work);

  /// Returns when the work is done, at once if there is none. Work that no thread has begun runs
  /// here. Throws what the work threw.
  void wait();

  /// Whether there is work to wait for.
  bool pending() const { return state_ != nullptr; }

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace evenkeel
