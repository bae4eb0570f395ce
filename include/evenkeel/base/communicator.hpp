#pragma once
// Several processes that compute one thing together: what they send each other. A Communicator
// comes from run_processes (mpi/run_processes.hpp); without MPI there is one_process().
//
//   all.sum("my sums", values);          // the same sums on every process
//
// MPI's own collectives hang, or crash, when one process calls another one than the rest, or brings
// another count, or never comes. So before each, all tell process 0 what they are about to do, and
// it answers all: if one differs, adds a NaN or does not come in time, every process throws an
// Error that names it.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "evenkeel/base/parallel.hpp"

namespace evenkeel {

/// The processes of a run. Its functions are collective: all processes must call the same ones, in
/// the same order, each from its main thread. `what` names the call in errors.
class Communicator {
 public:
  virtual ~Communicator() = default;

  std::size_t rank() const { return rank_; }  ///< of this process, from 0
  std::size_t size() const { return size_; }  ///< how many there are
  bool is_first() const { return rank_ == 0; }
  Share share() const { return {rank_, size_}; }  ///< of the work, this process's

  /// Seconds to wait for the others; 60 at first.
  void set_time_limit(double seconds) { time_limit_ = seconds; }

  /// Each entry becomes the sum over all processes: the same bits on all of them, and in every run
  /// with so many processes on the same machines and the same MPI. One that is not finite is an
  /// Error.
  virtual void sum(std::string_view what, std::span<float> values) = 0;
  virtual void sum(std::string_view what, std::span<double> values) = 0;
  /// All processes' values, process after process; each brings as many.
  virtual std::vector<double> gather(std::string_view what, std::span<const double> mine) = 0;
  /// Everybody gets process 0's values.
  virtual void broadcast(std::string_view what, std::span<float> values) = 0;
  virtual void broadcast(std::string_view what, std::span<double> values) = 0;
  /// Waits until all are here.
  virtual void barrier(std::string_view what) = 0;

 protected:
  Communicator(std::size_t rank, std::size_t size) : rank_(rank), size_(size) {}
  double time_limit() const { return time_limit_; }

 private:
  std::size_t rank_, size_;
  double time_limit_ = 60;
};

/// As sum, of numbers that may be none: an entry that is not finite in one process becomes a NaN in
/// all. For what is looked at afterwards, such as the loss of a run that diverges.
void sum_or_nan(Communicator& all, std::string_view what, std::span<double> values);

/// Throws on all unless the file has the same bytes for all, or is there for none. Processes on
/// several machines may see several files.
void require_same_file(Communicator& all, const std::filesystem::path& file);

/// The run of one process: what comes back is what went in.
Communicator& one_process();

}  // namespace evenkeel
