#pragma once
// SyncBatchNorm as it went wrong: four processes of 8, 8, 8 and fewer samples.
//
//   forward    mean and E[x²] of the processes averaged, as if all had the same count
//   backward   mean(dy) and mean(dy ⊙ x̂) of the processes averaged (pytorch/pytorch #36382)
//   after      each backward from the mean loss of its own n samples, gradients weighted by n/N
//              afterwards: dx of one process holds the others' dy, which n/N does not mend
//   sums       counts and sums travel: right

#include "evenkeel/norm/batch_norm.hpp"
#include "lab.hpp"
#include "machines.hpp"

namespace evenkeel::lesson {

inline const Quantity wrong{"wrong", "samples of the last process, beside 8, 8, 8",
                            "relative error"};
inline const Styles mistakes = {{"forward", "means averaged, forward", colour::batch},
                                {"backward", "means averaged, backward", colour::none},
                                {"after", "gradients weighted after backward", colour::instance},
                                {"sums", "sums and counts", colour::layer}};

/// The mean of each process's columns; n: how many each has.
inline Matrix means_of(const Matrix& x, const arma::uvec& n) {
  Matrix means(x.n_rows, n.n_elem);
  for (Index i = 0, first = 0; i < n.n_elem; first += n[i++])
    means.col(i) = arma::mean(x.cols(first, first + n[i] - 1), 1);
  return means;
}

/// Batches from N(0, 1) on shards of unequal size, each mistake against one process with all.
inline void go_wrong(const std::string&, std::uint64_t seed, Record& record) {
  Random random(seed);
  for (arma::uword last : {1, 2, 3, 4, 6, 8}) {
    const arma::uvec n = {8, 8, 8, last};
    const Index all = arma::accu(n), features = 4'000;
    const Matrix x = random.normal(features, all), dy = random.normal(features, all);
    Matrix share(features, all);  // of its process in the batch: n/N
    for (Index i = 0; i < all; ++i) share.col(i).fill(Scalar(i < 24 ? 8 : last) / Scalar(all));
    const Matrix by_count = arma::conv_to<Matrix>::from(n) / Scalar(all),
                 equal(4, 1, arma::fill::value(0.25));
    const auto add = [&](const char* mistake, const Matrix& got, const Matrix& right) {
      record.add(wrong, mistake, double(last),
                 arma::norm(got - right, "fro") / arma::norm(right, "fro"));
    };
    Tape tape;
    const Var in = tape.variable(x), out = batch_norm(in, features, {}, 0);
    const Matrix mean = means_of(x, n) * equal;
    const Matrix variance = arma::mean(means_of(x % x, n), 1) - mean % mean;
    const Tile row{1, all};
    const Matrix y = (x - broadcast(mean, row)) / broadcast(arma::sqrt(variance), row);
    add("forward", y, out.value());

    tape.backward(out, dy);
    const Matrix dx = in.gradient() + 0;  // a copy: backward will run again
    const Matrix rstd = 1 / arma::stddev(x, 1, 1), &xhat = out.value();
    const Matrix s1 = means_of(dy, n), s2 = means_of(dy % xhat, n);
    const auto dx_by = [&](const Matrix& weights) -> Matrix {  // of the processes, 4 × 1
      const Matrix mean_dy = s1 * weights, mean_dy_xhat = s2 * weights;
      return (dy - broadcast(mean_dy, row) - xhat % broadcast(mean_dy_xhat, row)) %
             broadcast(rstd, row);
    };
    add("backward", dx_by(equal), dx);
    add("sums", dx_by(by_count), dx);
    tape.backward(out, Matrix(dy / share));  // each from the mean over its own samples
    add("after", in.gradient() % share, dx);
  }
}

/// Table, claims and chart.
inline void show_mistakes(Lesson& lesson) {
  const Record record = lesson.over_seeds({"mistakes"}, go_wrong, {}, "mistakes");
  const auto theory = [](const char* mistake, double last) {
    return error_of(mistake, {8, 8, 8, last});
  };
  const auto near = [&](const char* mistake, double sd) {
    return mean_near(theory(mistake, 1), sd, fmt::format("theory {:.3f}", theory(mistake, 1)));
  };
  const std::string first_order = fmt::format("theory, first order, {:.4f}", theory("forward", 6));
  const Bands known = {
      {"relative error, means averaged, forward, 6", between(0.0268, 0.0285, first_order)},
      {"relative error, means averaged, backward, 1", near("backward", 0.0046)},
      {"relative error, gradients weighted after backward, 1", near("after", 0.0051)},
      {"relative error, sums and counts, 1", between(0, 1e-6, "rounding in float")}};
  print_table(record, wrong, mistakes, Line::mean);
  lesson.claim_means(record, {wrong}, mistakes, known);
  Chart unequal = chart_of(record, wrong, mistakes, Line::mean, Axis::linear);
  unequal.title = fmt::format("One sample beside 8, 8, 8: averaged means make dx wrong by {}",
                              lesson.claimed("relative error, means averaged, backward, 1"));
  unequal.subtitle = "N(0, 1), 4,000 features; dashed: theory";
  for (const char* mistake : {"forward", "backward", "after"})
    add_theory(unequal, "", {1, 2, 3, 4, 6, 8}, [&](double n) { return theory(mistake, n); });
  lesson.chart(unequal, "unequal");
}

}  // namespace evenkeel::lesson
