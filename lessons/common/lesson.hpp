#pragma once
// What every lesson program shares: its command line, its seeds, its claims, its files.
//
//   Lesson lesson("01_explosion", "ReLU layers, with and without normalization");
//   lesson.option("layers", s.layers, 1, "number of layers")
//       .seeds(200, 20)
//       .ask({"growth of σ per layer", "Without a norm, by what factor does σ grow per layer?"});
//   return lesson.run(argc, argv, [&] {
//     const Record record = lesson.over_seeds(
//         names, [&](auto& norm, auto seed, Record& r) { run(s, norm, seed, r); });
//     lesson.claim("growth of σ per layer", {growth}, between(2.55, 3.07, "theory 2.83"));
//     lesson.chart(chart, "activation_std");
//   });
//
// `ask` names a claim by its text; a name that no claim has is an Error.
//
// Exit codes: 0 every judged claim holds, 1 one does not, 2 bad input or a file that cannot be
// written (one line on stderr says which).

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "claims.hpp"
#include "evenkeel/base/communicator.hpp"
#include "evenkeel/base/table.hpp"
#include "evenkeel/chart/chart.hpp"
#include "evenkeel/chart/draw.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "measured.hpp"
#include "predictions.hpp"

namespace boost::program_options {
class options_description;
}

namespace evenkeel::lesson {

/// Bad input: what() is the text without the lesson's name.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What an option may be: finite numbers from a minimum up, without one above 0; one of these
/// words, which --help lists, or any.
struct Allowed {
  Allowed() = default;
  Allowed(double minimum) : minimum(minimum) {}
  Allowed(std::vector<std::string> words) : words(std::move(words)) {}
  Allowed(std::initializer_list<std::string> words) : words(words) {}

  std::optional<double> minimum = {};
  std::vector<std::string> words = {};
};

class Lesson {
 public:
  /// `name` is the folder's: "01_explosion"; `about` heads --help.
  Lesson(std::string name, std::string about);
  ~Lesson() { no_more_steps(); }

  // --- the command line: the value before parsing is the default ------------------------------
  /// A value of Index, double or std::string, or a vector of them, separated by commas. Claims hold
  /// for any choice of words from a list; any other option but its default ends the judging.
  template <class Value>
  Lesson& option(const std::string& option, Value& value, const Allowed& allowed,
                 const std::string& help);
  template <class Value>
  Lesson& option(const std::string& option, Value& value, const std::string& help) {
    return this->option(option, value, Allowed(), help);
  }

  /// --seeds: how many, counted from --seed; --quick takes no more than `quick_at_most`.
  Lesson& seeds(Index count, Index quick_at_most);

  /// A question for --predict, about the value of one of the claims.
  Lesson& ask(Question question) {
    questions_.push_back(std::move(question));
    return *this;
  }

  /// Over what run_processes gives: process 0 alone asks, prints and writes, and seeds are measured
  /// one after another. What the body throws goes through, so that the process is named.
  Lesson& over(Communicator& processes);

  /// Parses, prepares the folder, asks, calls body, prints claims, predictions and files. Returns
  /// the exit code.
  int run(int argc, char* argv[], const std::function<void()>& body);

  // --- for the body ---------------------------------------------------------------------------
  std::uint64_t seed() const { return seed_; }
  Index seeds() const { return seeds_; }
  bool quick() const { return quick_; }
  /// Where progress lines go: nowhere in processes other than 0.
  std::FILE* progress() const { return processes_->is_first() ? stderr : nullptr; }
  Communicator& processes() const { return *processes_; }
  /// Prints what is measured, "10 ReLU layers, 64 wide", with the seeds; it becomes the subtitle of
  /// charts that have none.
  void setting(const std::string& text);
  /// The same where the numbers are given, not drawn: no seeds are named.
  void setting_by_hand(const std::string& text);
  std::string setting() const { return setting_ + pale_; }
  /// DIR/NN_name, where --out gives DIR.
  const std::filesystem::path& folder() const { return folder_; }

  /// Measures one series with one seed. Runs beside others: what it changes must be its own.
  using Measure =
      std::function<void(const std::string& series, std::uint64_t seed, Record& record)>;
  /// Measures every series with every seed, on all cores, and writes all of it as NAME.csv. The
  /// record is the same for any number of threads. With --live, the window shows what `live` makes
  /// of what there is; where there is no `live`, a line on stderr says so.
  Record over_seeds(const std::vector<std::string>& series, const Measure& measure,
                    const std::function<Figure(const Record&)>& live = {},
                    const std::string& name = "measured");

  /// What was measured, one value or several, and the band in which all must lie. In another than
  /// the standard setting the values are only shown.
  void claim(const std::string& text, const std::vector<double>& values, const Band& band);
  /// The same of one of several series, as "what, BatchNorm". A series of which the bands have
  /// nothing at all (a norm of one's own) is shown; one of which they have other claims is not.
  void claim(const std::string& what, const Style& series, const std::vector<double>& values,
             const Bands& bands, const std::string& at = "");
  /// The same of means over seeds, at each x at which a band is known: "CNN: test error, %,
  /// BatchNorm, 2", without the x where the quantity has no name for it.
  void claim_means(const Record& record, const std::vector<Quantity>& quantities,
                   const Styles& series, const Bands& bands);

  /// The value of a claim, the greatest of several, for a title; "–" where it was not made.
  std::string claimed(const std::string& text, Digits digits = Digits::decimals(2)) const;
  /// The setting is another than the standard one, though no option says so.
  void only_show() { standard_ = false; }

  /// Draws name.svg and name.png, and in the terminal with --chart terminal; every point and every
  /// cell of a heat map goes to name.csv first. A number in a title must be one that is drawn or
  /// claimed.
  void chart(Figure figure, const std::string& name);
  /// Writes the text as DIR/NN_name/name.
  void file(const std::string& name, std::string_view text);
  /// Names a file the body wrote into folder() itself.
  void wrote(const std::string& file);
  /// What the report suggests to run next.
  void try_next(std::string command) { try_next_ = std::move(command); }
  /// What runs backward from here on is none of the lesson's steps.
  void no_more_steps();
  /// With --live: shows the figure in the window, or in the terminal where there is none. It is
  /// made only then.
  void live(const std::function<Figure()>& make);

 private:
  bool parse(int argc, char* argv[]);  // false: --help
  void prepare();
  /// Of --step and --trace.
  bool looks_backward() const { return step_ || !trace_file_.empty(); }
  void look_backward();  // from here on
  struct SeenEnough {};  // thrown where the person ends it: the lesson has no claims then
  void ask();
  void say_there_is_no_live_figure();  // once
  int refused(const std::string& why) const;
  int ended(const std::string& why) const;
  bool report();  // whether everything holds
  void report_predictions(const std::vector<std::string>& lines);
  void write_run(bool holds, const std::vector<std::string>& predicted);
  void make_page() const;  // index.html, where lessons/run asks for it

  std::string name_;
  std::string about_;
  std::shared_ptr<boost::program_options::options_description> own_;

  Communicator* processes_ = &one_process();
  std::uint64_t seed_ = 42;
  Index seeds_ = 1, quick_at_most_ = 1;
  std::string out_ = "out";
  bool quick_ = false, predict_ = false, live_ = false, step_ = false, check_finite_ = false;
  long long threads_ = 0;
  std::string charts_ = "files";
  std::string class_file_, trace_file_;
  bool standard_ = true;  // every option that changes what is measured has its default

  std::string command_;                       // what repeats the run
  std::map<std::string, std::string> given_;  // every option's value
  std::string setting_, pale_;                // the second for charts that have bands
  std::filesystem::path folder_;
  std::vector<Claim> claims_;
  std::vector<Question> questions_;
  Predictions predictions_;
  unsigned passes_ = 0;  // backward, that were looked at
  std::vector<std::pair<std::string, Figure>> drawn_;
  std::vector<std::string> files_;
  std::string problem_;  // why pictures are missing
  std::string try_next_;
  bool lived_ = false;  // there was a live figure, or it was said that there is none
  std::unique_ptr<LiveWindow> window_;
  std::chrono::steady_clock::time_point drawn_live_;
};

}  // namespace evenkeel::lesson
