#pragma once
// The step view without a terminal: where one stands in a trace, and the page that shows it. The
// terminal (terminal.cpp) paints pages and reads keys; tests read pages.

#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/trace/trace.hpp"

namespace evenkeel::step {

/// One step: a line of a node's formula, forward or backward. A leaf has one, its value.
struct Place {
  Index node = 0;
  bool backward = false;
  Index line = 0;
};

enum class Ink {
  plain,
  dim,
  title,
  mark,  ///< the current line, the current term
  cell,  ///< a number, shaded by its size
};

struct Piece {
  std::string text;
  Ink ink = Ink::plain;
  int shade = 0;  ///< of a cell: −4 to 4, the sign and the size beside the largest of its matrix
};

using Row = std::vector<Piece>;
using Page = std::vector<Row>;

std::string plain_text(const Row& row);

class View {
 public:
  explicit View(const Trace& trace);

  /// next, back, f, b, g, ?, up, down, first, last, /TEXT, p TEXT. What cannot be done leaves the
  /// place as it is and says why in the last row.
  void command(std::string_view command);

  /// Exactly `height` rows of at most `width` columns.
  Page page(std::size_t width, std::size_t height) const;

  const Place& place() const { return places_[at_]; }

 private:
  enum class Mode { step, graph, help, node };
  void go_to_pass(bool backward);
  void search(std::string_view text);
  void show_node(std::string_view text);
  Page list(std::size_t width, std::size_t height) const;
  Page pane(std::size_t width) const;
  Row heading(std::size_t width) const;

  const Trace& trace_;
  std::vector<Place> places_;
  Index at_ = 0;
  Mode mode_ = Mode::step;
  Index shown_ = 0;  // the node of mode `node`
  std::size_t scroll_ = 0;
  mutable std::size_t hidden_ = 0;  // rows that the last page had no room for
  std::string message_;
};

/// What stands right of the list, as many rows as it takes: formula, value, inputs, output.
Page pane_of(const Trace& trace, const Place& place, std::size_t width);
/// A node's value and gradient.
Page pane_of_node(const Trace& trace, Index node, std::size_t width);
/// The tape as a graph in letters, the current node marked.
Page graph_of(const Trace& trace, Index current, std::size_t width);
/// "5 layer_norm h1"
std::string name_of(const Trace& trace, Index node);

}  // namespace evenkeel::step
