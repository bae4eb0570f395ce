// What is said, as JSON and in words; and the table of mistakes.

#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>

#include "generate.hpp"
#include "mistakes.hpp"

using namespace evenkeel_test;
using evenkeel::audit::Evidence;
using evenkeel::audit::Verdict;

BOOST_AUTO_TEST_SUITE(audit)

namespace {

struct Said {
  nlohmann::ordered_json json;
  std::string text;
};

Said said(const evenkeel::TensorFile& file) {
  const Evidence evidence = evenkeel::audit::evidence_of(file, "a file");
  const Verdict verdict = evenkeel::audit::audit(evidence);
  return {to_json(evidence, verdict), to_text(evidence, verdict)};
}

using Axes = std::vector<int>;

}  // namespace

BOOST_AUTO_TEST_CASE(json_has_norm_axes_right_mistakes_figures) {
  const nlohmann::ordered_json json = said(generate({"batch_norm", {3, 4, 5, 2}})).json;
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  BOOST_TEST(keys == (std::vector<std::string>{"norm", "axes", "right", "mistakes", "figures"}),
             boost::test_tools::per_element());
  BOOST_TEST(json["norm"] == "batch_norm");
  BOOST_TEST(json["axes"].get<Axes>() == (Axes{0, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(json["right"].get<bool>());
  BOOST_TEST(json["mistakes"].empty());
  BOOST_TEST(json["figures"]["eps"].get<double>() == 1e-5);
}

BOOST_AUTO_TEST_CASE(axes_are_those_that_the_numbers_show) {
  const auto axes = [](const Case& wanted) {
    return said(generate(wanted)).json["axes"].get<Axes>();
  };
  const Shape shape = {3, 4, 5};
  const auto same = boost::test_tools::per_element();
  BOOST_TEST(axes({"layer_norm", {6, 8}}) == (Axes{1}), same);
  BOOST_TEST(axes({"layer_norm", shape}) == (Axes{2}), same);
  BOOST_TEST(axes({"rms_norm", shape}) == (Axes{2}), same);
  BOOST_TEST(axes({"instance_norm", shape}) == (Axes{2}), same);
  BOOST_TEST(axes({"group_norm", shape}) == (Axes{1, 2}), same);
  BOOST_TEST(axes({"batch_norm", {6, 8}}) == (Axes{0}), same);
  BOOST_TEST(axes({"layer_norm", {6, 8}, "F64", {"wrong_axis"}}) == (Axes{0}), same);
}

BOOST_AUTO_TEST_CASE(what_is_no_norm_is_said_to_be_none) {
  evenkeel::TensorFile file = generate({.affine = false, .declared = false});
  Numbers y(48);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = 0.1 * static_cast<double>(i * i % 17);
  file.tensors[1] = tensor("y", {6, 8}, y, "F64");
  const Said unknown = said(file);
  BOOST_TEST(unknown.json["norm"].is_null());
  BOOST_TEST(!unknown.json["right"].get<bool>());
  BOOST_TEST(unknown.json["mistakes"][0] == "unexplained");
  file.tensors[1] = tensor("y", {6, 8}, Numbers(48, NAN), "F64");
  BOOST_TEST(said(file).json["mistakes"][0] == "not_finite");
}

BOOST_AUTO_TEST_CASE(words_name_formula_number_and_source) {
  const std::string text = said(generate({.mistakes = {"eps_outside_root"}, .eps = 0.1})).text;
  for (const char* part : {"LayerNorm over dimension 1 of x (6, 8)", "eps_outside_root",
                           "√(σ² + eps)", "the file has y[", "allenai/OLMo #281"}) {
    BOOST_TEST(text.find(part) != std::string::npos, part << " is missing in\n" << text);
  }
  BOOST_TEST(said(generate({})).text.find("Right.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(spellings_of_a_norm) {
  for (const char* spelling : {"LayerNorm", "layer_norm", "layernorm", "layer", "nn.LayerNorm"}) {
    evenkeel::TensorFile file = generate({.mistakes = {"rms_for_layer_norm"}, .mean = 1});
    file.metadata["norm"] = spelling;
    BOOST_TEST(said(file).json["norm"] == "layer_norm");
  }
  evenkeel::TensorFile file = generate({"batch_norm", {3, 4, 5, 2}});
  file.metadata["norm"] = "BatchNorm2d";
  file.metadata["momentum"] = "None";
  BOOST_TEST(said(file).json["norm"] == "batch_norm");
}

BOOST_AUTO_TEST_CASE(the_table_says_of_each_mistake_what_it_is) {
  Ids ids;
  std::size_t with_source = 0;
  for (const evenkeel::audit::Mistake& mistake : evenkeel::audit::mistakes()) {
    BOOST_TEST(ids.insert(std::string(mistake.id)).second, mistake.id << " is there twice");
    BOOST_TEST(!mistake.says.empty());
    BOOST_TEST(!mistake.right.empty());
    BOOST_TEST(!mistake.wrong.empty());
    with_source += !mistake.source.empty();
  }
  BOOST_TEST(with_source >= 20U);
}

BOOST_AUTO_TEST_SUITE_END()
