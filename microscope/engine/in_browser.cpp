// The door to the engine for the page: one text in, one text out (page/src/worker.ts calls it).

#include <string>

#include "answers.hpp"

extern "C" const char* evenkeel_answer(const char* request) {
  static std::string kept;
  kept = evenkeel::microscope::answer(request);
  return kept.c_str();
}
