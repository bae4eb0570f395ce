#pragma once
// An exhibit of the museum: a real mistake, run beside the right code.

#include <functional>
#include <string>
#include <vector>

#include "lab.hpp"

namespace evenkeel::bugs {

struct Exhibit {
  std::string name;      ///< "cancellation"
  std::string title;     ///< what went wrong, as a person saw it
  std::string source;    ///< repository and number
  std::string question;  ///< for --predict: about `wrong` at the last of `xs`
  std::string answer;    ///< where the mistake is, and why it does what it does

  std::string x, y;  ///< the chart's axes
  std::vector<double> xs;
  std::function<double(double)> wrong, right;
  lesson::Band accepted;  ///< what `wrong` must give at the last of `xs`
  lesson::Band of_right;  ///< what `right` must give there

  std::string check;             ///< what would have caught it
  std::function<bool()> caught;  ///< runs that check: whether it tells wrong from right
};

std::vector<Exhibit> exhibits_of_forward();   // wrong statistics
std::vector<Exhibit> exhibits_of_backward();  // wrong gradients, and checks that do not see
std::vector<Exhibit> exhibits_of_use();       // the right norm in the wrong place

}  // namespace evenkeel::bugs
