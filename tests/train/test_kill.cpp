// A training that is killed at random moments, again and again, always leaves a whole checkpoint,
// and ends with the bits of one that nobody killed. 30 times; for more:
//
//   EVENKEEL_KILLS=100 build/tests/train_tests -t train/kill

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/checkpoint/checkpoint.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/train/trainer.hpp"
#include "scratch.hpp"
#include "train/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;
namespace fs = std::filesystem;

namespace {

constexpr Index epochs = 12;

// Goes on from the file where it is there. Patience has the best weights written too.
struct KilledRun {
  SmallClassifier model{20, 3};
  AdamW optimizer{model.parameters(), {.learning_rate = 0.01}};
  Samples train = clusters(300, 1, 0.5), test = clusters(200, 2, 0.5);
  Loader loader{train, {.batch = 32, .drop_last = true}, 3};

  Index fit(const fs::path& file, Index until) {
    Trainer trainer(model, optimizer,
                    {.epochs = until, .patience = epochs, .checkpoint = file, .progress = nullptr});
    return trainer.fit(loader, test).size();
  }
};

// In a process of its own, which ends without the cleaning up that a killed one does not get.
pid_t start(const fs::path& file) {
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    KilledRun().fit(file, epochs);
    _exit(0);
  } catch (...) {
    _exit(1);
  }
}

// Whether it came to its end.
bool has_ended(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return false;
  BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  return true;
}

double milliseconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(train)

BOOST_AUTO_TEST_CASE(kill) {
  const char* asked = std::getenv("EVENKEEL_KILLS");
  const int wanted = asked ? std::atoi(asked) : 30;
  BOOST_TEST_REQUIRE(wanted > 0);
  const int threads_before = num_threads();
  set_num_threads(1);  // a fork has no other thread
  const Scratch folder;
  const fs::path file = folder / "run.safetensors";
  KilledRun whole;
  whole.fit(folder / "whole.safetensors", epochs);
  const double all = milliseconds_of([&] { has_ended(start(folder / "timed.safetensors")); });

  Random random(11);
  int killed = 0, with_file = 0, half_written = 0;
  for (int tries = 0; killed < wanted && tries < 20 * wanted; ++tries) {
    const pid_t child = start(file);
    usleep(static_cast<useconds_t>(1000 * all * random.uniform() / 2));
    ::kill(child, SIGKILL);
    if (has_ended(child)) {
      fs::remove(file);  // once more from the beginning
      continue;
    }
    ++killed;
    half_written +=
        std::distance(fs::directory_iterator(folder.path()), {}) > (fs::exists(file) ? 3 : 2);
    if (!fs::exists(file)) continue;
    ++with_file;
    const fs::path copy = folder.write("copy", bytes_of(file));
    KilledRun resumed;
    BOOST_TEST(resumed.fit(copy, epochs) == epochs);
    BOOST_TEST(same_bits(state_of(resumed.model), state_of(whole.model)));
    fs::remove(copy);
  }
  set_num_threads(threads_before);
  BOOST_TEST_MESSAGE(killed << " kills, " << with_file << " with a checkpoint, " << half_written
                            << " while one was written");
  BOOST_TEST(killed == wanted);
  BOOST_TEST(with_file > wanted / 2);
  KilledRun().fit(file, epochs);
  BOOST_TEST(folder.files() == 3u);  // what was half written is gone
}

BOOST_AUTO_TEST_SUITE_END()
