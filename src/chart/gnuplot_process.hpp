#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

/// \file
/// A program of its own beside ours: it may be absent, fail, hang or die, and we go on.
namespace evenkeel::detail {

/// What came of a program that ran to its end or was ended.
struct Outcome {
  std::string output;   ///< what it wrote, standard output and error together
  std::string problem;  ///< one line; empty if it ended well
};

/// Runs `command` with no standard input, and ends it with all its children after `limit`.
Outcome run(const std::vector<std::string>& command, std::chrono::milliseconds limit);

/// A program that runs beside ours. Both streams are non-blocking.
struct Child {
  pid_t id = -1;
  int input = -1;   ///< we write, it reads (a socket, so that its death raises no SIGPIPE); or -1
  int output = -1;  ///< it writes, we read
};

enum class Input { nothing, socket };

/// Starts `command` in a process group of its own. Returns the problem, or "" if it runs.
std::string start(const std::vector<std::string>& command, Input input, Child& child);

/// Reads what has come from the child so far; false once the child has closed its side.
bool read_available(Child& child, std::string& text);

/// Whether the child has ended; if so it is no longer ours to wait for.
bool ended(Child& child, int& status);

/// Ends the child and its children, if it still runs, and closes the streams.
void end(Child& child);

}  // namespace evenkeel::detail
