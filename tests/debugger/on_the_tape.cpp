// What .ci/check_debuggers looks at: a tape with all that a debugger can find on one. It is
// compiled with the library's core in one piece, so that any standard library can be tried.
//
//   on_the_tape [ENTRY]   the first entry of x: 4; −1 makes a NaN in forward, 0 an Inf in backward

#include <fmt/format.h>

#include <cstdlib>

#include "core/tiny_ops.hpp"

#include "core/finite.cpp"
#include "core/parameter.cpp"
#include "core/shape.cpp"
#include "core/tape.cpp"
#include "core/var.cpp"

void evenkeel::require_room_for_threads() {}  // there are none, and oneTBB is not at hand here

namespace {

void print(const char* name, const evenkeel::Matrix& x) {
  fmt::print("{} {} {} {} {}\n", name, x[0], x[1], x[2], x[3]);
}

}  // namespace

int main(int argc, char* argv[]) {
  using namespace tiny;
  evenkeel::Parameter weight(Matrix{{0.1, 2}, {3, 0.7}}, "weight");
  for (int round = 0; round < 2; ++round) {  // the second adds to the gradient of the first
    evenkeel::Tape tape;
    const Scalar first = argc > 1 ? static_cast<Scalar>(std::atof(argv[1])) : 4;
    const Var x = tape.variable(Matrix{{first, 9}, {16, 25}}).label("x");
    const Var y = times(root(x), weight).label("y");
    const Var z = times(y, y).label("a label that is longer than a short string");
    const Var sum = total(plus(z, y));
    tape.backward(sum);
    print("dx", x.gradient());
    print("dweight", weight.gradient);
  }
}
