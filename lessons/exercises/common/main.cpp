// Grades one compiled file: grader NAME LIBRARY SEED[,SEED…] [--tsv FILE WHO]. Called by
// lessons/exercise.
//
// Prints a line for each part; with --tsv appends to FILE, for each part and seed,
//   WHO  exercise  part  points  of  seed  what is wrong
// separated by tabs. Exit code 0: full score, 1: not yet, 2: a wrong command line.

#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "grade.hpp"
#include "isolate.hpp"

namespace exercises {
namespace {

std::map<std::string, std::vector<Part>>& all_exercises() {
  static std::map<std::string, std::vector<Part>> all;
  return all;
}

void* library = nullptr;

// What the dynamic linker says of a name that is nowhere, in a student's words.
std::string cannot_load(const std::string& error) {
  std::smatch found;
  if (!std::regex_search(error, found, std::regex("undefined symbol: ([A-Za-z0-9_]+)")))
    return error;
  const std::string symbol = found[1];
  static const std::regex of_the_library(
      "evenkeel[0-9A-Za-z_]*(norm|Norm|standardize|scale_shift|scale_channels|tile)");
  if (std::regex_search(symbol, of_the_library)) {
    return "it calls the library's own norm (" + symbol + "); here you write it yourself";
  }
  return "it calls something that is nowhere defined: " + symbol;
}

Outcome run_part(const std::string& path, const Part& part, std::uint64_t seed) {
  return isolate([&]() -> std::string {
    library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(cannot_load(dlerror()));
    Random random(seed);
    try {
      for (int time = 0; time < part.times; ++time) {
        const std::string wrong = part.test(random);
        if (!wrong.empty()) return wrong;
      }
    } catch (const NotWritten& e) {
      return e.what();
    }
    return "";
  });
}

// What Armadillo's own errors leave open.
const std::map<std::string, std::string> armadillo_says = {
    {"incompatible matrix dimensions", " (each_row() and each_col() repeat a row or a column)"},
    {"submat(): indices out of bounds",
     " (submat takes the first row and column and the last ones, which belong to it)"},
    {"index out of bounds", " (counting starts at 0 and ends at n_rows − 1, n_cols − 1)"},
};

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return text;
}

// In lines of at most 88 characters behind an indentation.
std::string wrapped(const std::string& text) {
  std::string result;
  std::size_t width = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const auto length = static_cast<std::size_t>(std::count_if(
        word.begin(), word.end(), [](char c) { return (c & 0xC0) != 0x80; }));  // UTF-8
    const bool fits = width > 0 && width + 1 + length <= 88;
    result += fits ? " " : width == 0 ? "         " : "\n         ";
    result += word;
    width = (fits ? width + 1 : 0) + length;
  }
  return result + "\n";
}

int grade(const std::string& name, const std::string& path, std::uint64_t seed, std::ostream* tsv,
          const std::string& who) {
  const std::vector<Part>& parts = all_exercises().at(name);
  int score = 0;
  int most = 0;
  std::string printed;
  std::string wrong_before;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    const Outcome outcome = run_part(path, part, seed + 1000003 * i);
    std::string wrong = outcome.trouble.empty() ? outcome.result : outcome.trouble;
    for (const auto& [text, help] : armadillo_says) {
      if (wrong.find(text) != std::string::npos) wrong += help;
    }
    const int points = wrong.empty() ? part.points : 0;
    score += points;
    most += part.points;
    fmt::print("  {} {}/{}  {}\n", wrong.empty() ? "✓" : "✗", points, part.points, part.title);
    if (!wrong.empty()) fmt::print("{}", wrapped(wrong == wrong_before ? "(the same)" : wrong));
    wrong_before = wrong;
    if (printed.empty()) printed = outcome.printed;
    if (tsv != nullptr) {
      *tsv << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", who, name, part.title, points,
                          part.points, seed, one_line(wrong));
    }
  }
  if (!printed.empty())
    fmt::print("It printed:\n{}{}", printed, printed.back() == '\n' ? "" : "\n");
  fmt::print("Score {} of {}{}   (drawn with --seed {})\n", score, most,
             score == most ? ": everything is right" : "", seed);
  return score == most ? 0 : 1;
}

}  // namespace

bool add_exercise(const std::string& name, std::vector<Part> parts) {
  return all_exercises().emplace(name, std::move(parts)).second;
}

void* find_function(const char* name) {
  void* function = dlsym(library, name);
  if (function == nullptr) {
    throw std::runtime_error(std::string("there is no function ") + name + " in your file");
  }
  return function;
}

}  // namespace exercises

int main(int argc, char** argv) {
  using namespace exercises;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--list") {  // name, points
    for (const auto& [name, parts] : all_exercises()) {
      int most = 0;
      for (const Part& part : parts) most += part.points;
      fmt::print("{}\t{}\n", name, most);
    }
    return 0;
  }
  const bool tabs = arguments.size() == 6 && arguments[3] == "--tsv";
  if ((arguments.size() != 3 && !tabs) || all_exercises().count(arguments[0]) == 0) {
    fmt::print(stderr, "grader NAME LIBRARY SEED[,SEED…] [--tsv FILE WHO], or grader --list\n");
    return 2;
  }
  try {
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    std::ofstream file;
    if (tabs) file.open(arguments[4], std::ios::app);
    int status = 0;
    std::istringstream seeds(arguments[2]);
    for (std::string seed; std::getline(seeds, seed, ',');) {
      status |= grade(arguments[0], arguments[1], std::stoull(seed), tabs ? &file : nullptr,
                      tabs ? arguments[5] : "");
    }
    return status;
  } catch (const std::exception& e) {
    fmt::print(stderr, "grader: {}\n", e.what());
    return 2;
  }
}
