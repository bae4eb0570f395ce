#include "wrong_norms.hpp"

#include "common/grade.hpp"

namespace exercises::break_task {
namespace {

using enum NormMistake;

Matrix rows(const Matrix& m, const Matrix& column) {
  return m.each_col() % column;
}

class MistakenNorm final : public NormUnderTest {
 public:
  MistakenNorm(NormMistake mistake, Index features) : mistake_(mistake) {
    gamma = running_var = Matrix(features, 1, arma::fill::ones);
    beta = running_mean = Matrix(features, 1, arma::fill::zeros);
  }

  Matrix train(const Matrix& x) override {
    x_ = x;
    const Matrix y = scaled(normalized_batch(x));
    remember(x);
    return has(rounds_differently) ? Matrix(y * (1 + 1e-12)) : y;
  }

  Matrix evaluate(const Matrix& x) override {
    if (has(evaluates_by_batch)) return scaled(normalized_batch(x));
    const Matrix centered = x.each_col() - running_mean;
    const Matrix y = scaled(rows(centered, reciprocal_root(running_var)));
    if (has(evaluation_updates)) remember(x);
    return y;
  }

  NormGradients backward(const Matrix& dy) override {
    const Matrix xhat = normalized(x_, 1, x_.n_cols, eps);
    const Matrix dxhat = has(dx_without_gamma) ? dy : rows(dy, gamma);
    NormGradients d;
    d.dx = normalized_dx(
        x_, dxhat, 1, x_.n_cols, eps, false,
        {.mean = !has(dx_without_mean_term), .variance = !has(dx_without_variance_term)});
    d.dgamma = arma::sum(dy % (has(dgamma_with_x) ? x_ : xhat), 1);
    d.dbeta = arma::sum(dy, 1);
    if (has(dbeta_mean)) d.dbeta /= static_cast<double>(dy.n_cols);
    if (has(dbeta_from_dx)) d.dbeta = arma::sum(d.dx, 1);
    if (has(dgamma_accumulates)) {
      if (!dgamma_before_.is_empty()) d.dgamma += dgamma_before_;
      dgamma_before_ = d.dgamma;
    }
    return d;
  }

 private:
  bool has(NormMistake mistake) const { return mistake_ == mistake; }

  Matrix reciprocal_root(const Matrix& variance) const {
    if (has(eps_outside_root)) return 1 / (arma::sqrt(variance) + eps);
    return 1 / arma::sqrt(variance + (has(no_eps) ? 0 : eps));
  }

  Matrix normalized_batch(const Matrix& x) const {
    if (has(wrong_axis)) return normalized(x, x.n_rows, 1, eps);
    Matrix mean = arma::mean(x, 1);
    if (has(one_mean_for_all)) mean.fill(arma::mean(arma::vectorise(x)));
    const Matrix centered = x.each_col() - mean;
    Matrix variance = arma::mean(arma::square(centered), 1);
    if (has(variance_n_minus_1)) variance = arma::var(x, 0, 1);
    if (has(cancellation)) {
      variance = arma::clamp(arma::mean(arma::square(x), 1) - arma::square(mean), 0, 1e300);
    }
    return rows(centered, reciprocal_root(variance));
  }

  Matrix scaled(const Matrix& xhat) const {
    if (has(beta_before_gamma)) return rows(Matrix(xhat.each_col() + beta), gamma);
    return (has(gamma_ignored) ? xhat : rows(xhat, gamma)).each_col() + beta;
  }

  void remember(const Matrix& x) {
    const double m = has(momentum_reversed) ? 1 - momentum : momentum;
    const Matrix variance = arma::var(x, has(running_var_biased) ? 1 : 0, 1);
    if (!has(running_mean_stays)) running_mean = (1 - m) * running_mean + m * arma::mean(x, 1);
    running_var = (1 - m) * running_var + m * variance;
  }

  NormMistake mistake_;
  Matrix x_;
  Matrix dgamma_before_;
};

// Everything that can be seen of a norm, by name, in one run.
struct Seen {
  std::string what;
  Matrix value;
};

std::vector<Seen> look_at(NormUnderTest& norm, const Matrix& x, const Matrix& dy) {
  std::vector<Seen> seen;
  seen.push_back({"y in training", norm.train(x)});
  seen.push_back({"running_mean after a batch", norm.running_mean});
  seen.push_back({"running_var after a batch of 6 samples", norm.running_var});
  const NormGradients first = norm.backward(dy);
  const NormGradients again = norm.backward(dy);
  seen.push_back({"dx", first.dx});
  seen.push_back({"dgamma", first.dgamma});
  seen.push_back({"dbeta", first.dbeta});
  seen.push_back({"dgamma of a second backward", again.dgamma});
  seen.push_back({"y in evaluation", norm.evaluate(x + 1)});
  seen.push_back({"running_mean after an evaluation", norm.running_mean});
  return seen;
}

// The settings under which a mistake shows.
struct Setting {
  std::string words;
  double eps = 1e-5;
  double shift = 0;
  bool constant = false;
};

}  // namespace

std::unique_ptr<NormUnderTest> make_norm_with(NormMistake mistake, Index features) {
  return std::make_unique<MistakenNorm>(mistake, features);
}

std::string effect_of(NormMistake mistake) {
  Random random(7);
  const Matrix gamma = random.uniform(3, 1, 2, 3);
  const Matrix beta = random.uniform(3, 1, 1, 2);
  const Matrix dy = random.normal(3, 6);
  const Matrix start = random.normal(3, 6) + 1;
  for (const Setting& setting : {Setting{"", 1e-5}, Setting{" when eps is 0.5", 0.5},
                                 Setting{" when a feature is constant", 1e-5, 0, true},
                                 Setting{" when the mean is 1e8", 1e-5, 1e8}}) {
    Matrix x = start + setting.shift;
    if (setting.constant) x.row(1).fill(1);
    const auto look = [&](NormMistake which) {
      const std::unique_ptr<NormUnderTest> norm = make_norm_with(which, 3);
      norm->gamma = gamma;
      norm->beta = beta;
      norm->eps = setting.eps;
      return look_at(*norm, x, dy);
    };
    const std::vector<Seen> right = look(none);
    const std::vector<Seen> wrong = look(mistake);
    for (std::size_t i = 0; i < right.size(); ++i) {
      const Matrix difference = arma::abs(wrong[i].value - right[i].value);
      const bool finite = difference.is_finite();
      const Index at = finite ? difference.index_max() : arma::find_nonfinite(difference).eval()(0);
      if (finite && difference(at) < 1e-3 * arma::abs(right[i].value).max()) continue;
      return fmt::format("its {} is wrong{}: {} where it should be {}", right[i].what,
                         setting.words, number(wrong[i].value(at)), number(right[i].value(at)));
    }
  }
  return "it is right";
}

}  // namespace exercises::break_task
