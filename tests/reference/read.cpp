#include "reference/reference.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "reference/reference_dir.hpp"  // made by Meson

namespace evenkeel::reference {
namespace {

using nlohmann::json;

Matrix matrix(const json& from) {
  const std::vector<double> data = from.at("data").get<std::vector<double>>();
  const Index rows = from.at("rows").get<Index>();
  const Index cols = from.at("cols").get<Index>();
  if (data.size() != rows * cols) throw std::runtime_error("a matrix's data is not rows × cols");
  const arma::mat in_double(data.data(), rows, cols);
  return arma::conv_to<Matrix>::from(in_double);
}

std::map<std::string, Matrix> matrices(const json& from) {
  std::map<std::string, Matrix> found;
  for (const auto& [name, value] : from.items()) found[name] = matrix(value);
  return found;
}

Running running(const json& from) {
  return {matrix(from.at("mean")), matrix(from.at("variance"))};
}

Case one_case(const json& from) {
  Case c;
  c.op = from.at("op");
  c.name = from.at("case");
  c.args = from.at("args");
  c.inputs = matrices(from.at("inputs"));
  c.cotangent = matrix(from.at("cotangent"));
  c.output = matrix(from.at("output"));
  c.gradients = matrices(from.at("gradients"));
  c.scale = from.at("scale").get<std::map<std::string, double>>();
  for (const json& batch : from.value("earlier", json::array())) c.earlier.push_back(matrix(batch));
  if (from.contains("running")) {
    c.has_running = true;
    c.before = running(from.at("running").at("before"));
    c.after = running(from.at("running").at("after"));
  }
  return c;
}

}  // namespace

std::vector<Case> read(const std::string& file) {
  const std::string path = std::string(EVENKEEL_REFERENCE_DIR) + "/" + file;
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<Case> cases;
  try {
    const json all = json::parse(in);
    for (const json& entry : all.at("cases")) cases.push_back(one_case(entry));
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}, case {}: {}", path, cases.size(), error.what()));
  }
  return cases;
}

}  // namespace evenkeel::reference
