#pragma once
// Ctrl-C: the first asks the run to stop behind the step under way, the second ends it at once.

namespace char_gpt {

/// From now on until the first Ctrl-C.
void catch_interrupt();
bool interrupted();

/// As the shell says it of a program that SIGINT has ended: 128 + 2.
inline constexpr int exit_code_of_interrupt = 130;

}  // namespace char_gpt
