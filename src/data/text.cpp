#include "evenkeel/data/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/utf8.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel {

namespace {

// The characters, after every check that does not depend on how the text is used.
std::u32string characters_of(std::string_view utf8, std::string_view name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (utf8.starts_with(byte_order_mark)) utf8.remove_prefix(byte_order_mark.size());
  if (utf8.empty()) fail("text", fmt::format("{} is empty", name));
  if (const std::size_t at = utf8.find('\0'); at != std::string_view::npos) {
    fail("text", fmt::format("{} is a binary file: byte {} is zero", name, at));
  }
  return utf8::decode(utf8, name);
}

std::string shown(char32_t character) {
  std::string text = fmt::format("U+{:04X}", static_cast<std::uint32_t>(character));
  if (character <= U' ') return text;
  text += " '";
  utf8::append(text, character);
  return text + "'";
}

void require_sizes(Index sequences, Index length) {
  if (sequences > 0 && length > 0) return;
  fail("random_batch",
       fmt::format("needs at least one sequence of at least one token, got {} of {}", sequences,
                   length));
}

}  // namespace

// --- Vocabulary ----------------------------------------------------------------------------------

Vocabulary::Vocabulary(std::u32string_view text) : characters_(text) {
  std::sort(characters_.begin(), characters_.end());
  characters_.erase(std::unique(characters_.begin(), characters_.end()), characters_.end());
}

Tokens Vocabulary::encode(std::u32string_view text) const {
  Tokens tokens;
  tokens.reserve(text.size());
  for (const char32_t character : text) {
    const auto place = std::lower_bound(characters_.begin(), characters_.end(), character);
    if (place == characters_.end() || *place != character) {
      fail("vocabulary",
           fmt::format("{} is not among its {} characters", shown(character), size()));
    }
    tokens.push_back(static_cast<Index>(place - characters_.begin()));
  }
  return tokens;
}

Tokens Vocabulary::encode(std::string_view utf8) const {
  return encode(utf8::decode(utf8, "the text"));
}

std::string Vocabulary::decode(const Tokens& tokens) const {
  std::string text;
  for (const Index token : tokens) {
    if (token >= size()) {
      fail("vocabulary", fmt::format("token must be below {}, got {}", size(), token));
    }
    utf8::append(text, characters_[token]);
  }
  return text;
}

// --- a long text ---------------------------------------------------------------------------------

Text make_text(std::string_view utf8, Index context, std::string_view name) {
  const std::u32string characters = characters_of(utf8, name);
  const std::size_t cut = characters.size() * 9 / 10;
  if (std::min(cut, characters.size() - cut) < context + 1) {
    fail("text", fmt::format("{} has {} characters; a context of {} needs at least {}, so that a "
                             "tenth of them holds one sequence and what comes next",
                             name, characters.size(), context, 10 * context + 1));
  }
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
  require_sizes(sequences, length);
  if (text.size() <= length) {
    fail("random_batch",
         fmt::format("sequences of {} and what comes next need at least {} tokens, got {}", length,
                     length + 1, text.size()));
  }
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

// --- lines ---------------------------------------------------------------------------------------

Lines make_lines(std::string_view utf8, std::uint64_t seed, std::string_view name) {
  const std::u32string characters = characters_of(utf8, name);
  std::vector<std::u32string> texts;
  for (std::size_t begin = 0; begin < characters.size();) {
    const std::size_t end = std::min(characters.find(U'\n', begin), characters.size());
    std::u32string line = characters.substr(begin, end - begin);
    if (line.ends_with(U'\r')) line.pop_back();
    if (!line.empty()) texts.push_back(std::move(line));
    begin = end + 1;
  }
  if (texts.size() < 10) {
    fail("text",
         fmt::format("{} needs at least ten lines that are not empty, got {}", name, texts.size()));
  }
  std::u32string used = U"\n";
  for (const std::u32string& line : texts) used += line;

  Lines lines;
  lines.vocabulary = Vocabulary(used);
  lines.separator = lines.vocabulary.encode(U"\n").front();
  const std::size_t cut = texts.size() * 9 / 10;
  Random random(seed);
  for (const Index i : random.permutation(texts.size())) {
    std::vector<Tokens>& part = lines.train.size() < cut ? lines.train : lines.validation;
    part.push_back(lines.vocabulary.encode(texts[i]));
  }
  return lines;
}

Lines load_lines(const std::filesystem::path& file, std::uint64_t seed) {
  return make_lines(read_file(file), seed, file.string());
}

TokenBatch random_batch(const std::vector<Tokens>& lines, Index separator, Index sequences,
                        Index length, Random& random) {
  require_sizes(sequences, length);
  if (lines.empty()) fail("random_batch", "needs at least one line, got none");
  TokenBatch batch;
  batch.length = length;
  for (Index s = 0; s < sequences; ++s) {
    Tokens row = {separator};
    while (row.size() <= length) {
      const Tokens& line = lines[random.below(lines.size())];
      row.insert(row.end(), line.begin(), line.end());
      row.push_back(separator);
    }
    const Tokens::iterator last = row.begin() + static_cast<std::ptrdiff_t>(length);
    batch.tokens.insert(batch.tokens.end(), row.begin(), last);
    batch.next.insert(batch.next.end(), row.begin() + 1, last + 1);
  }
  return batch;
}

}  // namespace evenkeel
