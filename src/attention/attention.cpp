#include "evenkeel/attention/attention.hpp"

#include <cmath>
#include <limits>

#include "attention/kernels/attention.hpp"
#include "base/fail.hpp"
#include "core/dropout_mask.hpp"
#include "evenkeel/kernels/kernels.hpp"

namespace evenkeel {

namespace {

// One head of one sequence, number = sequence · heads + head: d rows, T columns.
Matrix part(const Matrix& x, const AttentionOptions& o, Index number) {
  const Index d = x.n_rows / o.heads, T = o.sequence_length;
  return x.submat(number % o.heads * d, number / o.heads * T, arma::size(d, T));
}

void set_part(Matrix& x, const AttentionOptions& o, Index number, const Matrix& value) {
  const Index d = x.n_rows / o.heads, T = o.sequence_length;
  x.submat(number % o.heads * d, number / o.heads * T, arma::size(d, T)) = value;
}

// s = kᵀ q / √d, and −∞ where a query may not look
Matrix scores(const AttentionOptions& o, const Matrix& q, const Matrix& k, Index number) {
  const Matrix& mask = o.key_mask;
  Matrix s = k.t() * q / std::sqrt(static_cast<Scalar>(q.n_rows));
  for (Index query = 0; query < s.n_cols; ++query) {
    for (Index key = 0; key < s.n_rows; ++key) {
      const bool later = o.causal && key > query;
      const bool padding = !mask.empty() && mask(key, number / o.heads) == 0;
      if (later || padding) s(key, query) = -std::numeric_limits<Scalar>::infinity();
    }
  }
  return s;
}

// The dropout's mask of one head, keys × queries; of ones without dropout.
Matrix dropout_mask(const AttentionOptions& o, Index number) {
  const Index T = o.sequence_length;
  Matrix mask(T, T, arma::fill::ones);
  if (o.dropout == 0) return mask;
  const DropoutMask drawn(o.dropout, o.seed);
  for (Index i = 0; i < mask.n_elem; ++i) mask[i] = drawn(number * mask.n_elem + i);
  return mask;
}

// q, k or v: one of three matrices, or a third of one.
Matrix third(std::span<const Matrix* const> x, Index which) {
  if (x.size() == 3) return *x[which];
  const Index n = x[0]->n_rows / 3;
  return x[0]->rows(which * n, (which + 1) * n - 1);
}

}  // namespace

void Attention::forward(std::span<const Matrix* const> x, Matrix& y) {
  const auto& [heads, length, causal, key_mask, dropout, seed] = options;
  const Index tokens = x[0]->n_cols;
  y.set_size(x[0]->n_rows * x.size() / 3, tokens);
  largest.set_size(length, heads * (tokens / length));
  sum.set_size(length, heads * (tokens / length));
  if (fast_kernels()) {
    return kernels::attention_forward({heads, length, causal, key_mask, dropout, seed}, x, y,
                                      largest, sum);
  }
  const Matrix q = third(x, 0), k = third(x, 1), v = third(x, 2);
  for (Index number = 0; number < largest.n_cols; ++number) {  // one head of one sequence
    const Matrix qh = part(q, options, number);
    const Matrix kh = part(k, options, number);
    const Matrix vh = part(v, options, number);
    const Matrix s = scores(options, qh, kh, number);
    const Matrix most = arma::max(s, 0);  // of each query
    const Matrix e = arma::exp(s.each_row() - most);
    const Matrix total = arma::sum(e, 0);
    const Matrix p = e.each_row() / total;
    const Matrix mask = dropout_mask(options, number);
    set_part(y, options, number, vh * (p % mask));
    largest.col(number) = most.t();
    sum.col(number) = total.t();
  }
}

void Attention::backward(std::span<const Matrix* const> x, const Matrix& y, const Matrix& dy,
                         std::span<Matrix* const> dx) {
  Matrix unwanted[3], *out[3];  // all three come from the same ds: no use in skipping
  for (std::size_t i = 0; i < x.size(); ++i) {
    out[i] = dx[i] ? dx[i] : &unwanted[i];
    out[i]->zeros(x[i]->n_rows, x[i]->n_cols);
  }
  if (fast_kernels()) {
    const auto& [heads, length, causal, key_mask, dropout, seed] = options;
    return kernels::attention_backward({heads, length, causal, key_mask, dropout, seed}, x, y, dy,
                                       largest, sum, {out, x.size()});
  }
  const Matrix q = third(x, 0), k = third(x, 1), v = third(x, 2);
  Matrix dq = q, dk = k, dv = v;             // of their sizes
  const Index d = q.n_rows / options.heads;  // features of a head
  const Scalar scale = 1 / std::sqrt(static_cast<Scalar>(d));
  for (Index number = 0; number < largest.n_cols; ++number) {
    const Matrix qh = part(q, options, number);
    const Matrix kh = part(k, options, number);
    const Matrix vh = part(v, options, number);
    const Matrix dyh = part(dy, options, number);
    const Matrix s = scores(options, qh, kh, number);
    const Matrix most = largest.col(number).t();
    const Matrix total = sum.col(number).t();
    const Matrix e = arma::exp(s.each_row() - most);
    const Matrix p = e.each_row() / total;
    const Matrix mask = dropout_mask(options, number);
    const Matrix dp = mask % (vh.t() * dyh);
    const Matrix mean_dp = arma::sum(p % dp, 0);  // of each query, weighted by p
    const Matrix ds = p % (dp.each_row() - mean_dp);
    set_part(dv, options, number, dyh * (p % mask).t());
    set_part(dq, options, number, scale * kh * ds);
    set_part(dk, options, number, scale * qh * ds.t());
  }
  const Matrix all = arma::join_cols(dq, dk, dv);
  for (std::size_t i = 0; i < x.size(); ++i) {
    *out[i] = all.rows(i * x[i]->n_rows, (i + 1) * x[i]->n_rows - 1);
  }
}

// --- on Vars -------------------------------------------------------------------------------------

namespace {

void require_keys(const AttentionOptions& o) {
  for (Index sequence = 0; sequence < o.key_mask.n_cols; ++sequence) {
    bool any = false;
    for (Index key = 0; key < o.key_mask.n_rows; ++key) {
      const Scalar entry = o.key_mask(key, sequence);
      if (entry != 0 && entry != 1) {
        fail("attention", "key_mask must hold 0 and 1, got {}", entry);
      }
      any = any || entry != 0;
      if (o.causal && !any) {
        fail("attention",
             "query {} of sequence {} has no key to look at: causal, and the "
             "keys up to it are masked",
             key, sequence);
      }
    }
    if (!any) fail("attention", "all keys of sequence {} are masked", sequence);
  }
}

void require_options(const AttentionOptions& o, Shape features_by_tokens) {
  const auto [features, tokens] = features_by_tokens;
  const Index T = o.sequence_length;
  if (o.heads == 0 || features == 0 || features % o.heads != 0) {
    fail("attention", "{} features cannot be cut into {} heads", features, o.heads);
  }
  if (T == 0 || tokens == 0 || tokens % T != 0) {
    fail("attention", "{} tokens cannot be cut into sequences of {}", tokens, T);
  }
  if (!(o.dropout >= 0 && o.dropout < 1)) {
    fail("attention", "dropout must be at least 0 and below 1, got {}", o.dropout);
  }
  if (o.key_mask.empty()) return;
  require_shape("attention", "key_mask", o.key_mask, {T, tokens / T}, "to match the sequences");
  require_keys(o);
}

}  // namespace

Var attention(Input q, Input k, Input v, const AttentionOptions& options) {
  require_shape("attention", "k", k.value(), q.shape(), "to match q");
  require_shape("attention", "v", v.value(), q.shape(), "to match q");
  require_options(options, q.shape());
  return record<Attention>({q, k, v}, [&](Attention& op) { op.options = options; });
}

Var attention(Var qkv, const AttentionOptions& options) {
  if (qkv.rows() % 3 != 0) {
    fail("attention", "{} rows are not q, k and v on top of each other", qkv.rows());
  }
  require_options(options, {qkv.rows() / 3, qkv.cols()});
  return record<Attention>({qkv}, [&](Attention& op) { op.options = options; });
}

}  // namespace evenkeel
