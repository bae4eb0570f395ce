#include "evenkeel/base/json.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

using namespace evenkeel;
using nlohmann::json;

BOOST_AUTO_TEST_SUITE(base)
BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(any_text_reads_back_as_it_was) {
  std::string all;
  for (char c = 1; c > 0; ++c) all += c;
  for (const std::string& text : {all, std::string("a\0b", 3), std::string("σ, 層, 🙂")})
    BOOST_TEST(json::parse(to_json(text)).get<std::string>() == text);
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_a_question_mark_of_unicode) {
  BOOST_TEST(to_json("a\xFF\xE2\x82") == "\"a\uFFFD\uFFFD\uFFFD\"");
}

BOOST_AUTO_TEST_CASE(numbers_read_back_to_the_last_bit) {
  for (const double x : {0.1, -1e-310, 1e308, 1.0 / 3, 3.0, -0.0})
    BOOST_TEST(json::parse(to_json(x)).get<double>() == x);
  BOOST_TEST(to_json(~0ULL) == "18446744073709551615");
  BOOST_TEST(to_json(true) == "true");
}

BOOST_AUTO_TEST_CASE(what_json_cannot_say_is_null) {
  BOOST_TEST(to_json(std::vector{NAN, INFINITY, -INFINITY}) == "[null, null, null]");
  BOOST_TEST(to_json(std::optional<int>()) == "null");
}

BOOST_AUTO_TEST_CASE(objects_keep_the_order_of_their_keys) {
  const std::vector<JsonObject> list{JsonObject().add("z", 1).add("a", "x"), JsonObject()};
  const std::string text = JsonObject().add("list", list).add("none", std::vector<int>()).text();
  BOOST_TEST(text == "{\"list\": [{\"z\": 1,\n \"a\": \"x\"}, {}],\n \"none\": []}");
  BOOST_TEST(json::parse(text)["list"][0]["a"] == "x");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
