#pragma once
// Text as numbers: one token for each character, what comes next as the target.
//
//   Text text = load_text("book.txt", 64);          // 90 % to train on, the last 10 % to judge
//   TokenBatch batch = random_batch(text.train, 12, 64, random);
//   Var loss = cross_entropy(gpt(tape, batch.tokens, batch.length), batch.next);
//
// A character is a Unicode code point; the vocabulary is every one that occurs, in their
// order, so a text always gets the same numbers.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/random.hpp"

namespace evenkeel {

using Tokens = std::vector<Index>;

class Vocabulary {
 public:
  Vocabulary() = default;
  /// Every character of the text, once, in the order of the code points.
  explicit Vocabulary(std::u32string_view text);

  Index size() const { return characters_.size(); }
  const std::u32string& characters() const { return characters_; }

  /// Throw Error when a character is not in the vocabulary, the second also when text is no UTF-8.
  Tokens encode(std::u32string_view text) const;
  Tokens encode(std::string_view utf8) const;
  /// UTF-8. Throws Error when a token is not below size().
  std::string decode(const Tokens& tokens) const;

 private:
  std::u32string characters_;  // sorted: token i is characters_[i]
};

/// Sequences of one length, one after the other, as Gpt takes them; next[i] follows tokens[i].
struct TokenBatch {
  Tokens tokens;
  Tokens next;
  Index length = 0;  ///< of a sequence
};

struct Text {
  Vocabulary vocabulary;  ///< of the whole text
  Tokens train;           ///< the first 90 %
  Tokens validation;      ///< the rest
};

/// Throws Error when the text is empty, binary (has a zero byte), no UTF-8, or so short that
/// training or validation part do not hold one sequence of `context` tokens and what comes next.
/// `name` is how the error names the text. A byte order mark at the beginning is left out.
Text make_text(std::string_view utf8, Index context, std::string_view name = "the text");
/// The same from a file; throws Error when it cannot be read, too.
Text load_text(const std::filesystem::path& file, Index context);

/// Sequences that begin at random places of a long text, each place as likely as any other. Throws
/// Error unless sequences ≥ 1, length ≥ 1 and there are more than `length` tokens.
TokenBatch random_batch(const Tokens& text, Index sequences, Index length, Random& random);

}  // namespace evenkeel
