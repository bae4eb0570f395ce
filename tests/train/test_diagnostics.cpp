#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "evenkeel/train/diagnostics.hpp"
#include "says.hpp"
#include "scratch.hpp"
#include "train/support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

// tanh(W x), then relu of what is never positive in unit 0, then the logits.
struct Instrumented final : Layer {
  LinearLayer first, last;
  Parameter dying{Matrix(8, 1, arma::fill::zeros)};
  explicit Instrumented(Random random = Random(5)) : first(20, 8, random), last(8, 3, random) {
    dying.value(0, 0) = -100;
  }
  Var operator()(Var x) override {
    const Var h = tanh(first(x)).label("h.tanh");
    return last(relu(h + x.tape().parameter(dying)));
  }
  void members(Members& m) override {
    m.module("first", first);
    m.parameter("dying", dying);
    m.module("last", last);
  }
};

const Samples samples = clusters(64, 1);

std::size_t lines_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(stream), {}, '\n'));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(train)
BOOST_AUTO_TEST_SUITE(diagnostics)

BOOST_AUTO_TEST_CASE(layers_are_what_comes_out_of_activation_functions) {
  Instrumented model;
  Sgd optimizer(model.parameters(), {.learning_rate = 0.1});
  Trainer trainer(model, optimizer, {.progress = nullptr});
  Diagnostics diagnostics({.every = 2});
  trainer.observe(diagnostics);
  const Matrix h = arma::tanh(model.first.weight.value * samples.x);  // the bias starts at 0
  for (int i = 0; i < 3; ++i) trainer.step(samples.x, samples.labels);

  const auto& looks = diagnostics.looks();
  BOOST_TEST_REQUIRE(looks.size() == 4u);  // steps 0 and 2, two layers
  BOOST_TEST(looks[0].layer == "h.tanh");
  BOOST_TEST(looks[1].layer == "relu 2");  // without a label: the second on the tape
  BOOST_TEST(looks[2].step == 2u);
  BOOST_TEST(looks[0].activation.sigma == arma::stddev(arma::vectorise(h), 1),
             boost::test_tools::tolerance(1e-5));  // float tanh differs in the last bits
  Index flat = 0;
  for (const Scalar entry : h) flat += std::abs(entry) > Scalar(0.97);
  BOOST_TEST(flat > 0u);
  BOOST_TEST(looks[0].saturated == static_cast<double>(flat) / static_cast<double>(h.n_elem));
  BOOST_TEST(std::isnan(looks[1].saturated));
  BOOST_TEST(looks[0].dead == 0);
  BOOST_TEST(looks[1].dead == 1.0 / 8);
  BOOST_TEST(looks[0].gradient.sigma > 0);
  BOOST_TEST(diagnostics.losses().size() == 3u);
  BOOST_TEST(diagnostics.histograms().size() == 4u);  // of the last look alone
  const Histogram& of_h = diagnostics.histograms()[0].histogram;
  BOOST_TEST_REQUIRE(of_h.density.size() == 80u);
  double area = 0;
  for (std::size_t bin = 0; bin < 80; ++bin) {
    area += of_h.density[bin] * (of_h.edges[bin + 1] - of_h.edges[bin]);
  }
  BOOST_TEST(std::abs(area - 1) < 1e-12);
  BOOST_TEST((of_h.edges[0] >= -1 && of_h.edges[80] <= 1));  // tanh's
}

BOOST_AUTO_TEST_CASE(layers_may_be_named_by_their_labels) {
  SmallClassifier model(20, 3);
  Sgd optimizer(model.parameters(), {.learning_rate = 0.1});
  Trainer trainer(model, optimizer, {.progress = nullptr});
  Diagnostics diagnostics({.layers = {"h*", "logits"}});
  trainer.observe(diagnostics);
  trainer.step(samples.x, samples.labels);
  BOOST_TEST_REQUIRE(diagnostics.looks().size() == 3u);
  BOOST_TEST(diagnostics.looks()[0].layer == "h.pre");
  BOOST_TEST(diagnostics.looks()[2].layer == "logits");
}

BOOST_AUTO_TEST_CASE(the_first_update_of_adam_is_its_learning_rate_for_every_weight_that_lives) {
  Instrumented model;
  Adam optimizer(model.parameters(), {.learning_rate = 1e-3});
  Trainer trainer(model, optimizer, {.progress = nullptr});
  Diagnostics diagnostics;
  trainer.observe(diagnostics);
  const Matrix before = model.first.weight.value;
  trainer.step(samples.x, samples.labels);
  const auto& updates = diagnostics.updates();
  BOOST_TEST_REQUIRE(updates.size() == 2u);  // matrices only: no bias
  BOOST_TEST(updates[0].parameter == "first.weight");
  BOOST_TEST(updates[1].parameter == "last.weight");
  // Adam's first step is rate · g / (|g| + 1e-8): one size for all weights, but those of the dead
  // unit, row 0, get no gradient. The float weights near 0.2 are rounded by 1e-8.
  Matrix step(8, 20, arma::fill::zeros);
  const Matrix moved = model.first.weight.value - before;
  for (Index i = 0; i < step.n_elem; ++i) {
    if (i % 8 != 0) step[i] = moved[i] > 0 ? Scalar(1e-3) : Scalar(-1e-3);
  }
  const double expected =
      arma::stddev(arma::vectorise(step), 1) / arma::stddev(arma::vectorise(before), 1);
  BOOST_TEST(updates[0].ratio == expected, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(the_panel_and_its_numbers_are_files) {
  const evenkeel_test::Scratch folder;
  Instrumented model;
  Sgd optimizer(model.parameters(), {.learning_rate = 0.1});
  Trainer trainer(model, optimizer, {.progress = nullptr});
  Diagnostics diagnostics({.every = 1, .bins = 10});
  trainer.observe(diagnostics);
  for (int i = 0; i < 3; ++i) trainer.step(samples.x, samples.labels);
  BOOST_TEST(diagnostics.figure().panels.size() == 6u);
  const ChartResult result = diagnostics.write(folder.path(), "panel");
  for (const std::filesystem::path& file : result.files) BOOST_TEST(std::filesystem::exists(file));
  BOOST_TEST((result.drawn() ? result.files.size() == 2u : result.files.empty()));
  BOOST_TEST(lines_in(folder / "panel_steps.csv") == 4u);
  BOOST_TEST(lines_in(folder / "panel_layers.csv") == 7u);
  BOOST_TEST(lines_in(folder / "panel_updates.csv") == 7u);
  BOOST_TEST(lines_in(folder / "panel_histograms.csv") == 41u);
}

std::vector<std::string> column_of(const std::filesystem::path& file, const std::string& name) {
  std::ifstream stream(file);
  std::vector<std::string> column;
  std::ptrdiff_t at = -1;
  for (std::string line; std::getline(stream, line);) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == ',') {
        cells.emplace_back();
      } else {
        cells.back() += c;
      }
    }
    if (at < 0) {
      at = std::find(cells.begin(), cells.end(), name) - cells.begin();
    } else {
      column.push_back(cells.at(static_cast<std::size_t>(at)));
    }
  }
  return column;
}

BOOST_AUTO_TEST_CASE(where_there_is_no_number_the_cell_is_empty) {
  const auto folder = std::filesystem::temp_directory_path() / "evenkeel_diagnostics_empty_test";
  std::filesystem::create_directories(folder);
  Instrumented model;
  model.last.weight.value.zeros();  // σ(w) is 0 before the first step
  Sgd optimizer(model.parameters(), {.learning_rate = 0.1});
  Trainer trainer(model, optimizer, {.progress = nullptr});
  Diagnostics diagnostics({.every = 1});
  trainer.observe(diagnostics);
  for (int i = 0; i < 2; ++i) trainer.step(samples.x, samples.labels);
  BOOST_TEST_REQUIRE(diagnostics.updates().size() == 4u);
  BOOST_TEST(std::isinf(diagnostics.updates()[1].ratio));
  const std::vector<std::filesystem::path> files = diagnostics.write_numbers(folder, "panel");
  BOOST_TEST(files.size() == 4u);
  for (const std::filesystem::path& file : files) BOOST_TEST(std::filesystem::exists(file));
  BOOST_TEST(!std::filesystem::exists(folder / "panel.svg"));

  const std::vector<std::string> ratio = column_of(folder / "panel_updates.csv", "ratio");
  BOOST_TEST_REQUIRE(ratio.size() == 4u);  // first.weight, last.weight, and again in step 1
  BOOST_TEST(ratio[1] == "");
  BOOST_TEST(std::stod(ratio[3]) == diagnostics.updates()[3].ratio);
  const std::vector<std::string> saturated = column_of(folder / "panel_layers.csv", "saturated");
  BOOST_TEST_REQUIRE(saturated.size() == 4u);  // tanh, relu, and again in step 1
  BOOST_TEST(std::stod(saturated[0]) == diagnostics.looks()[0].saturated);
  BOOST_TEST(saturated[1] == "");
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_shown_is_an_error) {
  BOOST_CHECK_EXCEPTION(Diagnostics({.every = 0}), Error, says("every must be at least 1"));
  BOOST_CHECK_EXCEPTION(Diagnostics({.bins = 0}), Error, says("bins must be at least 1"));
  BOOST_CHECK_EXCEPTION(Diagnostics().figure(), Error, says("no step was looked at"));

  Random random(1);
  LinearLayer linear(20, 3, random);
  Sgd optimizer(linear.parameters(), {.learning_rate = 0.1});
  Trainer trainer(linear, optimizer, {.progress = nullptr});
  Diagnostics diagnostics;
  trainer.observe(diagnostics);
  BOOST_CHECK_EXCEPTION(trainer.step(samples.x, samples.labels), Error,
                        says("no activation function on the tape"));
  Diagnostics named({.layers = {"h*"}});
  Trainer other(linear, optimizer, {.progress = nullptr});
  other.observe(named);
  BOOST_CHECK_EXCEPTION(other.step(samples.x, samples.labels), Error,
                        says("no node on the tape is labelled 'h*'"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
