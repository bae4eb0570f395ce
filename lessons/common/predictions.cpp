#include "predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <cctype>
#include <cmath>
#include <fstream>
#include <istream>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/table.hpp"
#include "evenkeel/base/terminal.hpp"
#include "measured.hpp"
#include "words.hpp"

namespace evenkeel::lesson {

namespace {

std::string choices_of(const Question& question) {
  if (question.choices.empty()) return "a number";
  return boost::algorithm::join(names_of(question.choices), ", ");
}

Answer plain_number(std::string_view text) {
  const Answer number = number_of<double>(text);
  return number && std::isfinite(*number) ? number : Answer();
}

// "2.8", "1e4", "1/3", "2 %"; "25,000", where the comma can only part thousands.
Answer parse_number(std::string text) {
  if (text.ends_with('%')) text = boost::trim_copy(text.substr(0, text.size() - 1));
  const std::size_t comma = text.find(','), slash = text.find('/');
  const auto is_digit = [&](std::size_t i) { return i < text.size() && std::isdigit(text[i]); };
  if (comma != std::string::npos && text[0] != '0') {
    const bool thousands =
        is_digit(comma + 1) && is_digit(comma + 2) && is_digit(comma + 3) && !is_digit(comma + 4);
    if (thousands) std::erase(text, ',');
  }
  if (slash == std::string::npos) return plain_number(text);
  const auto above = plain_number(std::string_view(text).substr(0, slash));
  const auto below = plain_number(std::string_view(text).substr(slash + 1));
  if (!above || !below || *below == 0) return {};
  return *above / *below;
}

const Claim& claim_of(const Question& question, const std::vector<Claim>& claims) {
  const auto found = std::ranges::find(claims, question.claim, &Claim::text);
  if (found != claims.end()) return *found;
  fail("ask", fmt::format("no claim '{}' answers \"{}\"", question.claim, question.text));
}

double measured(const Claim& claim) {
  return (claim.low + claim.high) / 2;
}

bool is_right(const Question& question, double answer, const Claim& claim) {
  const double value = measured(claim);
  if (question.choices.empty()) {
    // In the band; of a wide one, as few seeds make it, only within a factor of 1.5.
    const double off = std::abs(answer - value), size = std::abs(value);
    const bool within =
        claim.accepted && claim.accepted->low <= answer && answer <= claim.accepted->high;
    const bool alike = std::abs(answer) <= 1.5 * size && size <= 1.5 * std::abs(answer);
    return (within && ((claim.judged && alike) || off < 1e-3)) || off <= 0.1 * size;
  }
  const Choice& choice = question.choices[static_cast<std::size_t>(answer)];
  return value >= choice.low && value < choice.high;
}

}  // namespace

Answer read_answer(const Question& question, const std::string& text) {
  const std::string word = boost::to_lower_copy(boost::trim_copy(text));
  if (word.empty() || word == "skip") return {};
  const Answer number = parse_number(word);
  if (question.choices.empty() && number) return number;
  for (std::size_t i = 0; i < question.choices.size(); ++i) {
    const bool chosen = number == static_cast<double>(i + 1) ||
                        boost::to_lower_copy(question.choices[i].name).starts_with(word);
    if (chosen) return static_cast<double>(i);
  }
  const bool comma = question.choices.empty() && word.find(',') != std::string::npos;
  throw Error(fmt::format("'{}' must be {} or skip{}", printable(text), choices_of(question),
                          comma ? "; the decimal point is a point: 0.33" : ""));
}

void Predictions::ask(const std::vector<Question>& questions, std::istream& answers,
                      std::FILE* prompts) {
  fmt::print(prompts, "Before you see it (\"skip\" is an answer):\n\n");
  std::vector<Answer> person;
  while (person.size() < questions.size()) {
    const Question& question = questions[person.size()];
    for (const std::string& line : wrap(question.text, terminal_of(prompts).width - 2))
      fmt::print(prompts, "  {}\n", line);
    fmt::print(prompts, "  {}: ", choices_of(question));
    std::fflush(prompts);
    std::string line;
    std::getline(answers, line);  // nothing, where the input has ended: skipped
    try {
      person.push_back(read_answer(question, line));
    } catch (const Error& error) {
      fmt::print(prompts, "  {}\n", error.what());
    }
    fmt::print(prompts, "\n");
  }
  people_.push_back(std::move(person));
}

void Predictions::read_class(const std::vector<Question>& questions,
                             const std::filesystem::path& file) {
  std::ifstream lines(file);
  if (!lines) fail("--class", fmt::format("cannot read {}", file.string()));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (boost::trim_copy(line).empty()) continue;
    std::vector<std::string> words = split(line, ';');
    words.resize(questions.size());
    std::vector<Answer> person;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      try {
        person.push_back(read_answer(questions[i], words[i]));
      } catch (const Error& error) {
        fail("--class", fmt::format("{}, line {}, question {}: {}", file.string(), number, i + 1,
                                    error.what()));
      }
    }
    people_.push_back(std::move(person));
  }
}

std::vector<double> Predictions::answers_to(std::size_t question) const {
  std::vector<double> given;
  for (const std::vector<Answer>& person : people_) {
    if (person[question]) given.push_back(*person[question]);
  }
  return given;
}

std::vector<std::string> Predictions::compare(const std::vector<Question>& questions,
                                              const std::vector<Claim>& claims) const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::vector<double> answers = answers_to(i);
    if (answers.empty()) continue;
    const Claim& claim = claim_of(questions[i], claims);
    const auto right = std::count_if(answers.begin(), answers.end(), [&](double answer) {
      return is_right(questions[i], answer, claim);
    });
    const double first = answers.front();
    std::string said = fmt::format("{} of {} right", right, answers.size());
    if (people_.size() == 1)
      said = (right ? "✓ you said " : "✗ you said ") +
             (questions[i].choices.empty() ? format_number(first)
                                           : questions[i].choices[std::size_t(first)].name);
    lines.push_back(fmt::format("{}  {}, measured {}, {}", questions[i].text, said,
                                format_number(measured(claim)), band_text(claim)));
    if (claim.accepted) lines.back() += fmt::format("  ({})", claim.accepted->because);
  }
  return lines;
}

std::optional<Figure> Predictions::histograms(const std::vector<Question>& questions,
                                              const std::vector<Claim>& claims) const {
  Figure figure("What the class predicted",
                fmt::format("{} people; grey: what is accepted", people_.size()), 1);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::vector<double> answers = answers_to(i);
    if (answers.empty()) continue;
    const Question& question = questions[i];
    const Claim& claim = claim_of(question, claims);
    Chart panel(question.text);
    if (question.choices.empty()) {
      panel.x_axis("answer").y_axis("density");
      const Histogram histogram = histogram_of(answers, 12);
      const double top = *std::max_element(histogram.density.begin(), histogram.density.end());
      if (claim.accepted)
        panel.band({claim.accepted->low, claim.accepted->high}, {0, 0}, {top, top}, colour::theory);
      panel.histogram(histogram, colour::batch);
      panel.vertical("measured " + format_number(measured(claim)), measured(claim), colour::black);
    } else {
      const double top = static_cast<double>(answers.size());
      std::vector<double> edges = {0.5}, votes;
      for (double choice = 0; choice < static_cast<double>(question.choices.size()); ++choice) {
        edges.push_back(choice + 1.5);
        votes.push_back(static_cast<double>(std::count(answers.begin(), answers.end(), choice)));
        if (is_right(question, choice, claim))
          panel.band({choice + 0.5, choice + 1.5}, {0, 0}, {top, top}, colour::theory);
      }
      votes.push_back(0);  // the last step goes down to the axis
      panel.x_axis("1, 2, … = " + choices_of(question)).y_axis("answers");
      panel.add({Chart::Kind::histogram, "", edges, votes, colour::batch});
    }
    figure.add(panel);
  }
  if (people_.size() < 2 || figure.panels.empty()) return {};
  return figure;
}

}  // namespace evenkeel::lesson
