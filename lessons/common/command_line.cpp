// A lesson's command line.

#include <fmt/format.h>

#include <algorithm>
#include <boost/any.hpp>
#include <boost/program_options.hpp>
#include <cmath>
#include <sstream>

#include "lesson.hpp"
#include "words.hpp"

namespace po = boost::program_options;

namespace evenkeel::lesson {

namespace {

template <class Value>
std::string text_of(const Value& value) {
  return fmt::format("{}", value);
}
template <class Value>
std::string text_of(const std::vector<Value>& values, const char* between = ",") {
  std::string text;
  for (const Value& value : values) text += (text.empty() ? "" : between) + text_of(value);
  return text;
}

void require(bool holds, const std::string& option, const std::string& what,
             const std::string& given) {
  if (!holds) throw UsageError("--" + option + " must be " + what + ", got " + given);
}

// What an option was given, one word or several.

void read(std::string& value, const std::string& option, const std::string& word,
          const Allowed& allowed) {
  require(allowed.words.empty() || std::ranges::count(allowed.words, word) > 0, option,
          "among " + text_of(allowed.words, ", "), "'" + word + "'");
  value = word;
}

template <class Number>
Number number(const std::string& option, const std::string& word) {
  if (const auto number = number_of<Number>(word)) return *number;
  const std::string wanted = std::is_integral_v<Number> ? "a whole number" : "a number";
  throw UsageError("the argument ('" + word + "') for option '--" + option +
                   "' is invalid: " + wanted + " was expected");
}

void read(Index& value, const std::string& option, const std::string& word,
          const Allowed& allowed) {
  constexpr long long maximum = 10'000'000;  // more than any lesson can hold in memory
  const auto given = number<long long>(option, word);
  const double minimum = allowed.minimum.value_or(1);
  require(static_cast<double>(given) >= minimum, option, "at least " + text_of(minimum), word);
  require(given <= maximum, option, "at most " + text_of(maximum), word);
  value = static_cast<Index>(given);
}

void read(double& value, const std::string& option, const std::string& word,
          const Allowed& allowed) {
  const auto& minimum = allowed.minimum;
  value = number<double>(option, word);
  require(std::isfinite(value) && (minimum ? value >= *minimum : value > 0), option,
          "a finite number " + (minimum ? "from " + text_of(*minimum) + " up" : "above 0"), word);
}

template <class Value>
void read(std::vector<Value>& values, const std::string& option, const std::string& text,
          const Allowed& allowed) {
  for (const std::string& word : split(text, ','))
    read(values.emplace_back(), option, word, allowed);
}

// A value of any type that the common options have.
std::string shown(const boost::any& value) {
  if (const auto* yes = boost::any_cast<bool>(&value)) return *yes ? "yes" : "no";
  if (const auto* count = boost::any_cast<long long>(&value)) return text_of(*count);
  return boost::any_cast<std::string>(value);
}

}  // namespace

Lesson::Lesson(std::string name, std::string about)
    : name_(std::move(name)),
      about_(std::move(about)),
      own_(std::make_shared<po::options_description>("This lesson")) {}

template <class Value>
Lesson& Lesson::option(const std::string& option, Value& value, const Allowed& allowed,
                       const std::string& help) {
  // Which of several, and how many seeds, change what is shown and not what a claim speaks of.
  const bool is_free = std::is_same_v<Value, std::vector<std::string>> || option == "seeds";
  const auto keep = [=, this, &value](const std::string& text) {
    Value given{};
    read(given, option, text, allowed);
    standard_ = standard_ && (is_free || value == given);
    value = given;
    given_[option] = text_of(given);
  };
  auto* word = po::value<std::string>()->notifier(keep);
  if (const std::string standard = text_of(value); !standard.empty()) word->default_value(standard);
  const std::string words = allowed.words.empty() ? "" : ": " + text_of(allowed.words, ", ");
  own_->add_options()(option.c_str(), word, (help + words).c_str());
  return *this;
}

template Lesson& Lesson::option(const std::string&, Index&, const Allowed&, const std::string&);
template Lesson& Lesson::option(const std::string&, double&, const Allowed&, const std::string&);
template Lesson& Lesson::option(const std::string&, std::string&, const Allowed&,
                                const std::string&);
template Lesson& Lesson::option(const std::string&, std::vector<Index>&, const Allowed&,
                                const std::string&);
template Lesson& Lesson::option(const std::string&, std::vector<double>&, const Allowed&,
                                const std::string&);
template Lesson& Lesson::option(const std::string&, std::vector<std::string>&, const Allowed&,
                                const std::string&);

Lesson& Lesson::seeds(Index count, Index quick_at_most) {
  seeds_ = count;
  quick_at_most_ = quick_at_most;
  return option(
      "seeds", seeds_, 1,
      fmt::format("how many seeds, counted from --seed (--quick: at most {})", quick_at_most));
}

bool Lesson::parse(int argc, char* argv[]) {
  po::options_description common("Every lesson");
  long long seed = static_cast<long long>(seed_);
  common.add_options()                                                                      //
      ("seed", po::value(&seed)->default_value(seed), "of the random numbers")              //
      ("out", po::value(&out_)->default_value(out_), "folder for charts and tables")        //
      ("quick", po::bool_switch(&quick_), "a shorter run")                                  //
      ("threads", po::value(&threads_)->default_value(0), "0: as many as there are cores")  //
      ("chart", po::value(&charts_)->default_value(charts_),
       "files, projector (large letters), terminal or none")                                  //
      ("predict", po::bool_switch(&predict_), "asks for your prediction before it computes")  //
      ("class", po::value(&class_file_),
       "a file with a line of predictions for each person, separated by ;")                  //
      ("live", po::bool_switch(&live_), "a window that follows the run")                     //
      ("step", po::bool_switch(&step_), "step through its backward passes in the terminal")  //
      ("trace", po::value(&trace_file_), "write the first one as JSON to a file")            //
      ("check-finite", po::bool_switch(&check_finite_),
       "stop at the op that makes the first NaN or Inf")  //
      ("help", po::bool_switch(), "this text");
  po::options_description all;
  all.add(*own_).add(common);
  po::variables_map given;
  try {
    po::store(po::command_line_parser(argc, argv).options(all).positional({}).run(), given);
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError("every option begins with --, after the lesson's name");
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  if (given["help"].as<bool>()) {
    std::ostringstream text;
    text << all;
    fmt::print("{}: {}\n\n{}", name_, about_, text.str());
    return false;
  }
  po::notify(given);
  command_ = command_of(name_, argc, argv, processes_->size());
  for (const auto& [option, value] : given)
    if (option != "help") given_.emplace(option, shown(value.value()));
  if (quick_) seeds_ = std::min(seeds_, quick_at_most_);
  require(seed >= 0, "seed", "at least 0", text_of(seed));
  require(threads_ >= 0 && threads_ <= 1024, "threads", "from 0 to 1024", text_of(threads_));
  read(charts_, "chart", charts_, {"files", "projector", "terminal", "none"});
  seed_ = static_cast<std::uint64_t>(seed);
  return true;
}

}  // namespace evenkeel::lesson
