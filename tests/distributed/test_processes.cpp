// Each test starts the scenarios program under mpirun and reads what comes of it.

#include <fmt/format.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/wait.h>

#include "distributed/scenarios.hpp"
#include "evenkeel/core/types.hpp"
#include "needs.hpp"
#include "scratch.hpp"

namespace {

struct Outcome {
  int code;
  double seconds;
  std::string text;
};

Outcome run(int processes, const std::string& scenario) {
  const std::string command = fmt::format(
      "timeout 60 '{}' --allow-run-as-root --oversubscribe -np {} '{}{}' {} 2>&1 </dev/null",
      EVENKEEL_MPIRUN, processes, EVENKEEL_SCENARIOS, sizeof(evenkeel::Scalar) == 8 ? "" : "_float",
      scenario);
  const auto start = std::chrono::steady_clock::now();
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  for (std::array<char, 4096> part; std::fgets(part.data(), part.size(), pipe);)
    text += part.data();
  const int status = pclose(pipe);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), passed.count(), text};
}

void succeeds(int processes, const std::string& scenario) {
  const Outcome outcome = run(processes, scenario);
  BOOST_TEST_INFO(outcome.text);
  BOOST_TEST((outcome.code == 0 && outcome.text.find("ok") != std::string::npos));
}

// Ends within seconds, with a message that names the process and what it did.
void fails(const std::string& scenario, const std::string& message) {
  for (const int processes : {2, 3}) {
    const Outcome outcome = run(processes, scenario);
    BOOST_TEST_INFO(outcome.text);
    BOOST_TEST(outcome.code != 0);
    BOOST_TEST_INFO(outcome.text);
    BOOST_TEST(
        outcome.text.find(fmt::format(fmt::runtime(message), processes - 1)) != std::string::npos,
        message);
    BOOST_TEST(outcome.seconds < 15);
  }
}

const auto needs_mpi = evenkeel_test::needs(
    EVENKEEL_MPIRUN, "there was no Open MPI at set-up (Debian: openmpi-bin libopenmpi-dev)");

}  // namespace

BOOST_AUTO_TEST_SUITE(distributed)

BOOST_AUTO_TEST_CASE(shards_give_what_one_process_gives, *needs_mpi) {
  for (const int processes : {1, 2, 3, 4}) {
    succeeds(processes, "exact");
    succeeds(processes, "large_mean");
  }
}

BOOST_AUTO_TEST_CASE(training_takes_the_path_of_one_process, *needs_mpi) {
  for (const int processes : {1, 2, 3, 4}) succeeds(processes, "trajectory");
}

BOOST_AUTO_TEST_CASE(a_trainer_takes_the_path_of_one_process, *needs_mpi) {
  for (const int processes : {1, 2, 3, 4}) succeeds(processes, "trainer");
  for (const int processes : {1, 2}) succeeds(processes, "part");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_goes_on_with_other_processes, *needs_mpi) {
  const evenkeel_test::Scratch folder;
  const std::string file = (folder / "checkpoint").string();
  succeeds(3, "checkpoint " + file + " 1");
  succeeds(2, "checkpoint " + file + " 2");
  succeeds(1, "checkpoint " + file + " 3");
  succeeds(4, "checkpoint " + file + " 4");
  fails("other_checkpoint " + file + " 5", "process {} sees another");
}

BOOST_AUTO_TEST_CASE(all_notice_that_training_diverges, *needs_mpi) {
  for (const int processes : {1, 2, 3, 4}) succeeds(processes, "diverges");
}

BOOST_AUTO_TEST_CASE(without_mpirun_it_is_one_process) {
  const std::string suffix = sizeof(evenkeel::Scalar) == 8 ? "" : "_float";
  BOOST_TEST(
      std::system(fmt::format("'{}{}' exact >/dev/null", EVENKEEL_SCENARIOS, suffix).c_str()) == 0);
}

BOOST_AUTO_TEST_CASE(a_throw, *needs_mpi) {
  fails("throw", "process {} of");
}
BOOST_AUTO_TEST_CASE(a_caught_throw, *needs_mpi) {
  fails("caught", "process {} is at 'the end of the run'");
}
BOOST_AUTO_TEST_CASE(a_kill, *needs_mpi) {
  fails("kill", "signal 9");
}
BOOST_AUTO_TEST_CASE(other_counts, *needs_mpi) {
  fails("counts", "process {} is at 'the numbers' (sum of 500 doubles)");
}
BOOST_AUTO_TEST_CASE(a_collective_that_one_skips, *needs_mpi) {
  fails("skip", "process {} is at 'something else'");
}
BOOST_AUTO_TEST_CASE(one_that_never_comes, *needs_mpi) {
  fails("late", "process {} did not come to 'the numbers'");
}
BOOST_AUTO_TEST_CASE(a_nan, *needs_mpi) {
  fails("nan", "process {} brings a NaN");
}
BOOST_AUTO_TEST_CASE(a_gradient_in_one_process_only, *needs_mpi) {
  fails("no_gradient", "process {} is at 'sync_batch_norm without gradient'");
}
BOOST_AUTO_TEST_CASE(other_shapes, *needs_mpi) {
  fails("shape", "process {} is at 'sync_batch_norm without");
}

BOOST_AUTO_TEST_SUITE_END()
