#include "trace/step_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/trim.hpp>

#include "base/fail.hpp"
#include "evenkeel/base/terminal.hpp"

namespace evenkeel::step {

namespace {

std::vector<Place> places_of(const Trace& trace) {
  std::vector<Place> places;
  for (Index node = 0; node < trace.nodes.size(); ++node) {
    const Index lines = std::max<Index>(1, trace.nodes[node].forward.size());
    for (Index line = 0; line < lines; ++line) places.push_back({node, false, line});
  }
  for (const Index node : trace.backward) {
    for (Index line = 0; line < trace.nodes[node].backward.size(); ++line) {
      places.push_back({node, true, line});
    }
  }
  if (places.empty()) fail("step", "the tape is empty: there is nothing to step through");
  return places;
}

bool fits(const TracedNode& node, std::string_view text) {
  return node.label.find(text) != std::string::npos || node.op.find(text) != std::string::npos;
}

Page help() {
  Page page;
  const std::pair<const char*, const char*> keys[] = {
      {"Enter Space →", "the next step"},
      {"←", "the step before"},
      {"f", "the next op's forward; in backward: this op's forward"},
      {"b", "the next op's backward; in forward: this op's backward"},
      {"Home End", "the first step, the last"},
      {"↑ ↓", "scroll"},
      {"/TEXT", "to the next step of a node whose label or op has TEXT in it"},
      {"pTEXT", "value and gradient of such a node"},
      {"g", "the tape as a graph, and back"},
      {"n", "let the program go on to its next backward pass"},
      {"?", "this page, and back"},
      {"q", "end"},
  };
  page.push_back({{"Keys", Ink::title}});
  for (const auto& [key, what] : keys) {
    page.push_back({{pad_right(key, 14), Ink::mark}, {std::string("  ") + what}});
  }
  page.push_back({});
  page.push_back(
      {{"Numbers are shaded by their size beside the largest of their matrix.", Ink::dim}});
  return page;
}

Row cut(Row row, std::size_t width) {
  std::size_t left = width;
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i].text = fit(row[i].text, left);
    left -= std::min(left, display_width(row[i].text));
    if (left == 0) row.resize(i + 1);
  }
  return row;
}

}  // namespace

std::string plain_text(const Row& row) {
  std::string text;
  for (const Piece& piece : row) text += piece.text;
  return text;
}

std::string name_of(const Trace& trace, Index index) {
  const TracedNode& node = trace.nodes[index];
  return fmt::format("{} {}{}{}", index, node.op, node.label.empty() ? "" : " ", node.label);
}

// What follows the key, without the spaces around it.
static std::string argument_of(std::string_view command) {
  return boost::trim_copy(std::string(command.substr(1)));
}

View::View(const Trace& trace) : trace_(trace), places_(places_of(trace)) {}

void View::command(std::string_view command) {
  message_.clear();
  const Mode before = mode_;
  if (command == "up") return void(scroll_ -= scroll_ > 0);
  if (command == "down") return void(scroll_ += scroll_ < hidden_);
  scroll_ = 0;
  mode_ = Mode::step;
  const Index last = places_.size() - 1;
  if (command == "g") {
    mode_ = before == Mode::graph ? Mode::step : Mode::graph;
    scroll_ = place().node - std::min<std::size_t>(place().node, 5);
    return;
  }
  if (command == "?") return void(mode_ = before == Mode::help ? Mode::step : Mode::help);
  if (command.starts_with('/')) return search(argument_of(command));
  if (command.starts_with('p')) return show_node(argument_of(command));
  if (before != Mode::step && (command == "next" || command == "back")) return;  // to the steps
  if (command == "f" || command == "b") return go_to_pass(command == "b");
  if (command == "next") {
    if (at_ == last) message_ = "this is the last step";
    at_ = std::min(at_ + 1, last);
  } else if (command == "back") {
    if (at_ == 0) message_ = "this is the first step";
    at_ -= at_ > 0;
  } else if (command == "first") {
    at_ = 0;
  } else if (command == "last") {
    at_ = last;
  } else {
    message_ = fmt::format("'{}' is no key here: ? lists them", command);
  }
}

// To the first line of this pass: of the next op, or, coming from the other pass, of this one;
// where the other pass did not come by, to its first op.
void View::go_to_pass(bool backward) {
  const Place here = place();
  const bool stay = here.backward == backward;
  const auto begins_op = [&](const Place& p) {
    return p.backward == backward && p.line == 0 && !trace_.nodes[p.node].leaf;
  };
  const auto is_this = [&](const Place& p) { return begins_op(p) && p.node == here.node; };
  auto found = places_.end();
  if (!stay) found = std::find_if(places_.begin(), places_.end(), is_this);
  if (found == places_.end()) {
    const auto from = places_.begin() + (stay ? static_cast<std::ptrdiff_t>(at_) + 1 : 0);
    found = std::find_if(from, places_.end(), begins_op);
  }
  if (found != places_.end()) {
    at_ = static_cast<Index>(found - places_.begin());
  } else if (!stay) {
    message_ = backward ? "nothing ran backward here" : "there is no op here";
  } else {
    message_ = backward ? "backward ends here" : "forward ends here: b goes on backward";
  }
}

void View::search(std::string_view text) {
  if (text.empty()) return void(message_ = "what for? A label, or an op");
  for (Index i = 1; i <= places_.size(); ++i) {
    const Index k = (at_ + i) % places_.size();
    if (places_[k].line != 0 || !fits(trace_.nodes[places_[k].node], text)) continue;
    at_ = k;
    return;
  }
  message_ = fmt::format("no label and no op has '{}' in it", text);
}

void View::show_node(std::string_view text) {
  if (text.empty()) return void(message_ = "which? A label, or an op");
  for (Index i = 0; i < trace_.nodes.size(); ++i) {
    if (!fits(trace_.nodes[i], text)) continue;
    shown_ = i;
    mode_ = Mode::node;
    return;
  }
  message_ = fmt::format("no label and no op has '{}' in it", text);
}

Row View::heading(std::size_t width) const {
  const Place& p = place();
  const std::string left =
      fmt::format(" {} {}", name_of(trace_, p.node), p.backward ? "· backward" : "· forward");
  const std::string right =
      fmt::format("{}  step {} of {} ", trace_.title, at_ + 1, places_.size());
  const std::size_t room = width - std::min(width, display_width(right));
  return {{pad_right(fit(left, room), room) + right, Ink::title}};
}

// The nodes around the current one; • marks its inputs.
Page View::list(std::size_t width, std::size_t height) const {
  const Index current = place().node, count = trace_.nodes.size();
  const std::vector<Index>& inputs = trace_.nodes[current].inputs;
  const Index half = height / 2;
  const Index first =
      count <= height ? 0 : std::min(current - std::min(current, half), count - height);
  Page page;
  for (Index i = first; i < std::min<Index>(count, first + height); ++i) {
    const bool is_input = std::find(inputs.begin(), inputs.end(), i) != inputs.end();
    const char* sign = i == current ? (place().backward ? "◀" : "▶") : is_input ? "•" : " ";
    const TracedMatrix& value = trace_.nodes[i].value;
    const std::string shape = fmt::format("{}×{}", value.rows, value.cols);
    const std::size_t room = width - std::min(width, display_width(shape) + 3);
    const std::string text =
        fmt::format("{} {} {}", sign, pad_right(fit(name_of(trace_, i), room), room), shape);
    page.push_back({{text, i == current ? Ink::mark : is_input ? Ink::plain : Ink::dim}});
  }
  page.resize(height);
  return page;
}

Page View::pane(std::size_t width) const {
  if (mode_ == Mode::graph) return graph_of(trace_, place().node, width);
  if (mode_ == Mode::help) return help();
  if (mode_ == Mode::node) return pane_of_node(trace_, shown_, width);
  return pane_of(trace_, place(), width);
}

Page View::page(std::size_t width, std::size_t height) const {
  const std::size_t body = height - std::min<std::size_t>(height, 2);
  const bool with_list = mode_ == Mode::step || mode_ == Mode::node;
  const std::size_t list_width = with_list ? std::clamp<std::size_t>(width / 4, 16, 34) : 0;
  const Page left = with_list ? list(list_width, body) : Page(body);
  const std::size_t room = width - std::min(width, with_list ? list_width + 3 : 0);
  const Page right = pane(room);
  const std::size_t hidden = right.size() - std::min(right.size(), body);
  hidden_ = hidden;
  const std::size_t scroll = std::min(scroll_, hidden);

  Page page = {cut(heading(width), width)};
  for (std::size_t i = 0; i < body; ++i) {
    Row row = left[i];
    if (with_list) {
      const std::string text = plain_text(row);
      row.push_back({std::string(list_width - std::min(list_width, display_width(text)), ' ')});
      row.push_back({" │ ", Ink::dim});
    }
    if (i + scroll < right.size()) {
      for (const Piece& piece : cut(right[i + scroll], room)) row.push_back(piece);
    }
    page.push_back(cut(row, width));
  }
  std::string below = "Enter next  ← back  f b pass  /find  g graph  n go on  ? keys  q end";
  if (hidden > scroll) below += fmt::format("  ↓ {} more", hidden - scroll);
  page.push_back({{fit(message_.empty() ? below : message_, width),
                   message_.empty() ? Ink::dim : Ink::plain}});
  page.resize(height);
  return page;
}

}  // namespace evenkeel::step
