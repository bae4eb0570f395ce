// The only file that knows mpi.h.

#include "evenkeel/mpi/run_processes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include <unistd.h>

#include "base/fail.hpp"
#include "evenkeel/base/parallel.hpp"

#ifdef EVENKEEL_MPI
#define OMPI_SKIP_MPICXX  // the C++ bindings, long gone from the standard
#include <mpi.h>
#endif

namespace evenkeel {

namespace {

// Whether mpirun, or a cluster's starter, has started this process.
bool started_together() {
  constexpr const char* signs[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK",
                                   "MPI_LOCALNRANKS"};
  return std::any_of(std::begin(signs), std::end(signs),
                     [](const char* sign) { return std::getenv(sign) != nullptr; });
}

#ifdef EVENKEEL_MPI

template <class Number>
bool all_finite(std::span<const Number> values) {
  return std::all_of(values.begin(), values.end(), [](Number x) { return std::isfinite(x); });
}

constexpr int header_tag = 71, verdict_tag = 72;

// What a process is about to do; compared before it does.
struct Header {
  std::array<char, 192> call{};  // "'my sums' (sum of 3 doubles), its collective 7"
  std::uint64_t finite = 1;
};

template <class Number>
constexpr const char* plural = sizeof(Number) == sizeof(double) ? "doubles" : "floats";

using Verdict = std::array<char, 512>;  // empty: all do the same

class Mpi final : public Communicator {
 public:
  Mpi() : Communicator(number(MPI_Comm_rank), number(MPI_Comm_size)) {}

  void sum(std::string_view what, std::span<float> v) override { sum(what, v, MPI_FLOAT); }
  void sum(std::string_view what, std::span<double> v) override { sum(what, v, MPI_DOUBLE); }

  std::vector<double> gather(std::string_view what, std::span<const double> mine) override {
    agree<double>(what, "gather", mine.size());
    std::vector<double> all(mine.size() * size());
    const int n = static_cast<int>(mine.size());
    MPI_Allgather(mine.data(), n, MPI_DOUBLE, all.data(), n, MPI_DOUBLE, MPI_COMM_WORLD);
    return all;
  }
  void broadcast(std::string_view what, std::span<float> v) override {
    agree<float>(what, "broadcast", v.size());
    MPI_Bcast(v.data(), static_cast<int>(v.size()), MPI_FLOAT, 0, MPI_COMM_WORLD);
  }
  void broadcast(std::string_view what, std::span<double> v) override {
    agree<double>(what, "broadcast", v.size());
    MPI_Bcast(v.data(), static_cast<int>(v.size()), MPI_DOUBLE, 0, MPI_COMM_WORLD);
  }
  void barrier(std::string_view what) override { agree<double>(what, "barrier", 0); }

 private:
  static std::size_t number(int (*ask)(MPI_Comm, int*)) {
    int answer = 0;
    ask(MPI_COMM_WORLD, &answer);
    return static_cast<std::size_t>(answer);
  }

  // Added up on process 0, in an order that depends on their number alone, and sent to all.
  template <class Number>
  void sum(std::string_view what, std::span<Number> v, MPI_Datatype type) {
    agree<Number>(what, "sum", v.size(), all_finite(std::span<const Number>(v)));
    const int n = static_cast<int>(v.size());
    MPI_Reduce(is_first() ? MPI_IN_PLACE : v.data(), v.data(), n, type, MPI_SUM, 0, MPI_COMM_WORLD);
    MPI_Bcast(v.data(), n, type, 0, MPI_COMM_WORLD);
  }

  // Throws on all processes unless all are about to do the same.
  template <class Number>
  void agree(std::string_view what, std::string_view kind, std::size_t count, bool finite = true) {
    if (late_) fail("processes", "'{}' comes after a collective to which one did not come", what);
    Header mine;
    const std::string call = fmt::format("'{}' ({} of {} {}), its collective {}",
                                         what.substr(0, 63), kind, count, plural<Number>, ++step_);
    call.copy(mine.call.data(), mine.call.size() - 1);
    mine.finite = finite ? 1 : 0;
    const std::string verdict = is_first() ? judge(what, mine) : ask(mine);
    if (!verdict.empty()) fail("processes", "{}", verdict);
  }

  std::string judge(std::string_view what, const Header& mine) {
    std::vector<MPI_Request> requests(size(), MPI_REQUEST_NULL);
    headers_.resize(size());
    headers_[0] = mine;
    for (std::size_t r = 1; r < size(); ++r) {
      MPI_Irecv(&headers_[r], sizeof(Header), MPI_BYTE, static_cast<int>(r), header_tag,
                MPI_COMM_WORLD, &requests[r]);
    }
    std::string verdict;
    for (std::size_t r = 1; r < size() && verdict.empty(); ++r) {
      if (!wait(requests[r])) {
        late_ = true;
        verdict = fmt::format("process {} did not come to {} within {} s", r, mine.call.data(),
                              time_limit());
      }
    }
    for (std::size_t r = 0; r < size() && verdict.empty(); ++r) {
      const Header& other = headers_[r];
      if (other.call != mine.call) {
        verdict = fmt::format("process {} is at {}, process 0 at {}", r, other.call.data(),
                              mine.call.data());
      } else if (other.finite == 0) {
        verdict = fmt::format("process {} brings a NaN or an Inf to '{}'", r, what);
      }
    }
    verdict_ = {};
    verdict.copy(verdict_.data(), verdict_.size() - 1);
    for (std::size_t r = 1; r < size(); ++r) {
      MPI_Isend(verdict_.data(), sizeof(Verdict), MPI_BYTE, static_cast<int>(r), verdict_tag,
                MPI_COMM_WORLD, &requests[r]);
    }
    // One that never comes takes no message: this process is about to end the run.
    for (std::size_t r = 1; r < size(); ++r) wait(requests[r], verdict.empty() ? 1 : 0.1);
    return verdict;
  }

  std::string ask(const Header& mine) {
    headers_.assign(1, mine);
    verdict_ = {};
    MPI_Request sent = MPI_REQUEST_NULL, answer = MPI_REQUEST_NULL;
    MPI_Isend(headers_.data(), sizeof(Header), MPI_BYTE, 0, header_tag, MPI_COMM_WORLD, &sent);
    MPI_Irecv(verdict_.data(), sizeof(Verdict), MPI_BYTE, 0, verdict_tag, MPI_COMM_WORLD, &answer);
    // Process 0 may be waiting for another one, and then says so: it gets the time for that.
    if (!wait(sent) || !wait(answer, 2)) {
      late_ = true;
      return fmt::format("process 0 did not come to {} within {} s", mine.call.data(),
                         2 * time_limit());
    }
    return verdict_.data();
  }

  // Whether it came in time. Sleeps a little when it takes long, so that cores are free for others.
  bool wait(MPI_Request& request, double times = 1) const {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    for (int done = 0;;) {
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      if (done) return true;
      const std::chrono::duration<double> passed = clock::now() - start;
      if (passed.count() > times * time_limit()) return false;
      if (passed.count() > 0.001) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  std::uint64_t step_ = 0;
  bool late_ = false;            // one did not come: messages may still be under way
  std::vector<Header> headers_;  // these outlive a message that is not taken
  Verdict verdict_{};
};

// A machine's cores are shared by the processes on it; mpirun may have bound each to some of them.
int share_of_cores() {
  const char* local = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const long neighbours = local ? std::max(1, std::atoi(local)) : 1;
  const long bound_to = static_cast<long>(std::thread::hardware_concurrency());
  const long share = sysconf(_SC_NPROCESSORS_ONLN) / neighbours;
  return static_cast<int>(std::max(1L, std::min(bound_to, share)));
}

int run_together(int& argc, char**& argv, const std::function<int(Communicator&)>& body) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  Mpi all;
  try {
    set_num_threads(share_of_cores());
    const int code = body(all.size() == 1 ? one_process() : all);
    all.barrier("the end of the run");
    MPI_Finalize();
    return code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "process %u of %u: %s\n", static_cast<unsigned>(all.rank()),
                 static_cast<unsigned>(all.size()), error.what());
    std::fflush(stderr);
    // The others are given the time to say what they saw; MPI_Finalize here would hang.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    MPI_Abort(MPI_COMM_WORLD, 1);
    return 1;
  }
}

#endif

}  // namespace

int run_processes([[maybe_unused]] int& argc, [[maybe_unused]] char**& argv,
                  const std::function<int(Communicator&)>& body) {
  try {
#ifdef EVENKEEL_MPI
    if (started_together()) return run_together(argc, argv, body);
#else
    if (started_together()) fail("processes", "mpirun started this, but it was built without MPI");
#endif
    return body(one_process());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace evenkeel
