#include "lesson.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <system_error>

#include "evenkeel/base/file.hpp"
#include "evenkeel/base/parallel.hpp"
#include "evenkeel/chart/draw.hpp"
#include "evenkeel/chart/text.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/core/tape.hpp"

namespace po = boost::program_options;

namespace evenkeel::lesson {

namespace {

/// Bad input: what() is the text without the lesson's name.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

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

}  // namespace

Lesson::Lesson(std::string name, std::string about)
    : name_(std::move(name)), about_(std::move(about)) {}

// --- options -------------------------------------------------------------------------------------

Lesson& Lesson::option(const std::string& option, Index& value, Index minimum,
                       const std::string& help) {
  own_.add_options()(option.c_str(),
                     po::value<long long>()->default_value(static_cast<long long>(value)),
                     help.c_str());
  readers_.push_back([&value, option, minimum](const po::variables_map& given) {
    constexpr long long maximum = 10'000'000;  // more than any lesson can hold in memory
    const long long number = given[option].as<long long>();
    if (number < static_cast<long long>(minimum)) {
      throw UsageError(fmt::format("--{} must be at least {}, got {}", option, minimum, number));
    }
    if (number > maximum) {
      throw UsageError(fmt::format("--{} must be at most {}, got {}", option, maximum, number));
    }
    value = static_cast<Index>(number);
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, double& value, const std::string& help) {
  own_.add_options()(option.c_str(),
                     po::value<double>()->default_value(value, fmt::format("{}", value)),
                     help.c_str());
  readers_.push_back([&value, option](const po::variables_map& given) {
    value = given[option].as<double>();
    if (!std::isfinite(value) || value <= 0) {
      throw UsageError(fmt::format("--{} must be a finite number above 0, got {}", option, value));
    }
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, double& value, double minimum,
                       const std::string& help) {
  own_.add_options()(option.c_str(),
                     po::value<double>()->default_value(value, fmt::format("{}", value)),
                     help.c_str());
  readers_.push_back([&value, option, minimum](const po::variables_map& given) {
    value = given[option].as<double>();
    if (!std::isfinite(value) || value < minimum) {
      throw UsageError(
          fmt::format("--{} must be a finite number from {} up, got {}", option, minimum, value));
    }
  });
  return *this;
}

Lesson& Lesson::option(const std::string& option, std::string& text, const std::string& help) {
  own_.add_options()(option.c_str(), po::value<std::string>(&text), help.c_str());
  return *this;
}

Lesson& Lesson::option(const std::string& option, std::string& word,
                       const std::vector<std::string>& allowed, const std::string& help) {
  own_.add_options()(option.c_str(), po::value<std::string>()->default_value(word),
                     fmt::format("{}: {}", help, join(allowed, ", ")).c_str());
  readers_.push_back([&word, option, allowed](const po::variables_map& given) {
    word = given[option].as<std::string>();
    require_among(option, word, allowed);
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

Lesson& Lesson::seeds(Index& count, Index quick_at_most) {
  option("seeds", count, 1,
         fmt::format("how many seeds, counted from --seed (--quick: at most {})", quick_at_most));
  readers_.push_back([this, &count, quick_at_most](const po::variables_map&) {
    if (quick_) count = std::min(count, quick_at_most);
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
       "files, projector (large letters), terminal or none")              //
      ("live", po::bool_switch(&live_), "a window that follows the run")  //
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

// --- running -------------------------------------------------------------------------------------

void Lesson::prepare() {
  folder_ = std::filesystem::path(out_) / name_;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error)
    throw UsageError(fmt::format("--out: cannot make {}: {}", folder_.string(), error.message()));
  require_writable("--out", folder_ / "file");  // now, not after the run
  set_num_threads(static_cast<int>(threads_));
  Tape::check_finite_everywhere(check_finite_);
  if (live_) window_ = std::make_unique<LiveWindow>();
}

int Lesson::run(int argc, char* argv[], const std::function<void()>& body) {
  try {
    parse(argc, argv);
    if (help_) return 0;
    prepare();
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // in a pipe, too, the setting stands before the run
    body();
    report();
    return all_hold(claims_) ? 0 : 1;
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}: {} (see --help)\n", name_, error.what());
  } catch (const po::too_many_positional_options_error&) {
    fmt::print(stderr, "{}: every option begins with --, after the lesson's name (see --help)\n",
               name_);
  } catch (const po::error& error) {
    fmt::print(stderr, "{}: {} (see --help)\n", name_, error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "{}: not enough memory for these sizes\n", name_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name_, error.what());
  }
  return 2;
}

void Lesson::report() const {
  const Terminal terminal = terminal_of(stdout);
  fmt::print("\n{}\n", to_string(claims_, terminal));
  if (!problem_.empty()) {
    fmt::print("  No pictures: {}. The numbers are in the CSV files.\n", problem_);
  }
  fmt::print("  Charts  {}\n", folder_.string());
  for (const std::string& line : wrap(join(files_, " "), terminal.width - 10))
    fmt::print("          {}\n", line);
  fmt::print("  Read    lessons/{}/README.md\n", name_);
  if (!try_next_.empty()) fmt::print("  Try     {}\n", try_next_);
}

// --- files ---------------------------------------------------------------------------------------

void Lesson::csv(const std::string& name, const std::vector<CsvColumn>& columns) {
  write_csv(folder_ / (name + ".csv"), columns);
  files_.push_back(name + ".csv");
}

void Lesson::file(const std::string& name, std::string_view text) {
  FileWriter writer("lesson", folder_ / name);
  writer.write(text);
  writer.commit();
  wrote(name);
}

void Lesson::chart(const Figure& figure, const std::string& name) {
  if (charts_ == "none" || !problem_.empty()) return;  // a gnuplot that hangs is waited for once
  Drawing drawing;
  if (charts_ == "projector") drawing.size = Size::projector;
  const ChartResult result = save(figure, folder_, name, {Format::svg, Format::png}, drawing);
  for (const std::filesystem::path& file : result.files) {
    files_.push_back(file.filename().string());
  }
  if (!result.drawn()) problem_ = result.problem;
  if (charts_ == "terminal") {
    const ChartResult drawn = draw_as_text(figure, terminal_of(stdout).width);
    fmt::print("\n{}", drawn.text);
    if (!drawn.drawn()) problem_ = drawn.problem;
  }
}

void Lesson::live(const std::function<Figure()>& make) {
  if (window_) window_->show(make());
}

}  // namespace evenkeel::lesson
