#include "evenkeel/norm/tile.hpp"

#include "support.hpp"

using namespace evenkeel;
using evenkeel_test::check_error;

BOOST_AUTO_TEST_SUITE(norm)
BOOST_AUTO_TEST_SUITE(tile)

BOOST_AUTO_TEST_CASE(tiles_of_the_norms) {
  const Shape images{6 * 4, 10};  // 6 channels × 4 positions, 10 samples
  BOOST_TEST((layer_tile(images) == Tile{24, 1}));
  BOOST_TEST((group_tile(images, 3) == Tile{8, 1}));
  BOOST_TEST((instance_tile(images, 6) == Tile{4, 1}));
  BOOST_TEST((batch_tile(images, 6) == Tile{4, 10}));
  BOOST_TEST((group_tile({6, 10}, 3, 5) == Tile{2, 5}));  // 2 sequences of 5 tokens
}

BOOST_AUTO_TEST_CASE(mean_of_each_tile_and_back) {
  const Matrix x = {{1, 3, 10, 30}, {5, 7, 20, 40}};
  const Matrix mean = tile_mean(x, {2, 2});
  BOOST_TEST(mean.n_rows == 1u);
  BOOST_TEST(mean.n_cols == 2u);
  BOOST_TEST(mean(0, 0) == Scalar{4});
  BOOST_TEST(mean(0, 1) == Scalar{25});
  const Matrix filled = broadcast(mean, {2, 2});
  BOOST_TEST(filled.n_rows == 2u);
  BOOST_TEST(filled.n_cols == 4u);
  BOOST_TEST(filled(1, 1) == Scalar{4});
  BOOST_TEST(filled(0, 2) == Scalar{25});
}

BOOST_AUTO_TEST_CASE(a_tile_that_does_not_divide_is_an_error) {
  check_error(
      [] {
        tile_grid("normalize", {64, 100}, {3, 1});
      },
      "[normalize] a tile of 3×1 does not divide x (64×100)");
  check_error([] { tile_grid("normalize", {64, 100}, {0, 1}); }, "a tile of 0×1");
  check_error([] { group_tile({64, 100}, 7); }, "[group_norm] 64 rows cannot be cut into 7 groups");
  check_error(
      [] {
        instance_tile({64, 100}, 64, 3);
      },
      "[instance_norm] 100 columns cannot be cut into 3 tokens a sequence");
  check_error([] { batch_tile({64, 100}, 0); }, "cannot be cut into 0 channels");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
