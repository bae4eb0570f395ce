#include "evenkeel/replay/read_trace.hpp"

#include <boost/test/unit_test.hpp>

#include "../trace/support.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return text.replace(text.find(what), what.size(), with);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  const Scratch folder;
  const Trace trace = trace_of_two_layers();
  write_trace(folder / "t.json", trace);
  const Trace read = read_trace(folder / "t.json");
  BOOST_TEST(to_json(read) == to_json(trace));
  BOOST_TEST(read.nodes[5].backward[3].symbol == "mean_dxhat");
  BOOST_TEST(read.nodes[5].value.entries == trace.nodes[5].value.entries);
}

BOOST_AUTO_TEST_CASE(labels_of_any_bytes_and_numbers_that_are_none) {
  Tape tape;
  constexpr Scalar inf = std::numeric_limits<Scalar>::infinity();
  tape.constant(Matrix{{std::numeric_limits<Scalar>::quiet_NaN(), inf, -inf, Scalar(0.1)}})
      .label("a\"b\\c\nd\xff σ");
  const Trace read = trace_from_json(to_json(trace_of(tape)));
  BOOST_TEST(read.nodes[0].label == "a\"b\\c d? σ");
  BOOST_TEST(std::isnan(read.nodes[0].value.entries[0]));
  BOOST_TEST(read.nodes[0].value.entries[2] == -arma::datum::inf);
  BOOST_TEST(read.nodes[0].value.entries[3] == double(Scalar(0.1)));
}

BOOST_AUTO_TEST_CASE(what_is_no_trace_is_refused) {
  const std::string json = to_json(trace_of_two_layers());
  const auto refuses = [](const std::string& text, const std::string& why) {
    BOOST_CHECK_EXCEPTION(trace_from_json(text), Error, says(why));
  };
  refuses("", "this is not a trace");
  refuses("{}", "this is not a trace");
  refuses(json.substr(0, json.size() / 2), "this is not a trace");
  refuses(replaced(json, "\"evenkeel_trace\": 1", "\"evenkeel_trace\": 2"), "version 2");
  refuses(replaced(json, "\"inputs\": [0, 1]", "\"inputs\": [0, 7]"), "does not stand before it");
  refuses(replaced(json, "\"backward\": [9", "\"backward\": [99"), "backward names node 99");
  refuses(replaced(json, "\"shown\": [4, 3]", "\"shown\": [4, 4]"), "shows 12 entries");
  refuses(replaced(json, "[\"x\", \"W\"]", "[\"x\"]"), "does not name its inputs");
}

BOOST_AUTO_TEST_SUITE_END()
