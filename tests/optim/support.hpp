#pragma once
// The problem of tests/reference/optim.json: Σ ½ a (w − b)² + 0.025 w⁴ over a matrix and a vector.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evenkeel/core/parameter.hpp"
#include "reference/reference_dir.hpp"  // made by Meson
#include "says.hpp"

namespace evenkeel_test {

inline const nlohmann::json& optim_reference() {
  static const nlohmann::json read =
      nlohmann::json::parse(std::ifstream(EVENKEEL_REFERENCE_DIR "/optim.json"));
  return read;
}

inline evenkeel::Matrix matrix_of(const nlohmann::json& numbers) {
  const std::vector<double> data = numbers;
  evenkeel::Matrix m(3, data.size() / 3);  // a 3×2 matrix and a vector of 3
  for (evenkeel::Index i = 0; i < m.n_elem; ++i) m[i] = static_cast<evenkeel::Scalar>(data[i]);
  return m;
}

struct Problem {
  evenkeel::Parameter matrix{start("matrix"), "matrix"};
  evenkeel::Parameter vector{start("vector"), "vector"};

  static evenkeel::Matrix start(const std::string& name) {
    return matrix_of(optim_reference()["problem"][name]["start"]);
  }

  void compute_gradients() {
    for (evenkeel::Parameter* p : {&matrix, &vector}) {
      const nlohmann::json& coefficients = optim_reference()["problem"][p->name];
      const evenkeel::Matrix a = matrix_of(coefficients["a"]), b = matrix_of(coefficients["b"]);
      p->gradient = a % (p->value - b) + evenkeel::Scalar(0.1) * arma::pow(p->value, 3);
      p->has_gradient = true;
    }
  }
};

}  // namespace evenkeel_test
