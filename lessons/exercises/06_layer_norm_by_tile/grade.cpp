#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::tile_task {

std::string any_tile(Random& random) {
  const TileSize tile{between(random, 2, 4), between(random, 2, 4)};
  const Matrix x =
      draw(random, tile.rows * between(random, 2, 3), tile.cols * between(random, 2, 3));
  const double eps = 0.1 * random.uniform();
  const Matrix got = written<decltype(normalize)>("normalize")(x, tile, eps);
  const auto of = [&](Index rows, Index cols) { return normalized(x, rows, cols, eps); };
  const auto first_mean = [&](const Matrix& y) {
    return number(arma::mean(arma::vectorise(y.submat(0, 0, tile.rows - 1, tile.cols - 1))));
  };
  const std::string where = fmt::format("x is {}, the tile {}×{}", shape(x), tile.rows, tile.cols);
  return judge(
      "y", got, of(tile.rows, tile.cols),
      {{of(1, x.n_cols),
        fmt::format("{}; you still normalize whole rows: the first tile has mean {}, "
                    "it should be 0",
                    where, first_mean(of(1, x.n_cols)))},
       {of(x.n_rows, 1),
        fmt::format("{}; you normalize whole columns: the first tile has mean {}, it "
                    "should be 0",
                    where, first_mean(of(x.n_rows, 1)))},
       {of(tile.rows, x.n_cols),
        fmt::format("{}; you take the tile's rows and all columns: the first "
                    "tile has mean {}, it should be 0",
                    where, first_mean(of(tile.rows, x.n_cols)))},
       {of(x.n_rows, x.n_cols), fmt::format("{}; you take the whole matrix for one tile: the first "
                                            "tile has mean {}, it should be 0",
                                            where, first_mean(of(x.n_rows, x.n_cols)))},
       {of(1, tile.cols), fmt::format("{}; your tiles are one row high: the first row of the first "
                                      "tile has mean 0 by itself",
                                      where)},
       {normalized(x, tile.rows, tile.cols, eps, false, 1),
        fmt::format("{}; your variance divides by n − 1: with eps = {} the spread is {} times what "
                    "it should be",
                    where, number(eps),
                    number(std::sqrt(1 - 1.0 / static_cast<double>(tile.rows * tile.cols))))}},
      {{"x", x}});
}

std::string judge_tile(TileSize got, TileSize right, Index features, Index samples,
                       std::string_view who) {
  if (got.rows == right.rows && got.cols == right.cols) return "";
  std::string text = fmt::format("for {} features × {} samples your tile is {}×{}", features,
                                 samples, got.rows, got.cols);
  if (got.rows * got.cols == 0) return text + ": it holds nothing";
  if (got.rows == right.cols && got.cols == right.rows) {
    return text + ": rows and columns are exchanged, a sample is a column";
  }
  if (got.cols == samples && got.rows == 1) {
    return text + ": that is BatchNorm's, one feature over all samples";
  }
  if (got.cols == samples) {
    return text +
           fmt::format(": it spans all {} samples, and {} takes each by itself", samples, who);
  }
  if (got.cols == 1 && got.rows == features) {
    return text + ": that is LayerNorm's, all features of a sample in one tile";
  }
  if (got.rows == 0 || features % got.rows != 0) return text + ": it does not divide the features";
  return text + fmt::format(", that is {} tiles; there should be {}",
                            features / got.rows * (samples / std::max<Index>(got.cols, 1)),
                            features / right.rows * (samples / right.cols));
}

std::string layer_tile(Random& random) {
  const Index features = between(random, 3, 9);
  const Index samples = between(random, 10, 20);
  const TileSize got = written<decltype(layer_norm_tile)>("layer_norm_tile")(features, samples);
  return judge_tile(got, {features, 1}, features, samples, "LayerNorm");
}

std::string group_tile(Random& random) {
  const Index groups = between(random, 2, 4);
  const Index in_group = groups + between(random, 1, 3);  // not as many as there are groups
  const Index features = groups * in_group;
  const Index samples = between(random, 30, 40);
  const TileSize got =
      written<decltype(group_norm_tile)>("group_norm_tile")(features, samples, groups);
  if (got.rows == groups && got.cols == 1) {
    return fmt::format(
        "your tile has {} rows, one for each of {} groups, so there are {} groups; a "
        "group has features / groups = {} rows",
        groups, groups, in_group, in_group);
  }
  return judge_tile(got, {in_group, 1}, features, samples, "GroupNorm");
}

std::string whole_layer_norm(Random& random) {
  const Index features = between(random, 3, 6);
  const Matrix x = draw(random, features, between(random, 7, 12));
  const Matrix gamma = random.uniform(features, 1, 0.5, 2);
  const Matrix beta = random.normal(features, 1);
  const double eps = 0.1 * random.uniform();
  const Matrix got = written<decltype(layer_norm)>("layer_norm")(x, gamma, beta, eps);
  const auto affine = [&](const Matrix& xhat) {
    const Matrix scaled = xhat.each_col() % gamma;
    return Matrix(scaled.each_col() + beta);
  };
  const Matrix right = affine(normalized(x, features, 1, eps));
  const Matrix batch = affine(normalized(x, 1, x.n_cols, eps));
  const Matrix xhat = normalized(x, features, 1, eps);
  return judge(
      "y", got, right,
      {{batch, fmt::format("that is BatchNorm: xhat's column 0 has mean {}, it should be 0",
                           number(arma::mean(normalized(x, 1, x.n_cols, eps).col(0))))},
       {xhat, fmt::format("gamma and beta have no effect: gamma(0) = {}, beta(0) = {}",
                          number(gamma(0)), number(beta(0)))},
       {right.each_col() - beta,
        "beta is missing: " + fmt::format("row 0 lacks {}", number(beta(0)))},
       {xhat.each_col() + beta, fmt::format("gamma is missing: row 0 of xhat should be {} "
                                            "times as large",
                                            number(gamma(0)))},
       {affine(normalized(Matrix(xhat.each_col() % gamma), features, 1, eps)),
        "you scale by gamma before you normalize"}},
      {{"x", x}});
}

const bool added = add_exercise("06_layer_norm_by_tile", {{4, "normalize, any tile", any_tile},
                                                          {2, "LayerNorm's tile", layer_tile},
                                                          {2, "GroupNorm's tile", group_tile},
                                                          {2, "LayerNorm", whole_layer_norm}});

}  // namespace exercises::tile_task
