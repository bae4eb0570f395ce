#include <boost/test/unit_test.hpp>

#include <cstring>
#include <sstream>

#include "evenkeel/base/error.hpp"
#include "predictions.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;
using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(lessons)
BOOST_AUTO_TEST_SUITE(predictions)

const Question number{"growth", "By what factor does σ grow?"};
const Question words{"growth", "Does σ grow?", {{"grows", 1.1, 1e9}, {"stays", 0.9, 1.1}}};
const std::vector<Claim> claims = {{"growth", 2.8, 2.8, Accepted{2.5, 3.0, "theory 2.83"}}};

bool refused(const Question& question, const std::string& text) {
  try {
    read_answer(question, text);
    return false;
  } catch (const Error&) {
    return true;
  }
}

Predictions asked(const Question& question, const std::string& typed) {
  Predictions predictions;
  std::istringstream input(typed);
  std::FILE* nowhere = std::fopen("/dev/null", "w");
  predictions.ask({question}, input, nowhere);
  std::fclose(nowhere);
  return predictions;
}

BOOST_AUTO_TEST_CASE(an_answer_is_a_number_a_choice_or_skip) {
  BOOST_TEST(*read_answer(number, " 2.8 ") == 2.8);
  BOOST_TEST(*read_answer(number, "25,000") == 25'000);
  BOOST_TEST(*read_answer(number, "1,234,567.5") == 1'234'567.5);
  BOOST_TEST(*read_answer(number, "1e4") == 1e4);
  BOOST_TEST(*read_answer(number, "1/4") == 0.25);
  BOOST_TEST(*read_answer(number, "2 %") == 2);
  BOOST_TEST(refused(number, "0,33"));
  BOOST_TEST(!read_answer(number, "skip").has_value());
  BOOST_TEST(!read_answer(number, "").has_value());
  BOOST_TEST(refused(number, "much"));
  BOOST_TEST(refused(number, "2.8x"));
  BOOST_TEST(refused(number, "nan"));
  BOOST_TEST(*read_answer(words, "Grows") == 0);
  BOOST_TEST(*read_answer(words, "st") == 1);
  BOOST_TEST(*read_answer(words, "2") == 1);
  BOOST_TEST(refused(words, "3"));
  BOOST_TEST(refused(words, "falls"));
}

BOOST_AUTO_TEST_CASE(a_person_is_asked_again_until_it_is_an_answer) {
  const std::vector<std::string> lines = asked(number, "no idea\n2.6\n").compare({number}, claims);
  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST(
      lines[0].ends_with("✓ you said 2.60, measured 2.80, accepted 2.50 – 3.00  (theory 2.83)"));
  BOOST_TEST(asked(number, "4\n").compare({number}, claims)[0].find("✗ you said") !=
             std::string::npos);
  BOOST_TEST(asked(number, "skip\n").compare({number}, claims).empty());
  BOOST_TEST(asked(number, "").compare({number}, claims).empty());  // the input has ended
}

BOOST_AUTO_TEST_CASE(a_long_question_is_broken_between_words) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "word" + std::to_string(i) + " ";
  std::FILE* prompts = std::tmpfile();
  std::istringstream input("1\n");
  Predictions().ask({{"growth", text}}, input, prompts);
  std::rewind(prompts);
  std::size_t lines = 0;
  char line[300];
  for (; std::fgets(line, sizeof line, prompts) != nullptr; ++lines)
    BOOST_TEST(std::strlen(line) <= 81u);  // with its end
  std::fclose(prompts);
  BOOST_TEST(lines >= 6u);
}

BOOST_AUTO_TEST_CASE(a_choice_is_right_where_the_value_lies) {
  BOOST_TEST(asked(words, "grows\n").compare({words}, claims)[0].find("✓ you said grows") !=
             std::string::npos);
  BOOST_TEST(asked(words, "stays\n").compare({words}, claims)[0].find("✗ you said stays") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_class_is_counted_and_drawn) {
  const Scratch folder;
  Predictions predictions;
  predictions.read_class({number, words},
                         folder.write("class.txt", "2.7; grows\n3; stays\n\n7; skip\n"));
  const std::vector<std::string> lines = predictions.compare({number, words}, claims);
  BOOST_REQUIRE(lines.size() == 2u);
  BOOST_TEST(lines[0].find("2 of 3 right") != std::string::npos);
  BOOST_TEST(lines[1].find("1 of 2 right") != std::string::npos);
  const std::optional<Figure> figure = predictions.histograms({number, words}, claims);
  BOOST_REQUIRE(figure.has_value());
  BOOST_REQUIRE(figure->panels.size() == 2u);
  const std::vector<Chart::Series>& drawn = figure->panels[1].series;
  BOOST_REQUIRE(drawn.size() == 2u);
  BOOST_CHECK(drawn[0].kind == Chart::Kind::band);  // around the right one, "grows"
  BOOST_TEST(drawn[0].x == (std::vector<double>{0.5, 1.5}));
  BOOST_CHECK(drawn[1].kind == Chart::Kind::histogram);
  BOOST_TEST(drawn[1].y == (std::vector<double>{1, 1, 0}));
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_in_a_class_file_is_named) {
  const Scratch folder;
  folder.write("class.txt", "2.7\nmany\n");
  Predictions predictions;
  BOOST_CHECK_EXCEPTION(predictions.read_class({number}, folder / "class.txt"), Error,
                        says("class.txt, line 2, question 1: 'many' must be a number or skip"));
  BOOST_CHECK_EXCEPTION(predictions.read_class({number}, folder / "absent"), Error,
                        says("cannot read"));
}

BOOST_AUTO_TEST_CASE(a_question_without_its_claim_is_an_error) {
  const Question lost{"no such claim", "?"};
  BOOST_CHECK_THROW(asked(lost, "1\n").compare({lost}, claims), Error);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
