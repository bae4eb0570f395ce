#include <boost/test/unit_test.hpp>
#include <sstream>

#include "core/tiny_ops.hpp"
#include "evenkeel/trace/show.hpp"

using namespace evenkeel;

namespace {

// x, w → times → total; σ of {1, 3} is 1
void fill(Tape& tape, Parameter& w) {
  const Var x = tape.constant(Matrix{{1, 3}}).label("x");
  const Var h = tiny::times(x, tape.parameter(w)).label("h1.pre");
  tape.backward(tiny::total(h));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace)
BOOST_AUTO_TEST_SUITE(show)

BOOST_AUTO_TEST_CASE(as_a_table) {
  Tape tape;
  Parameter w(Matrix{{2, -2}}, "w");
  fill(tape, w);
  const std::string expected =
      "     #  op         label           shape     σ value  σ gradient\n"
      "     0  constant   x                 1×2           1           –\n"
      "     1  parameter  w                 1×2           2           1\n"
      "     2  times      h1.pre            1×2           4           0\n"
      "     3  total                        1×1           0           0\n";
  BOOST_TEST(table(tape) == expected);
  std::ostringstream out;
  out << tape;
  BOOST_TEST(out.str() == expected);
}

BOOST_AUTO_TEST_CASE(as_a_graph) {
  Tape tape;
  Parameter w(Matrix{{2, -2}}, "w");
  fill(tape, w);
  BOOST_TEST(dot(tape) ==
             "digraph tape {\n"
             "  rankdir=LR;\n"
             "  node [shape=box, fontname=\"sans\"];\n"
             "  n0 [label=\"constant · x · 1×2\", style=rounded];\n"
             "  n1 [label=\"parameter · w · 1×2\", style=rounded];\n"
             "  n2 [label=\"times · h1.pre · 1×2\"];\n"
             "  n0 -> n2;\n"
             "  n1 -> n2;\n"
             "  n3 [label=\"total · 1×1\"];\n"
             "  n2 -> n3;\n"
             "}\n");
}

BOOST_AUTO_TEST_CASE(labels_are_quoted) {
  Tape tape;
  tape.constant(Matrix(1, 1)).label("a \"b\" \\N {<x>}");
  BOOST_TEST(dot(tape).find("n0 [label=\"constant · a \\\"b\\\" \\\\N {<x>} · 1×1\"") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_tape) {
  const Tape tape;
  BOOST_TEST(table(tape).find('\n') == table(tape).size() - 1);  // the header alone
  BOOST_TEST(dot(tape).find("n0") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sigma_survives_a_large_mean) {
  Tape tape;
  // In double the squares of 1e9 and 1e9 + 2 agree in all digits; float holds 1e6 to 1/16.
  const Scalar mean = sizeof(Scalar) == sizeof(double) ? Scalar(1e9) : Scalar(1e6);
  tape.constant(Matrix{{mean, mean + 2}});  // σ 1
  tape.constant(Matrix(5, 5, arma::fill::value(1e30)));
  const std::string text = table(tape);
  BOOST_TEST(
      text.find("constant                    1×2           1           –\n") != std::string::npos,
      text);
  BOOST_TEST(
      text.find("constant                    5×5           0           –\n") != std::string::npos,
      text);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
