#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/tiny_ops.hpp"
#include "evenkeel/probe/recorder.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

// x → h1.pre = x ⊙ w → h1 = h1.pre + x → loss
struct Network {
  Tape tape;
  Parameter w{Matrix{{2, 0}, {-1, 0}}, "w"};

  Var forward() {
    tape.rewind();
    const Var x = tape.constant(Matrix{{1, 2}, {3, 4}}).label("x");
    const Var pre = tiny::times(x, tape.parameter(w)).label("h1.pre");
    const Var h = tiny::plus(pre, x).label("h1");
    return tiny::total(h).label("loss");
  }
};

std::vector<std::string> what(const Recorder& recorder) {
  std::vector<std::string> all;
  for (const Record& r : recorder.records()) {
    all.push_back(std::to_string(r.step) + " " + r.label + " " + std::string(to_string(r.kind)));
  }
  return all;
}

// The labels that a pattern takes from a tape with these
std::vector<std::string> taken(const std::string& pattern, const std::vector<std::string>& labels) {
  Tape tape;
  for (const std::string& label : labels) tape.constant(Matrix(1, 1)).label(label);
  Recorder recorder;
  recorder.watch(pattern).take(tape, 0);
  std::vector<std::string> found;
  for (const Record& record : recorder.records()) found.push_back(record.label);
  return found;
}

// The means of one label over all steps
std::vector<double> means_of(const Recorder& recorder, std::string_view label, Watched kind) {
  std::vector<double> means;
  for (const Record& r : recorder.records()) {
    if (r.label == label && r.kind == kind) means.push_back(r.statistics.mean);
  }
  return means;
}

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(probe)
BOOST_AUTO_TEST_SUITE(recorders)

BOOST_AUTO_TEST_CASE(values_and_gradients_of_what_is_watched) {
  Network net;
  Recorder recorder;
  recorder.watch("h1").watch("w");
  net.tape.backward(net.forward());
  recorder.take(net.tape, 7);
  const Texts expected = {"7 w value", "7 w gradient", "7 h1 value", "7 h1 gradient"};
  BOOST_TEST(what(recorder) == expected, boost::test_tools::per_element());

  const Record& w = recorder.records()[0];
  BOOST_TEST(w.statistics.largest == 2);
  BOOST_TEST(w.statistics.fraction_zero == 0.5);
  BOOST_TEST(w.units == 2);
  BOOST_TEST(w.dead == 0);
  BOOST_TEST(recorder.records()[1].statistics.mean == 2.5);  // dw = x
  const Record& h = recorder.records()[2];                   // {{3, 2}, {0, 4}}
  BOOST_TEST(h.statistics.mean == 2.25);
  BOOST_TEST(h.statistics.largest == 4);
}

BOOST_AUTO_TEST_CASE(without_a_backward_there_are_values_only) {
  Network net;
  Recorder recorder;
  recorder.watch("*");
  net.forward();
  recorder.take(net.tape, 0);
  const Texts expected = {"0 x value", "0 w value", "0 h1.pre value", "0 h1 value", "0 loss value"};
  BOOST_TEST(what(recorder) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stars) {
  const Texts labels = {"h1", "h1.pre", "h10", "head", "norm.h1"};
  BOOST_TEST(taken("h1", labels) == Texts({"h1"}), boost::test_tools::per_element());
  BOOST_TEST(taken("h*", labels) == Texts({"h1", "h1.pre", "h10", "head"}),
             boost::test_tools::per_element());
  BOOST_TEST(taken("*h1", labels) == Texts({"h1", "norm.h1"}), boost::test_tools::per_element());
  BOOST_TEST(taken("h1*", labels) == Texts({"h1", "h1.pre", "h10"}),
             boost::test_tools::per_element());
  BOOST_TEST(taken("*.*", labels) == Texts({"h1.pre", "norm.h1"}),
             boost::test_tools::per_element());
  BOOST_TEST(taken("h*e*", labels) == Texts({"h1.pre", "head"}), boost::test_tools::per_element());
  BOOST_TEST(taken("h?", labels) == Texts({"h1"}), boost::test_tools::per_element());
  BOOST_TEST(taken("x[0]", {"x[0]", "x0"}).size() == 2);  // the label itself, and the pattern
  BOOST_TEST(taken("a*ab", {"aab", "aaab", "ab", "abab", "aba"}) == Texts({"aab", "aaab", "abab"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_node_that_two_patterns_fit_is_taken_once) {
  Network net;
  Recorder recorder;
  recorder.watch("h1").watch("h*");
  net.forward();
  recorder.take(net.tape, 0);
  BOOST_TEST(recorder.records().size() == 2);
}

BOOST_AUTO_TEST_CASE(a_pattern_that_fits_nothing_is_an_error) {
  Network net;
  Recorder recorder;
  recorder.watch("h*").watch("block*");
  net.forward();
  BOOST_CHECK_EXCEPTION(recorder.take(net.tape, 0), Error,
                        says("[recorder] no node on the tape is labelled 'block*'; the labels are: "
                             "x, w, h1.pre, h1, loss"));
  BOOST_TEST(recorder.records().empty());
  BOOST_CHECK_THROW(recorder.watch(""), Error);
}

BOOST_AUTO_TEST_CASE(records_over_steps) {
  Network net;
  Recorder recorder;
  recorder.watch("h1").watch("w");
  for (Index step = 0; step < 3; ++step) {
    net.w.value = Matrix(2, 2, arma::fill::value(Scalar(step)));
    net.w.zero_gradient();
    net.tape.backward(net.forward());
    recorder.take(net.tape, step);
  }
  const std::vector<double> means = {2.5, 5, 7.5};  // mean of (w + 1) x
  BOOST_TEST(means_of(recorder, "h1", Watched::value) == means, boost::test_tools::per_element());
  const std::vector<double> gradients = {1, 1, 1};
  BOOST_TEST(means_of(recorder, "h1", Watched::gradient) == gradients,
             boost::test_tools::per_element());
  BOOST_TEST(means_of(recorder, "h2", Watched::value).empty());
  recorder.clear();
  BOOST_TEST(recorder.records().empty());
}

BOOST_AUTO_TEST_CASE(a_diverged_run_is_recorded_too) {
  Tape tape;
  tape.constant(Matrix{{1, std::numeric_limits<Scalar>::quiet_NaN()}}).label("h");
  tape.constant(Matrix(1, 2, arma::fill::value(std::numeric_limits<Scalar>::infinity())))
      .label("all");
  Recorder recorder;
  recorder.watch("*").take(tape, 0);
  BOOST_TEST(std::isnan(recorder.records()[0].statistics.sigma));
  BOOST_TEST(std::isinf(recorder.records()[1].statistics.largest));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
