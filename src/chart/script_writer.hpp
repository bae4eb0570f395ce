#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel::detail {

/// Writes a gnuplot script that holds its data. The only place that knows gnuplot-iostream, whose
/// header takes seconds to compile.
class ScriptWriter {
 public:
  ScriptWriter();
  ~ScriptWriter();

  /// One line of the script.
  void command(std::string_view line);
  /// A block of data, `$name`, with a line for each entry of the columns, all of one length.
  void data(std::string_view name, const std::vector<std::vector<double>>& columns);

  /// The script so far.
  std::string text();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace evenkeel::detail
