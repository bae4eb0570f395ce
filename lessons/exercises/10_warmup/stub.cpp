#include "10_warmup/task.hpp"

// total > warmup.
double learning_rate(Index step, const Schedule& schedule) {
  throw NotWritten();
}
