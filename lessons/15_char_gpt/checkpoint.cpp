// A run as a file, from which it goes on as if it had not stopped.

#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "evenkeel/checkpoint/checkpoint.hpp"
#include "evenkeel/core/shape.hpp"
#include "training.hpp"

namespace char_gpt {

namespace {

using Values = std::vector<double>;

// Numbers with a space between them, each in the shortest form that reads back as the same double.
std::string to_text(const Values& values) {
  return fmt::format("{}", fmt::join(values, " "));
}

Values values_of(const std::string& text) {
  Values values;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const auto [end, error] =
        std::from_chars(word.data(), word.data() + word.size(), values.emplace_back());
    if (error != std::errc() || end != word.data() + word.size()) {
      ek::fail("resume", fmt::format("the checkpoint has '{}' for a number", word));
    }
  }
  return values;
}

std::string to_text(const Row& row) {
  Values all = {static_cast<double>(row.iteration), row.train_loss, row.validation_loss,
                row.gradient_norm, row.tokens_per_second};
  for (const Values* more : {&row.gradient_by_layer, &row.activation_by_layer, &row.update_ratio}) {
    all.insert(all.end(), more->begin(), more->end());
  }
  return to_text(all);
}

Row row_of(const std::string& text, std::size_t layers, std::size_t parameters) {
  const Values all = values_of(text);
  constexpr std::size_t single = 5;
  if (all.size() != single + 2 * layers + parameters) {
    ek::fail("resume", "the checkpoint's history does not fit its model");
  }
  Row row{static_cast<ek::Index>(all[0]), all[1], all[2], all[3], all[4], {}, {}, {}};
  auto next = all.begin() + single;
  for (auto [to, count] : {std::pair{&row.gradient_by_layer, layers},
                           {&row.activation_by_layer, layers},
                           {&row.update_ratio, parameters}}) {
    to->assign(next, next + static_cast<std::ptrdiff_t>(count));
    next += static_cast<std::ptrdiff_t>(count);
  }
  return row;
}

const std::string& note(const ek::Metadata& notes, const std::string& name) {
  const auto found = notes.find(name);
  if (found == notes.end()) ek::fail("resume", fmt::format("the checkpoint has no '{}'", name));
  return found->second;
}

}  // namespace

std::uint64_t options_of(const std::filesystem::path& file, Options& options) {
  const ek::Metadata notes = ek::read_notes(file);
  const std::string text = options.text;
  take_notes(options, notes);
  if (!text.empty()) options.text = text;  // --text says where it is now
  return static_cast<std::uint64_t>(std::stoull(note(notes, "seed")));
}

void Training::save(const std::filesystem::path& file) {
  ek::TrainingState state{iteration, {{"batches", &random}}, notes_of(options)};
  state.notes["seed"] = std::to_string(seed);
  state.notes["characters"] = characters();
  state.notes["since row"] =
      to_text(Values{loss_since_row, seconds_since_row, static_cast<double>(steps_since_row)});
  std::string& history = state.notes["history"];
  for (const Row& row : rows) history += to_text(row) + "\n";
  save_training(file, model, optimizer, state);
}

void Training::load(const std::filesystem::path& file) {
  ek::TrainingState state{0, {{"batches", &random}}, {}};
  if (note(ek::read_notes(file), "characters") != characters()) {
    ek::fail("resume", "the checkpoint was made with another text");
  }
  load_training(file, model, optimizer, state);
  iteration = state.iteration;
  const Values since = values_of(note(state.notes, "since row"));
  if (since.size() != 3) ek::fail("resume", "the checkpoint's sums are damaged");
  loss_since_row = since[0];
  seconds_since_row = since[1];
  steps_since_row = static_cast<ek::Index>(since[2]);
  std::istringstream history(note(state.notes, "history"));
  for (std::string line; std::getline(history, line);) {
    rows.push_back(row_of(line, options.layers + 1, optimizer.parameters().size()));
  }
}

// The vocabulary, and how long the text is: another edition of a book differs in one of them.
std::string Training::characters() const {
  ek::Tokens all;
  for (ek::Index token = 0; token < text.vocabulary.size(); ++token) all.push_back(token);
  return fmt::format("{} {}", text.train.size() + text.validation.size(),
                     text.vocabulary.decode(all));
}

}  // namespace char_gpt
