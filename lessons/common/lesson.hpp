#pragma once
// What every lesson program shares: its command line, its claims, its files.
//
//   Lesson lesson("01_explosion", "Ten ReLU layers, with and without normalization");
//   lesson.option("layers", layers, 1, "number of layers");
//   return lesson.run(argc, argv, [&] { … lesson.claim({…}); … lesson.chart(figure, "name"); });
//
// Exit codes: 0 every judged claim holds, 1 one does not, 2 bad input or a file that cannot be
// written (one line on stderr says which).

#include <boost/program_options.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "claims.hpp"
#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/csv.hpp"
#include "evenkeel/chart/draw.hpp"
#include "evenkeel/core/types.hpp"

namespace evenkeel::lesson {

class Lesson {
 public:
  /// `name` is the folder's: "01_explosion"; `about` heads --help.
  Lesson(std::string name, std::string about);

  // --- the command line: the value before parsing is the default ------------------------------
  Lesson& option(const std::string& option, Index& value, Index minimum, const std::string& help);
  /// Any finite number above 0.
  Lesson& option(const std::string& option, double& value, const std::string& help);
  /// Any finite number from `minimum` up.
  Lesson& option(const std::string& option, double& value, double minimum, const std::string& help);
  /// Any text: the name of a file.
  Lesson& option(const std::string& option, std::string& text, const std::string& help);
  /// One of `allowed`, which --help lists behind the text.
  Lesson& option(const std::string& option, std::string& word,
                 const std::vector<std::string>& allowed, const std::string& help);
  /// Words separated by commas, each one of `allowed`, which --help lists behind the text.
  Lesson& option(const std::string& option, std::vector<std::string>& words,
                 const std::vector<std::string>& allowed, const std::string& help);

  /// --seeds: how many, counted from --seed; --quick takes no more than `quick_at_most`.
  Lesson& seeds(Index& count, Index quick_at_most);

  /// Parses, prepares the folder, calls body, prints claims and files. Returns the exit code.
  int run(int argc, char* argv[], const std::function<void()>& body);

  // --- for the body ---------------------------------------------------------------------------
  std::uint64_t seed() const { return seed_; }
  bool quick() const { return quick_; }
  /// DIR/NN_name, where --out gives DIR.
  const std::filesystem::path& folder() const { return folder_; }

  void claim(Claim claim) { claims_.push_back(std::move(claim)); }
  /// Writes the columns as DIR/NN_name/name.csv.
  void csv(const std::string& name, const std::vector<CsvColumn>& columns);
  /// Draws name.svg and name.png, and in the terminal with --chart terminal. Write the CSV first.
  void chart(const Figure& figure, const std::string& name);
  /// Writes the text as DIR/NN_name/name.
  void file(const std::string& name, std::string_view text);
  /// Names a file the body wrote into folder() itself.
  void wrote(const std::string& file) { files_.push_back(file); }
  /// What the report suggests to run next.
  void try_next(std::string command) { try_next_ = std::move(command); }
  /// With --live: shows the figure in the window. It is made only then.
  void live(const std::function<Figure()>& make);

 private:
  void parse(int argc, char* argv[]);
  void prepare();
  void report() const;

  std::string name_;
  std::string about_;
  boost::program_options::options_description own_{"This lesson"};
  std::vector<std::function<void(const boost::program_options::variables_map&)>> readers_;

  std::uint64_t seed_ = 42;
  std::string out_ = "out";
  bool quick_ = false;
  long long threads_ = 0;
  bool check_finite_ = false;
  std::string charts_ = "files";
  bool live_ = false;
  bool help_ = false;

  std::filesystem::path folder_;
  std::vector<Claim> claims_;
  std::vector<std::string> files_;
  std::string problem_;  // why pictures are missing
  std::string try_next_;
  std::unique_ptr<LiveWindow> window_;
};

}  // namespace evenkeel::lesson
