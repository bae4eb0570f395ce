#pragma once
// Ctrl-C, SIGTERM and SIGHUP: the first asks the run to stop behind the step under way. Another
// within two seconds is the same wish once more; a later one ends the program at once.

namespace char_gpt {

/// From now on, but for signals that the program was started to ignore (nohup).
void catch_interrupts();
bool interrupted();

/// As the shell says it of a program that a signal has ended: 128 + its number; 0: none came.
int exit_code_of_interrupt();

}  // namespace char_gpt
