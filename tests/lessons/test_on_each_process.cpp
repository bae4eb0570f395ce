#include "on_each_process.hpp"

#include <boost/test/unit_test.hpp>

#include "evenkeel/core/random.hpp"
#include "evenkeel/norm/batch_norm.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(on_each_process)

BOOST_AUTO_TEST_CASE(each_process_has_its_columns_and_process_0_the_running_statistics) {
  Random random(1);
  const Matrix x = random.normal(3, 12), dy = random.normal(3, 12);
  OnEachProcess played(BatchNorm(3), 4);
  Tape tape;
  const Var in = tape.variable(x), out = played(in);
  tape.backward(out, dy);
  BatchNorm first(3);
  for (Index begin : {0, 4, 8}) {
    BatchNorm alone(3);
    const arma::span all = arma::span::all, mine(begin, begin + 3);
    Tape own;
    const Var shard = own.variable(Matrix(x(all, mine)));
    const Var y = begin == 0 ? first(shard) : alone(shard);
    own.backward(y, Matrix(dy(all, mine)));
    BOOST_TEST(arma::approx_equal(out.value()(all, mine), y.value(), "absdiff", 0));
    BOOST_TEST(arma::approx_equal(in.gradient()(all, mine), shard.gradient(), "absdiff", 0));
  }
  played.eval();
  first.eval();
  BOOST_TEST(arma::approx_equal(played(tape.constant(x)).value(), first(tape.constant(x)).value(),
                                "absdiff", 0));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
