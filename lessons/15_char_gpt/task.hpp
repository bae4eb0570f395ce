#pragma once
// What a model is asked about a text, and what the right answers are.
//
//   NextCharacter      at each character: which one comes next?                  GPT, LLaMA
//   MaskedCharacters   15 % are chosen, most of them hidden: which were they?    BERT

#include <memory>

#include "evenkeel/data/text.hpp"
#include "options.hpp"

namespace char_gpt {

struct Batch {
  ek::Tokens tokens;             ///< what the model is shown: sequences, one after the other
  ek::Index length = 0;          ///< of a sequence
  std::vector<ek::Index> asked;  ///< the places where the model must answer
  ek::Tokens targets;            ///< the right answer at each of them
};

class Task {
 public:
  virtual ~Task() = default;
  /// How many words the model knows.
  virtual ek::Index vocabulary() const = 0;
  /// Sequences from random places of the text. Everything random in it is drawn from `random`.
  virtual Batch draw(const ek::Tokens& text, ek::Index sequences, ek::Index length,
                     ek::Random& random) const = 0;
};

class NextCharacter final : public Task {
 public:
  explicit NextCharacter(ek::Index characters) : characters_(characters) {}
  ek::Index vocabulary() const override { return characters_; }
  Batch draw(const ek::Tokens& text, ek::Index sequences, ek::Index length,
             ek::Random& random) const override;

 private:
  ek::Index characters_;
};

/// One word more than there are characters: the mask, the last.
class MaskedCharacters final : public Task {
 public:
  explicit MaskedCharacters(ek::Index characters) : mask_(characters) {}
  ek::Index vocabulary() const override { return mask_ + 1; }
  Batch draw(const ek::Tokens& text, ek::Index sequences, ek::Index length,
             ek::Random& random) const override;

 private:
  ek::Index mask_;
};

/// The one that the model is made for.
std::unique_ptr<const Task> task_of(const Options& options, const ek::Vocabulary& vocabulary);

}  // namespace char_gpt
