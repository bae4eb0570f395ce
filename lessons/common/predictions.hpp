#pragma once
// Predict first: a lesson's questions, what one person or a class answers before the run, and how
// the answers compare with what was measured.
//
//   lesson.ask({"growth per layer", "By what factor does σ grow from layer to layer?"});
//   lesson.ask({"slope, pre-norm", "Does the residual stream grow with pre-norm?",
//               {{"grows", 0.1, 1e9}, {"stays", -0.1, 0.1}, {"shrinks", -1e9, -0.1}}});

#include <cstdio>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "claims.hpp"
#include "evenkeel/chart/chart.hpp"

namespace evenkeel::lesson {

/// An answer in words, right where the measured value lies from low up to high.
struct Choice {
  std::string name;
  double low, high;
};

/// A question whose answer one of the lesson's claims measures.
struct Question {
  std::string claim;  ///< the claim's text
  std::string text;
  std::vector<Choice> choices = {};  ///< none: the answer is a number
  /// Whether to ask, once the options are known; always, if there is none.
  std::function<bool()> wanted = {};
};

/// A number, or the index of a choice; nothing: skipped.
using Answer = std::optional<double>;

/// Reads an answer: "2.8", "25,000", "1e4"; a choice by its name, its beginning or its number;
/// "skip" or nothing to skip. Throws Error for any other text, and says what it may be.
Answer read_answer(const Question& question, const std::string& text);

/// The answers of one person or of a class to a lesson's questions.
class Predictions {
 public:
  /// Asks on `prompts` and reads from `answers` until each answer is one or the input ends.
  void ask(const std::vector<Question>& questions, std::istream& answers, std::FILE* prompts);
  /// A line for each person, with an answer to each question, separated by semicolons. Throws
  /// Error, naming the line, where one is none.
  void read_class(const std::vector<Question>& questions, const std::filesystem::path& file);

  bool empty() const { return people_.empty(); }

  /// For one person a line for each question that was answered: the answer, what was measured,
  /// what was accepted and why. For a class how many were right.
  std::vector<std::string> compare(const std::vector<Question>& questions,
                                   const std::vector<Claim>& claims) const;
  /// A histogram of a class's answers to each question, with what was measured.
  std::optional<Figure> histograms(const std::vector<Question>& questions,
                                   const std::vector<Claim>& claims) const;

 private:
  std::vector<double> answers_to(std::size_t question) const;

  std::vector<std::vector<Answer>> people_;
};

}  // namespace evenkeel::lesson
