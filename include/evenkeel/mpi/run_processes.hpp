#pragma once
// A program on several processes, by MPI; in the library evenkeel-mpi.
//
//   // in main(int argc, char* argv[]), where `train` takes a Communicator and returns an exit code
//   const int code = run_processes(argc, argv, [](Communicator& all) { return train(all); });
//
// `mpirun -np 4 ./program` starts four; ./program alone is one process, without MPI.
//
// Only src/mpi/run_processes.cpp knows mpi.h.

#include <functional>

#include "evenkeel/base/communicator.hpp"

namespace evenkeel {

/// Runs `body` in each process that mpirun has started; in one, without MPI, where none has.
/// Returns what body returned. An exception in any process ends all of them: one line that names
/// the process, exit code 1. A process that has ended while others wait is such an error too.
int run_processes(int& argc, char**& argv, const std::function<int(Communicator&)>& body);

}  // namespace evenkeel
