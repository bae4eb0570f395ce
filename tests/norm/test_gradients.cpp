// Every norm, every option: the full Jacobian by x, gamma and beta.
#include <vector>

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/norm/layer_norm.hpp"
#include "evenkeel/norm/normalize.hpp"
#include "evenkeel/norm/rms_norm.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "support.hpp"

using namespace evenkeel;
using namespace evenkeel_test;

namespace {

// In float the differences need a step of 2⁻⁷; this eps keeps a tile of two close values from being
// curved on that scale.
constexpr double eps = sizeof(Scalar) == sizeof(double) ? 1e-5 : 0.5;

// x (rows × cols), gamma and beta (channels × 1), all random; both kernels.
void check(Shape shape, Index channels, const CheckedFunction& f) {
  for (Kernels which : {Kernels::plain, Kernels::fast}) {
    const WithKernels scope(which);
    const GradientReport report =
        gradient_check(f, {random_matrix(shape.rows, shape.cols, 21) * 2 + 1,
                           random_matrix(channels, 1, 22), random_matrix(channels, 1, 23)});
    BOOST_CHECK_MESSAGE(report.passed(), to_string(report));
  }
}

using In = std::span<const Var>;

}  // namespace

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(gradients)

BOOST_AUTO_TEST_CASE(normalize_over_every_kind_of_tile) {
  for (Tile tile : {Tile{6, 1}, Tile{2, 1}, Tile{1, 4}, Tile{3, 4}, Tile{6, 4}, Tile{2, 2}}) {
    for (Centering centering : {Centering::subtract_mean, Centering::keep_mean}) {
      check({6, 4}, 6, [&](Tape&, In in) { return normalize(in[0], tile, centering, eps); });
    }
  }
}

BOOST_AUTO_TEST_CASE(layer) {
  for (Shape shape : {Shape{5, 3}, Shape{7, 1}, Shape{2, 4}}) {
    check(shape, shape.rows, [](Tape&, In in) { return layer_norm(in[0], {in[1], in[2]}, 1e-3); });
  }
  check({5, 3}, 5, [](Tape&, In in) { return layer_norm(in[0], {in[1], {}}); });
  check({5, 3}, 5, [](Tape&, In in) { return layer_norm(in[0]); });
}

BOOST_AUTO_TEST_CASE(rms) {
  for (Shape shape : {Shape{5, 3}, Shape{7, 1}, Shape{1, 4}, Shape{1, 1}}) {
    check(shape, shape.rows, [](Tape&, In in) { return rms_norm(in[0], {in[1], {}}, eps); });
  }
}

BOOST_AUTO_TEST_CASE(group) {
  check({6, 4}, 6, [](Tape&, In in) { return group_norm(in[0], 2, 6, {in[1], in[2]}); });
  check({12, 3}, 4, [](Tape&, In in) { return group_norm(in[0], 2, 4, {in[1], in[2]}); });
  check({4, 6}, 4, [](Tape&, In in) { return group_norm(in[0], 2, 4, {in[1], in[2]}, 1e-5, 3); });
}

BOOST_AUTO_TEST_CASE(instance) {
  check({12, 3}, 3, [](Tape&, In in) { return instance_norm(in[0], 3, {in[1], in[2]}); });
  check({3, 8}, 3, [](Tape&, In in) { return instance_norm(in[0], 3, {in[1], in[2]}, 1e-5, 4); });
}

BOOST_AUTO_TEST_CASE(batch_in_training) {
  check({4, 6}, 4, [](Tape&, In in) { return batch_norm(in[0], 4, {in[1], in[2]}); });
  check({8, 3}, 2, [](Tape&, In in) { return batch_norm(in[0], 2, {in[1], in[2]}); });
  check({1, 5}, 1, [](Tape&, In in) { return batch_norm(in[0], 1, {in[1], in[2]}); });
}

BOOST_AUTO_TEST_CASE(batch_in_evaluation) {
  RunningStats running(3, 0.1);
  running.update(random_matrix(3, 1), arma::square(random_matrix(3, 1)), 8);
  check({6, 4}, 3, [&](Tape&, In in) { return batch_norm_eval(in[0], running, {in[1], in[2]}); });
}

// Two norms in a row: an error in the first one's dx cannot hide behind a cotangent.
BOOST_AUTO_TEST_CASE(a_norm_upstream_of_a_norm) {
  check({5, 4}, 5, [](Tape&, In in) {
    return batch_norm(layer_norm(in[0], {in[1], in[2]}, eps), 5, {in[1], in[2]}, eps);
  });
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
