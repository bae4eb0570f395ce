// The same answers from the native library, a line for each line of input: what the page is
// compared with.

#include <iostream>
#include <string>

#include "answers.hpp"

int main() {
  for (std::string request; std::getline(std::cin, request);) {
    std::cout << evenkeel::microscope::answer(request) << '\n';
  }
}
