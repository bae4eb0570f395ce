// A lesson's command line.

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <boost/any.hpp>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "lesson.hpp"
#include "run_file.hpp"

namespace po = boost::program_options;

namespace evenkeel::lesson {

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  return boost::split(words, text, [](char c) { return c == ','; });
}

/// The whole word as a number, the same in every locale.
template <class Number>
std::optional<Number> number_of(const std::string& word) {
  Number number = 0;
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || rest != end) return {};
  return number;
}

void require_among(const std::string& option, const std::string& word,
                   const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return;
  throw UsageError(
      fmt::format("--{} must be among {}, got '{}'", option, fmt::join(allowed, ", "), word));
}

Index whole_number(const std::string& option, long long number, Index minimum) {
  constexpr long long maximum = 10'000'000;  // more than any lesson can hold in memory
  if (number < static_cast<long long>(minimum)) {
    throw UsageError(fmt::format("--{} must be at least {}, got {}", option, minimum, number));
  }
  if (number > maximum) {
    throw UsageError(fmt::format("--{} must be at most {}, got {}", option, maximum, number));
  }
  return static_cast<Index>(number);
}

/// A value of any type an option can have.
std::string shown(const boost::any& value) {
  if (const auto* yes = boost::any_cast<bool>(&value)) return *yes ? "yes" : "no";
  if (const auto* number = boost::any_cast<double>(&value)) return fmt::format("{}", *number);
  if (const auto* count = boost::any_cast<long long>(&value)) return fmt::format("{}", *count);
  return boost::any_cast<std::string>(value);
}

}  // namespace

template <class Given>
Lesson& Lesson::add(const std::string& option, const Given& standard, const std::string& help,
                    const std::function<void(const Given& given)>& read) {
  auto* value = po::value<Given>()->notifier(read);
  const std::string shown = fmt::format("{}", standard);
  if (!shown.empty()) value->default_value(standard, shown);
  own_.add_options()(option.c_str(), value, help.c_str());
  return *this;
}

Lesson& Lesson::option(const std::string& option, Index& value, Index minimum,
                       const std::string& help) {
  return add<long long>(option, static_cast<long long>(value), help,
                        [this, &value, option, minimum](long long given) {
                          keep(value, whole_number(option, given, minimum));
                        });
}

Lesson& Lesson::option(const std::string& option, double& value, const std::string& help) {
  return add<double>(option, value, help, [this, &value, option](double given) {
    if (!std::isfinite(given) || given <= 0)
      throw UsageError(fmt::format("--{} must be a finite number above 0, got {}", option, given));
    keep(value, given);
  });
}

Lesson& Lesson::option(const std::string& option, double& value, double minimum,
                       const std::string& help) {
  return add<double>(option, value, help, [this, &value, option, minimum](double given) {
    if (!std::isfinite(given) || given < minimum)
      throw UsageError(
          fmt::format("--{} must be a finite number from {} up, got {}", option, minimum, given));
    keep(value, given);
  });
}

Lesson& Lesson::option(const std::string& option, std::vector<double>& numbers,
                       const std::string& help) {
  return add<std::string>(option, fmt::format("{}", fmt::join(numbers, ",")), help,
                          [this, &numbers, option](const std::string& text) {
                            std::vector<double> given;
                            for (const std::string& word : split(text)) {
                              const auto number = number_of<double>(word);
                              if (!number || !std::isfinite(*number) || *number <= 0)
                                throw UsageError(fmt::format(
                                    "--{} must be finite numbers above 0, got '{}'", option, word));
                              given.push_back(*number);
                            }
                            keep(numbers, given);
                          });
}

Lesson& Lesson::option(const std::string& option, std::vector<Index>& numbers, Index minimum,
                       const std::string& help) {
  return add<std::string>(
      option, fmt::format("{}", fmt::join(numbers, ",")), help,
      [this, &numbers, option, minimum](const std::string& text) {
        std::vector<Index> given;
        for (const std::string& word : split(text)) {
          const auto number = number_of<long long>(word);
          if (!number)
            throw UsageError(fmt::format("--{} must be whole numbers, got '{}'", option, word));
          given.push_back(whole_number(option, *number, minimum));
        }
        keep(numbers, given);
      });
}

Lesson& Lesson::option(const std::string& option, std::string& text, const std::string& help) {
  return add<std::string>(option, text, help,
                          [this, &text](const std::string& given) { keep(text, given); });
}

Lesson& Lesson::option(const std::string& option, std::string& word,
                       const std::vector<std::string>& allowed, const std::string& help) {
  return add<std::string>(option, word, fmt::format("{}: {}", help, fmt::join(allowed, ", ")),
                          [this, &word, option, allowed](const std::string& given) {
                            require_among(option, given, allowed);
                            keep(word, given);
                          });
}

Lesson& Lesson::option(const std::string& option, std::vector<std::string>& words,
                       const std::vector<std::string>& allowed, const std::string& help) {
  return add<std::string>(option, fmt::format("{}", fmt::join(words, ",")),
                          fmt::format("{}: {}", help, fmt::join(allowed, ", ")),
                          [&words, option, allowed](const std::string& given) {
                            words = split(given);
                            for (const std::string& word : words)
                              require_among(option, word, allowed);
                          });
}

Lesson& Lesson::seeds(Index count, Index quick_at_most) {
  quick_at_most_ = quick_at_most;
  return add<long long>(
      "seeds", static_cast<long long>(count),
      fmt::format("how many seeds, counted from --seed (--quick: at most {})", quick_at_most),
      [this](long long given) { seeds_ = whole_number("seeds", given, 1); });
}

void Lesson::parse(int argc, char* argv[]) {
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
       "a file with a line of predictions for each person, separated by ;")  //
      ("live", po::bool_switch(&live_), "a window that follows the run")     //
      ("step", po::bool_switch(&stepping_.step),
       "step through its backward passes in the terminal")                                  //
      ("trace", po::value(&stepping_.trace_file), "write the first one as JSON to a file")  //
      ("check-finite", po::bool_switch(&check_finite_),
       "stop at the op that makes the first NaN or Inf")  //
      ("help", po::bool_switch(&help_), "this text");
  po::options_description all;
  all.add(own_).add(common);
  po::variables_map given;
  po::store(po::command_line_parser(argc, argv).options(all).positional({}).run(), given);
  help_ = given["help"].as<bool>();
  if (help_) {
    fmt::print("{}: {}\n\n", name_, about_);
    std::ostringstream text;
    text << all;
    fmt::print("{}", text.str());
    return;
  }
  po::notify(given);
  command_ = command_of(name_, argc, argv, processes_->size());
  for (const auto& [option, value] : given)
    if (option != "help") given_[option] = shown(value.value());
  if (quick_) seeds_ = std::min(seeds_, quick_at_most_);
  if (seed < 0) throw UsageError(fmt::format("--seed must be at least 0, got {}", seed));
  if (threads_ < 0 || threads_ > 1024) {
    throw UsageError(fmt::format("--threads must be from 0 to 1024, got {}", threads_));
  }
  require_among("chart", charts_, {"files", "projector", "terminal", "none"});
  seed_ = static_cast<std::uint64_t>(seed);
}

}  // namespace evenkeel::lesson
