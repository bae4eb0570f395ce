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

inline double relative(const Matrix& x, const Matrix& right) {
  return arma::norm(x - right, "fro") / arma::norm(right, "fro");
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
    Tape tape;
    const Var in = tape.variable(x), out = batch_norm(in, features, {}, 0);
    const Matrix mean = means_of(x, n) * arma::ones<Matrix>(4, 1) / 4;
    const Matrix variance = arma::mean(means_of(x % x, n), 1) - mean % mean;
    const Tile row{1, all};
    const Matrix y = (x - broadcast(mean, row)) / broadcast(arma::sqrt(variance), row);
    record.add(wrong, "forward", double(last), relative(y, out.value()));

    tape.backward(out, dy);
    const Matrix dx = in.gradient() + 0;  // a copy: backward will run again
    const Matrix rstd = 1 / arma::stddev(x, 1, 1), &xhat = out.value();
    const Matrix s1 = means_of(dy, n), s2 = means_of(dy % xhat, n);
    const auto dx_by = [&](const Matrix& weights) -> Matrix {  // of the processes, 4 × 1
      const Matrix mean_dy = s1 * weights, mean_dy_xhat = s2 * weights;
      return (dy - broadcast(mean_dy, row) - xhat % broadcast(mean_dy_xhat, row)) %
             broadcast(rstd, row);
    };
    record.add(wrong, "backward", double(last),
               relative(dx_by(Matrix(4, 1).fill(Scalar(0.25))), dx));
    const Matrix by_count = arma::conv_to<Matrix>::from(n) / Scalar(all);
    record.add(wrong, "sums", double(last), relative(dx_by(by_count), dx));
    tape.backward(out, Matrix(dy / share));  // each from the mean over its own samples
    record.add(wrong, "after", double(last), relative(in.gradient() % share, dx));
  }
}

/// The same in theory, for many features. With c = 1/p − n/N an averaged mean is wrong by Σ c·(the
/// process's mean), of variance Σ c²/n; of dx N − 2 directions are left. "forward": first order.
inline double theory(const std::string& mistake, double last) {
  const arma::vec n = {8, 8, 8, last};
  const double all = arma::accu(n), averaged = arma::accu(arma::square(0.25 - n / all) / n);
  if (mistake == "forward")
    return std::sqrt(averaged * all / (all - 1) * (1 + (all - 2) / (all + 1) / 2));
  if (mistake == "backward") return std::sqrt(2 * all / (all - 2) * averaged);
  double after = 0;  // here c = (n_i − n_j)/N for what process j does to i
  for (double mine : n) after += mine / all * arma::accu(arma::square((mine - n) / all) / n);
  const double kurtosis = 3 * (all - 1) / (all + 1);  // of x̂
  const double directions =
      1 - 2 / (all - 1) + (all - kurtosis) / (all - 1);  // 1, x̂ on two processes
  return std::sqrt(directions * all / (all - 2) * after);
}

}  // namespace evenkeel::lesson
