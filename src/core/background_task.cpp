#include "evenkeel/core/background_task.hpp"

#include <atomic>
#include <exception>
#include <utility>

#include "core/enqueue.hpp"
#include "evenkeel/core/parallel.hpp"
#include "evenkeel/core/shape.hpp"

namespace evenkeel {

// Whoever claims the work first runs it: a thread of the scheduler, or the one that waits. So it
// does not matter whether the scheduler ever has a thread to spare.
struct BackgroundTask::State {
  std::function<void()> work;
  std::exception_ptr failure;
  std::atomic<bool> claimed = false;
  std::atomic<bool> done = false;

  bool claim() { return !claimed.exchange(true); }

  void run() {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    done = true;
    done.notify_all();
  }
};

BackgroundTask::~BackgroundTask() {
  if (state_ && !state_->claim()) state_->done.wait(false);
}

void BackgroundTask::start(std::function<void()> work) {
  if (state_) fail("background task", "start: the work before has not been waited for");
  state_ = std::make_shared<State>();
  state_->work = std::move(work);
  if (num_threads() == 1) return;
  enqueue([state = state_] {
    if (state->claim()) state->run();
  });
}

void BackgroundTask::wait() {
  if (!state_) return;
  const std::shared_ptr<State> state = std::exchange(state_, nullptr);
  if (state->claim()) {
    state->run();
  } else {
    state->done.wait(false);
  }
  // Taken out, so that the thread that ran the work has no part in what is thrown here.
  const std::exception_ptr failure = std::exchange(state->failure, nullptr);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace evenkeel
