#pragma once
// run.json: what a run knows of itself, for its report and for the comparison of two runs.
// pages/runs.py lists its keys and checks what they hold.

#include <cstddef>
#include <string>

namespace evenkeel::lesson {

/// As one word of a shell's command line; within quotes where a shell would take it for more.
std::string shell_word(const std::string& text);

/// The command that repeats a run: "lessons/run 01 --seeds 20".
std::string command_of(const std::string& lesson, int argc, const char* const argv[],
                       std::size_t processes);

}  // namespace evenkeel::lesson
