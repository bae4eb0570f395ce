#include "evenkeel/ops/attention.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "attention_dropout.hpp"
#include "attention_kernels.hpp"
#include "evenkeel/core/kernels.hpp"
#include "evenkeel/core/shape.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

namespace {

// One head of one sequence: d rows, T columns.
Matrix part(const Matrix& x, const AttentionOptions& o, Index sequence, Index head) {
  const Index d = x.n_rows / o.heads, T = o.sequence_length;
  return x.submat(head * d, sequence * T, (head + 1) * d - 1, (sequence + 1) * T - 1);
}

void set_part(Matrix& x, const AttentionOptions& o, Index sequence, Index head,
              const Matrix& value) {
  const Index d = x.n_rows / o.heads, T = o.sequence_length;
  x.submat(head * d, sequence * T, (head + 1) * d - 1, (sequence + 1) * T - 1) = value;
}

bool may_see(const AttentionOptions& o, Index sequence, Index query, Index key) {
  if (o.causal && key > query) return false;
  return o.key_mask.empty() || o.key_mask(key, sequence) != 0;
}

// s = kᵀ q / √d, and −∞ where a query may not look
Matrix scores(const AttentionOptions& o, const Matrix& q, const Matrix& k, Index sequence) {
  Matrix s = k.t() * q / std::sqrt(static_cast<Scalar>(q.n_rows));
  for (Index query = 0; query < s.n_cols; ++query) {
    for (Index key = 0; key < s.n_rows; ++key) {
      if (!may_see(o, sequence, query, key))
        s(key, query) = -std::numeric_limits<Scalar>::infinity();
    }
  }
  return s;
}

// The dropout's mask, keys × queries.
Matrix dropout_mask(const AttentionOptions& o, Index sequence, Index head) {
  Matrix mask(o.sequence_length, o.sequence_length, arma::fill::ones);
  const AttentionDropout dropout(o, sequence, head);
  for (Index query = 0; query < mask.n_cols && o.dropout > 0; ++query) {
    for (Index key = 0; key < mask.n_rows; ++key) mask(key, query) = dropout.factor(query, key);
  }
  return mask;
}

}  // namespace

// --- Attention: the formula; the same numbers, fast, in attention_kernels.cpp --------------------

void Attention::forward(const Matrix& q, const Matrix& k, const Matrix& v, Matrix& y) {
  const Index sequences = q.n_cols / options.sequence_length;
  y.set_size(q.n_rows, q.n_cols);
  log_sum.set_size(options.sequence_length, options.heads * sequences);
  if (fast_kernels()) {
    return fast::attention_forward(*this, {q.memptr(), k.memptr(), v.memptr(), q.n_rows}, y);
  }
  for (Index sequence = 0; sequence < sequences; ++sequence) {
    for (Index head = 0; head < options.heads; ++head) {
      const Matrix qh = part(q, options, sequence, head);
      const Matrix kh = part(k, options, sequence, head);
      const Matrix vh = part(v, options, sequence, head);
      const Matrix s = scores(options, qh, kh, sequence);
      const Matrix largest = arma::max(s, 0);  // of each query
      const Matrix e = arma::exp(s.each_row() - largest);
      const Matrix sum = arma::sum(e, 0);
      const Matrix p = e.each_row() / sum;
      const Matrix mask = dropout_mask(options, sequence, head);
      set_part(y, options, sequence, head, vh * (p % mask));
      log_sum.col(sequence * options.heads + head) = (largest + arma::log(sum)).t();
    }
  }
}

void Attention::backward(const Matrix& q, const Matrix& k, const Matrix& v, const Matrix& y,
                         const Matrix& dy, Matrix* dq, Matrix* dk, Matrix* dv) {
  Matrix unwanted_dq, unwanted_dk,
      unwanted_dv;  // all three come from the same ds: no use in skipping
  Matrix& out_q = dq ? *dq : unwanted_dq;
  Matrix& out_k = dk ? *dk : unwanted_dk;
  Matrix& out_v = dv ? *dv : unwanted_dv;
  for (Matrix* out : {&out_q, &out_k, &out_v}) out->zeros(q.n_rows, q.n_cols);
  if (fast_kernels()) {
    return fast::attention_backward(*this, {q.memptr(), k.memptr(), v.memptr(), q.n_rows}, y, dy,
                                    {out_q.memptr(), out_k.memptr(), out_v.memptr(), q.n_rows});
  }
  const Index d = q.n_rows / options.heads;
  const Scalar scale = 1 / std::sqrt(static_cast<Scalar>(d));
  for (Index sequence = 0; sequence < q.n_cols / options.sequence_length; ++sequence) {
    for (Index head = 0; head < options.heads; ++head) {
      const Matrix qh = part(q, options, sequence, head);
      const Matrix kh = part(k, options, sequence, head);
      const Matrix vh = part(v, options, sequence, head);
      const Matrix dyh = part(dy, options, sequence, head);
      const Matrix s = scores(options, qh, kh, sequence);
      const Matrix lse = log_sum.col(sequence * options.heads + head).t();
      const Matrix p = arma::exp(s.each_row() - lse);
      const Matrix mask = dropout_mask(options, sequence, head);
      const Matrix dp = mask % (vh.t() * dyh);
      const Matrix mean_dp = arma::sum(p % dp, 0);  // of each query, weighted by p
      const Matrix ds = p % (dp.each_row() - mean_dp);
      set_part(out_v, options, sequence, head, dyh * (p % mask).t());
      set_part(out_q, options, sequence, head, scale * kh * ds);
      set_part(out_k, options, sequence, head, scale * qh * ds.t());
    }
  }
}

// --- PackedAttention -----------------------------------------------------------------------------

void PackedAttention::forward(const Matrix& qkv, Matrix& y) {
  const Index n = qkv.n_rows / 3;
  if (fast_kernels()) {
    const Index sequences = qkv.n_cols / attention.options.sequence_length;
    y.set_size(n, qkv.n_cols);
    attention.log_sum.set_size(attention.options.sequence_length,
                               attention.options.heads * sequences);
    const Scalar* q = qkv.memptr();
    return fast::attention_forward(attention, {q, q + n, q + 2 * n, 3 * n}, y);
  }
  attention.forward(qkv.head_rows(n), qkv.rows(n, 2 * n - 1), qkv.tail_rows(n), y);
}

void PackedAttention::backward(const Matrix& qkv, const Matrix& y, const Matrix& dy, Matrix& dqkv) {
  const Index n = qkv.n_rows / 3;
  if (fast_kernels()) {
    dqkv.zeros(3 * n, qkv.n_cols);
    const Scalar* q = qkv.memptr();
    Scalar* dq = dqkv.memptr();
    return fast::attention_backward(attention, {q, q + n, q + 2 * n, 3 * n}, y, dy,
                                    {dq, dq + n, dq + 2 * n, 3 * n});
  }
  Matrix dq, dk, dv;
  attention.backward(qkv.head_rows(n), qkv.rows(n, 2 * n - 1), qkv.tail_rows(n), y, dy, &dq, &dk,
                     &dv);
  dqkv = arma::join_cols(dq, dk, dv);
}

// --- on Vars -------------------------------------------------------------------------------------

namespace {

void require_keys(const AttentionOptions& o) {
  for (Index sequence = 0; sequence < o.key_mask.n_cols; ++sequence) {
    bool any = false;
    for (Index key = 0; key < o.key_mask.n_rows; ++key) {
      const Scalar entry = o.key_mask(key, sequence);
      if (entry != 0 && entry != 1) {
        fail("attention", fmt::format("key_mask must hold 0 and 1, got {}", entry));
      }
      any = any || entry != 0;
      if (o.causal && !any) {
        fail("attention",
             fmt::format("query {} of sequence {} has no key to look at: causal, and the "
                         "keys up to it are masked",
                         key, sequence));
      }
    }
    if (!any) fail("attention", fmt::format("all keys of sequence {} are masked", sequence));
  }
}

void require_options(const AttentionOptions& o, Shape features_by_tokens) {
  const auto [features, tokens] = features_by_tokens;
  const Index T = o.sequence_length;
  if (o.heads == 0 || features == 0 || features % o.heads != 0) {
    fail("attention", fmt::format("{} features cannot be cut into {} heads", features, o.heads));
  }
  if (T == 0 || tokens == 0 || tokens % T != 0) {
    fail("attention", fmt::format("{} tokens cannot be cut into sequences of {}", tokens, T));
  }
  if (!(o.dropout >= 0 && o.dropout < 1)) {
    fail("attention", fmt::format("dropout must be at least 0 and below 1, got {}", o.dropout));
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
    fail("attention", fmt::format("{} rows are not q, k and v on top of each other", qkv.rows()));
  }
  require_options(options, {qkv.rows() / 3, qkv.cols()});
  return record<PackedAttention>({qkv},
                                 [&](PackedAttention& op) { op.attention.options = options; });
}

}  // namespace evenkeel
