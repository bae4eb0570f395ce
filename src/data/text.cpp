#include "evenkeel/data/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {

namespace {

// Throws at the first byte that begins no character.
std::u32string decoded(std::string_view utf8, std::string_view name) {
  std::u32string characters;
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t character = text::next_character(utf8, at);
    require(character != text::broken, "text",
            "{} is no UTF-8 text: byte {} (0x{:02X}) begins no character", name, at,
            static_cast<unsigned char>(utf8[at]));
    characters.push_back(character);
  }
  return characters;
}

std::string shown(char32_t character) {
  std::string utf8;
  text::append(utf8, character);
  return fmt::format("U+{:04X}{}", static_cast<std::uint32_t>(character),
                     character > U' ' ? " '" + utf8 + "'" : "");
}

}  // namespace

// --- Vocabulary ----------------------------------------------------------------------------------

Vocabulary::Vocabulary(std::u32string_view text) {
  const std::set<char32_t> each(text.begin(), text.end());
  characters_.assign(each.begin(), each.end());
}

Tokens Vocabulary::encode(std::u32string_view text) const {
  Tokens tokens;
  tokens.reserve(text.size());
  for (const char32_t character : text) {
    const auto place = std::lower_bound(characters_.begin(), characters_.end(), character);
    if (place == characters_.end() || *place != character) {
      fail("vocabulary", "{} is not among its {} characters", shown(character), size());
    }
    tokens.push_back(static_cast<Index>(place - characters_.begin()));
  }
  return tokens;
}

Tokens Vocabulary::encode(std::string_view utf8) const {
  return encode(decoded(utf8, "the text"));
}

std::string Vocabulary::decode(const Tokens& tokens) const {
  std::string utf8;
  for (const Index token : tokens) {
    require(token < size(), "vocabulary", "token must be below {}, got {}", size(), token);
    text::append(utf8, characters_[token]);
  }
  return utf8;
}

// --- a long text ---------------------------------------------------------------------------------

Text make_text(std::string_view utf8, Index context, std::string_view name) {
  utf8 = text::without_mark(utf8);
  require(!utf8.empty(), "text", "{} is empty", name);
  const std::size_t zero = utf8.find('\0');
  require(zero == std::string_view::npos, "text", "{} is a binary file: byte {} is zero", name,
          zero);
  const std::u32string characters = decoded(utf8, name);
  const std::size_t cut = characters.size() * 9 / 10;
  require(std::min(cut, characters.size() - cut) > context, "text",
          "{} has {} characters; a context of {} needs at least {}, so that a "
          "tenth of them holds one sequence and what comes next",
          name, characters.size(), context, 10 * context + 1);
  Text text;
  text.vocabulary = Vocabulary(characters);
  text.train = text.vocabulary.encode(std::u32string_view(characters).substr(0, cut));
  text.validation = text.vocabulary.encode(std::u32string_view(characters).substr(cut));
  return text;
}

Text load_text(const std::filesystem::path& file, Index context) {
  return make_text(read_file(file), context, file.string());
}

TokenBatch random_batch(const Tokens& text, Index sequences, Index length, Random& random) {
  require(sequences > 0 && length > 0, "random_batch",
          "needs at least one sequence of at least one token, got {} of {}", sequences, length);
  require(text.size() > length, "random_batch",
          "sequences of {} and what comes next need at least {} tokens, got {}", length, length + 1,
          text.size());
  TokenBatch batch;
  batch.length = length;
  for (Index s = 0; s < sequences; ++s) {
    const Tokens::const_iterator first =
        text.begin() + static_cast<std::ptrdiff_t>(random.below(text.size() - length));
    const Tokens::const_iterator last = first + static_cast<std::ptrdiff_t>(length);
    batch.tokens.insert(batch.tokens.end(), first, last);
    batch.next.insert(batch.next.end(), first + 1, last + 1);
  }
  return batch;
}

}  // namespace evenkeel
