#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "evenkeel/data/files.hpp"
#include "evenkeel/data/text.hpp"
#include "says.hpp"
#include "scratch.hpp"

using namespace evenkeel;
using namespace std::string_literals;

namespace {

Tokens counted(Index n) {
  Tokens tokens;
  for (Index i = 0; i < n; ++i) tokens.push_back(i);
  return tokens;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data)
BOOST_AUTO_TEST_SUITE(text)

// --- vocabulary ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(tokens_are_sorted_code_points) {
  const Vocabulary vocabulary(U"banana é∀😀 ban");
  const std::u32string expected = U" abné∀😀";
  BOOST_TEST((vocabulary.characters() == expected));
  BOOST_TEST((vocabulary.encode("nab😀"s) == Tokens{3, 1, 2, 6}));
}

BOOST_AUTO_TEST_CASE(decode_undoes_encode) {
  const std::string all =
      "one byte: A~\n two: \u0080é\u07FF three: \u0800∀\uFFFD four: \U00010000😀\U0010FFFF";
  const Text text = make_text(all, 1);
  Tokens tokens = text.train;
  tokens.insert(tokens.end(), text.validation.begin(), text.validation.end());
  BOOST_TEST(text.vocabulary.decode(tokens) == all);
}

BOOST_AUTO_TEST_CASE(what_is_not_in_the_vocabulary_is_an_error) {
  const Vocabulary vocabulary(U"abc");
  BOOST_CHECK_EXCEPTION(vocabulary.encode("abé"s), Error, says("U+00E9 'é' is not among its 3"));
  BOOST_CHECK_EXCEPTION(vocabulary.encode("d"s), Error, says("U+0064 'd'"));
  BOOST_CHECK_EXCEPTION(vocabulary.decode({0, 3}), Error, says("below 3, got 3"));
}

// --- a long text ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nine_tenths_are_for_training) {
  const Text text = make_text("abcdefghijklmnopqrstuvwxyz"s, 2);
  BOOST_TEST((text.train == counted(23)));
  BOOST_TEST((text.validation == Tokens{23, 24, 25}));
}

BOOST_AUTO_TEST_CASE(bad_files_are_errors_of_one_line) {
  const evenkeel_test::Scratch scratch;
  const auto complaint = [&](const std::string& bytes, const std::string& expected) {
    const std::filesystem::path file = scratch.write("book.txt", bytes);
    const auto right = [&](const Error& error) {
      const std::string what = error.what();
      return says(expected)(error) && what.find(file.string()) != std::string::npos &&
             what.find('\n') == std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(load_text(file, 4), Error, right);
  };
  complaint("", "is empty");
  complaint("\xEF\xBB\xBF", "is empty");
  complaint("\x89PNG\r\n"s + std::string(60, 'x'), "byte 0 (0x89)");
  complaint("GIF89a\0\1"s + std::string(60, 'x'), "is a binary file: byte 6 is zero");
  complaint(std::string(40, 'x'), "has 40 characters; a context of 4 needs at least 41");
  BOOST_CHECK_NO_THROW(load_text(scratch.write("enough.txt", std::string(41, 'x')), 4));
  BOOST_CHECK_EXCEPTION(load_text("no such file", 4), Error, says("cannot read no such file"));
  BOOST_CHECK_EXCEPTION(load_text(std::filesystem::temp_directory_path(), 4), Error,
                        says("cannot read /"));
}

BOOST_AUTO_TEST_CASE(only_what_the_standard_calls_utf8) {
  const std::map<std::string, std::string> broken = {
      {"continuation alone", "ab\x80"},      {"cut short", "ab\xE2\x88"},
      {"overlong /", "ab\xC0\xAF"},          {"overlong, three bytes", "ab\xE0\x80\xAF"},
      {"surrogate", "ab\xED\xA0\x80"},       {"beyond U+10FFFF", "ab\xF4\x90\x80\x80"},
      {"first byte above F7", "ab\xFF xxx"}, {"Latin-1 é", "ab\xE9 xxx"},
  };
  for (const auto& [what, bytes] : broken) {
    BOOST_TEST_CONTEXT(what) {
      BOOST_CHECK_EXCEPTION(make_text(bytes + std::string(40, 'x'), 1), Error,
                            says("the text is no UTF-8 text: byte 2"));
    }
  }
  BOOST_CHECK_EXCEPTION(make_text(std::string(40, 'x') + "\xE2\x88", 1), Error,
                        says("the text is no UTF-8 text: byte 40 (0xE2)"));
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_character) {
  std::string bytes = "\xEF\xBB\xBF";
  bytes += "aaaaaaaaaaaaaaaaaaaaaaaaaaaab";
  const Text text = make_text(bytes, 1);
  BOOST_TEST(text.vocabulary.size() == 2u);
}

BOOST_AUTO_TEST_CASE(batches_are_pieces_of_the_text_and_what_comes_next) {
  Random random(1);
  const Tokens text = counted(20);
  std::set<Index> begins;
  for (int i = 0; i < 200; ++i) {
    const TokenBatch batch = random_batch(text, 3, 4, random);
    BOOST_TEST(batch.length == 4u);
    BOOST_REQUIRE(batch.tokens.size() == 12u);
    for (std::size_t j = 0; j < 12; ++j) {
      BOOST_REQUIRE(batch.tokens[j] == batch.tokens[j / 4 * 4] + j % 4);
      BOOST_REQUIRE(batch.next[j] == batch.tokens[j] + 1);
    }
    for (std::size_t s = 0; s < 3; ++s) begins.insert(batch.tokens[4 * s]);
  }
  // All 16 places; one of them is missed by 600 draws with probability 16·(15/16)^600 < 1e-15
  BOOST_TEST(begins.size() == 16u);
  BOOST_TEST(*begins.rbegin() == 15u);
}

BOOST_AUTO_TEST_CASE(the_seed_decides_the_batch) {
  const Tokens text = counted(10'000);
  Random one(7), same(7), other(8);
  const TokenBatch batch = random_batch(text, 8, 16, one);
  BOOST_TEST((batch.tokens == random_batch(text, 8, 16, same).tokens));
  BOOST_TEST((batch.tokens != random_batch(text, 8, 16, other).tokens));
  BOOST_TEST((batch.tokens != random_batch(text, 8, 16, one).tokens));
}

BOOST_AUTO_TEST_CASE(batches_that_cannot_be) {
  Random random(1);
  BOOST_CHECK_EXCEPTION(random_batch(counted(4), 1, 4, random), Error,
                        says("at least 5 tokens, got 4"));
  BOOST_CHECK_NO_THROW(random_batch(counted(5), 1, 4, random));
  BOOST_CHECK_EXCEPTION(random_batch(counted(5), 0, 4, random), Error, says("got 0 of 4"));
  BOOST_CHECK_EXCEPTION(random_batch(counted(5), 1, 0, random), Error, says("got 1 of 0"));
}

// --- what is in data/ ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(moby_dick) {
  const Text text = load_text(data_file("moby_dick/moby_dick.txt"), 64);
  BOOST_TEST(text.vocabulary.size() == 80u);
  BOOST_TEST((text.vocabulary.characters().back() == U'z'));  // ASCII alone
  BOOST_TEST(text.train.size() + text.validation.size() == 1'191'933u);
  const Tokens beginning(text.train.begin() + 22, text.train.begin() + 38);
  BOOST_TEST(text.vocabulary.decode(beginning) == "Call me Ishmael.");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
