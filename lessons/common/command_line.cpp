// A lesson's command line.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "lesson.hpp"

namespace po = boost::program_options;

namespace evenkeel::lesson {

namespace {

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

void require_among(const std::string& option, const std::string& word,
                   const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return;
  throw UsageError(
      fmt::format("--{} must be among {}, got '{}'", option, join(allowed, ", "), word));
}

void add_whole_number(po::options_description& options, const std::string& option, Index value,
                      const std::string& help) {
  options.add_options()(option.c_str(),
                        po::value<long long>()->default_value(static_cast<long long>(value)),
                        help.c_str());
}

Index whole_number(const po::variables_map& given, const std::string& option, Index minimum) {
  constexpr long long maximum = 10'000'000;  // more than any lesson can hold in memory
  const long long number = given[option].as<long long>();
  if (number < static_cast<long long>(minimum)) {
    throw UsageError(fmt::format("--{} must be at least {}, got {}", option, minimum, number));
  }
  if (number > maximum) {
    throw UsageError(fmt::format("--{} must be at most {}, got {}", option, maximum, number));
  }
  return static_cast<Index>(number);
}

}  // namespace

Lesson& Lesson::option(const std::string& option, Index& value, Index minimum,
                       const std::string& help) {
  add_whole_number(own_, option, value, help);
  readers_.push_back([this, &value, option, minimum](const po::variables_map& given) {
    keep(value, whole_number(given, option, minimum));
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, double& value, const std::string& help) {
  own_.add_options()(option.c_str(),
                     po::value<double>()->default_value(value, fmt::format("{}", value)),
                     help.c_str());
  readers_.push_back([this, &value, option](const po::variables_map& given) {
    const double number = given[option].as<double>();
    if (!std::isfinite(number) || number <= 0) {
      throw UsageError(fmt::format("--{} must be a finite number above 0, got {}", option, number));
    }
    keep(value, number);
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, double& value, double minimum,
                       const std::string& help) {
  own_.add_options()(option.c_str(),
                     po::value<double>()->default_value(value, fmt::format("{}", value)),
                     help.c_str());
  readers_.push_back([this, &value, option, minimum](const po::variables_map& given) {
    const double number = given[option].as<double>();
    if (!std::isfinite(number) || number < minimum) {
      throw UsageError(
          fmt::format("--{} must be a finite number from {} up, got {}", option, minimum, number));
    }
    keep(value, number);
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, std::string& text, const std::string& help) {
  own_.add_options()(option.c_str(), po::value<std::string>(), help.c_str());
  readers_.push_back([this, &text, option](const po::variables_map& given) {
    if (given.count(option)) keep(text, given[option].as<std::string>());
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, std::string& word,
                       const std::vector<std::string>& allowed, const std::string& help) {
  own_.add_options()(option.c_str(), po::value<std::string>()->default_value(word),
                     fmt::format("{}: {}", help, join(allowed, ", ")).c_str());
  readers_.push_back([this, &word, option, allowed](const po::variables_map& given) {
    const std::string given_word = given[option].as<std::string>();
    require_among(option, given_word, allowed);
    keep(word, given_word);
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, std::vector<std::string>& words,
                       const std::vector<std::string>& allowed, const std::string& help) {
  own_.add_options()(option.c_str(), po::value<std::string>()->default_value(join(words, ",")),
                     fmt::format("{}: {}", help, join(allowed, ", ")).c_str());
  readers_.push_back([&words, option, allowed](const po::variables_map& given) {
    words = split(given[option].as<std::string>());
    for (const std::string& word : words) {
      require_among(option, word, allowed);
    }
    if (words.empty()) throw UsageError(fmt::format("--{} needs at least one word", option));
  });
  return *this;
}

Lesson& Lesson::seeds(Index count, Index quick_at_most) {
  add_whole_number(
      own_, "seeds", count,
      fmt::format("how many seeds, counted from --seed (--quick: at most {})", quick_at_most));
  readers_.push_back([this, quick_at_most](const po::variables_map& given) {
    seeds_ = whole_number(given, "seeds", 1);
    if (quick_) seeds_ = std::min(seeds_, quick_at_most);
  });
  return *this;
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
  po::notify(given);
  if (help_) {
    fmt::print("{}: {}\n\n", name_, about_);
    std::ostringstream text;
    text << all;
    fmt::print("{}", text.str());
    return;
  }
  for (const auto& read : readers_) read(given);
  if (seed < 0) throw UsageError(fmt::format("--seed must be at least 0, got {}", seed));
  if (threads_ < 0 || threads_ > 1024) {
    throw UsageError(fmt::format("--threads must be from 0 to 1024, got {}", threads_));
  }
  require_among("chart", charts_, {"files", "projector", "terminal", "none"});
  seed_ = static_cast<std::uint64_t>(seed);
}

}  // namespace evenkeel::lesson
