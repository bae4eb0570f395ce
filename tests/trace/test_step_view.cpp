#include "trace/step_view.hpp"

#include <boost/test/unit_test.hpp>

#include "evenkeel/base/terminal.hpp"
#include "evenkeel/ops/elementwise.hpp"
#include "evenkeel/trace/step.hpp"
#include "says.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;
using namespace evenkeel::step;

namespace {

std::string text_of(const Page& page) {
  std::string text;
  for (const Row& row : page) text += plain_text(row) + "\n";
  return text;
}

bool has(const Page& page, const std::string& text) {
  return text_of(page).find(text) != std::string::npos;
}

std::string marked(const Page& page) {  // right of the list
  std::string text;
  for (const Row& row : page) {
    for (std::size_t i = 1; i < row.size(); ++i) {
      if (row[i].ink == Ink::mark) text += "[" + row[i].text + "]";
    }
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace)
BOOST_AUTO_TEST_SUITE(step_view)

BOOST_AUTO_TEST_CASE(every_page_fits_the_terminal) {
  const Trace trace = trace_of_two_layers();
  for (const auto& [width, height] : {std::pair{80, 24}, {40, 10}, {200, 60}, {20, 3}, {5, 1}}) {
    View view(trace);
    for (const char* mode : {"next", "g", "?", "p h1"}) {
      view.command(mode);
      const Page page = view.page(std::size_t(width), std::size_t(height));
      BOOST_TEST(page.size() == std::size_t(height));
      for (const Row& row : page) BOOST_TEST(display_width(plain_text(row)) <= std::size_t(width));
    }
  }
}

BOOST_AUTO_TEST_CASE(all_keys_and_what_is_hidden_are_said_in_80_columns) {
  const Trace trace = trace_of_two_layers();
  View view(trace);
  view.command("/layer_norm");
  const std::string below = plain_text(view.page(80, 10).back());
  BOOST_TEST(below.starts_with("Enter next  ← back"));
  BOOST_TEST(below.find("q end  ↓ ") != std::string::npos);
  BOOST_TEST(below.ends_with(" more"));
}

BOOST_AUTO_TEST_CASE(there_and_back_again_is_the_same_page) {
  const Trace trace = trace_of_two_layers();
  View view(trace);
  std::vector<std::string> pages;
  for (int i = 0; i < 100; ++i) {
    const std::string page = text_of(view.page(80, 24));
    if (page.find("step 1 of") == std::string::npos || pages.empty()) pages.push_back(page);
    const Place before = view.place();
    view.command("next");
    if (before.node == view.place().node && before.line == view.place().line &&
        before.backward == view.place().backward) {
      pages.pop_back();
      break;
    }
  }
  // 3 leaves and W twice have a line each; linear 2, layer_norm 5, relu 2; back 1 + 1 + 1 + 6 + 1
  BOOST_TEST(view.place().backward);
  BOOST_TEST(view.place().node == 2u);
  while (!pages.empty()) {
    view.command("back");
    BOOST_REQUIRE(text_of(view.page(80, 24)) == pages.back());
    pages.pop_back();
  }
  BOOST_TEST(view.place().node == 0u);
}

BOOST_AUTO_TEST_CASE(the_current_line_and_its_term_are_marked) {
  const Trace trace = trace_of_two_layers();
  View view(trace);
  view.command("/layer_norm");
  BOOST_TEST(marked(view.page(120, 40)) == "[mean][▶ mean = mean(x)]");
  view.command("b");
  for (int i = 0; i < 3; ++i) view.command("next");
  BOOST_TEST(marked(view.page(120, 40)) == "[mean(dxhat)][▶ mean_dxhat = mean(dxhat)]");
}

BOOST_AUTO_TEST_CASE(from_pass_to_pass) {
  const Trace trace = trace_of_two_layers();
  View view(trace);
  view.command("f");
  BOOST_TEST(view.place().node == 2u);  // the first op
  view.command("f");
  BOOST_TEST(view.place().node == 5u);
  view.command("b");
  BOOST_TEST(view.place().node == 5u);
  BOOST_TEST(view.place().backward);
  view.command("b");
  BOOST_TEST(view.place().node == 2u);
  view.command("b");
  BOOST_TEST(has(view.page(80, 24), "backward ends here"));
  view.command("f");
  BOOST_TEST(view.place().node == 2u);
  BOOST_TEST(!view.place().backward);
  view.command("first");
  view.command("b");  // from a leaf: to where backward begins
  BOOST_TEST(view.place().node == 9u);
}

BOOST_AUTO_TEST_CASE(finding_and_showing) {
  const Trace trace = trace_of_two_layers();
  View view(trace);
  view.command("/h2");
  BOOST_TEST(view.place().node == 9u);
  view.command("p h1");
  BOOST_TEST(has(view.page(120, 24), "gradient"));
  BOOST_TEST(has(view.page(120, 24), "6 relu h1"));
  BOOST_TEST(view.place().node == 9u);
  view.command("next");  // back to the steps, without one
  BOOST_TEST(view.place().node == 9u);
  view.command("/nothing");
  BOOST_TEST(has(view.page(80, 24), "no label and no op has 'nothing' in it"));
  view.command("z");
  BOOST_TEST(has(view.page(80, 24), "? lists them"));
}

BOOST_AUTO_TEST_CASE(cells_are_shaded_by_size_and_sign) {
  Tape tape;
  tape.constant(Matrix{{4, -4, 1, 0, std::numeric_limits<Scalar>::quiet_NaN()}});
  const Trace trace = trace_of(tape);
  std::vector<int> shades;
  for (const Row& row : pane_of_node(trace, 0, 80)) {
    for (const Piece& piece : row) {
      if (piece.ink == Ink::cell) shades.push_back(piece.shade);
    }
  }
  BOOST_TEST((shades == std::vector<int>{4, -4, 1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(entries_stand_in_their_rows_and_what_is_cut_is_said) {
  Tape tape;
  tape.constant(Matrix{{1, 2}, {3, 4}});
  tape.constant(Matrix(40, 30, arma::fill::ones));
  const Trace trace = trace_of(tape, "", 5);
  BOOST_TEST(text_of(pane_of_node(trace, 0, 80))
                 .find("         1          2\n"
                       "         3          4\n") != std::string::npos);
  BOOST_TEST(has(pane_of_node(trace, 1, 80), "rows 1 to 5 of 40, columns 1 to 5 of 30"));
}

BOOST_AUTO_TEST_CASE(backward_shows_dy_the_inputs_and_the_output) {
  Tape tape;
  const Var x = tape.variable(Matrix{{2, 3}});
  tape.backward(square(x).label("s"), Matrix{{5, 7}});
  const Trace trace = trace_of(tape);
  View view(trace);
  view.command("b");
  const std::string text = text_of(pane_of(trace, view.place(), 80));
  for (const char* part :
       {"dx  1×2  mean 31  σ 11  min 20  max 42\n        20         42\n",
        "dy, from above  1×2  mean 6  σ 1  min 5  max 7\n         5          7\n",
        "x, node 0 variable  1×2  mean 2.5  σ 0.5  min 2  max 3\n",
        "y, the output  1×2  mean 6.5  σ 2.5  min 4  max 9\n"}) {
    BOOST_TEST(text.find(part) != std::string::npos, part << " is missing in\n" << text);
  }
}

BOOST_AUTO_TEST_CASE(as_text_every_step_is_there) {
  const std::string text = steps_as_text(trace_of_two_layers());
  for (const char* line : {"\n5 layer_norm, forward\n", "  mean = mean(x)   (of each tile)\n",
                           "\n6 relu h1, backward\n",
                           "  dx = rstd ⊙ (dxhat − mean(dxhat) − xhat ⊙ mean(dxhat ⊙ xhat))\n"}) {
    BOOST_TEST(text.find(line) != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_tape_is_refused) {
  BOOST_CHECK_EXCEPTION(View(Trace{}), Error, says("the tape is empty"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
