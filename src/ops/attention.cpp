#include "evenkeel/ops/attention.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

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

}  // namespace

// --- Attention: the formula; the same numbers, fast, in attention_kernels.cpp --------------------

void Attention::forward(const Matrix& q, const Matrix& k, const Matrix& v, Matrix& y) {
  const Index sequences = q.n_cols / options.sequence_length;
  y.set_size(q.n_rows, q.n_cols);
  log_sum.set_size(options.sequence_length, options.heads * sequences);
  if (kernels() == Kernels::fast) return fast::attention_forward(*this, q, k, v, y);
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
      set_part(y, options, sequence, head, vh * p);
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
  for (Matrix* out : {&out_q, &out_k, &out_v}) out->set_size(q.n_rows, q.n_cols);
  if (kernels() == Kernels::fast) {
    return fast::attention_backward(*this, q, k, v, y, dy, out_q, out_k, out_v);
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
      const Matrix dp = vh.t() * dyh;
      const Matrix mean_dp = arma::sum(p % dp, 0);  // of each query, weighted by p
      const Matrix ds = p % (dp.each_row() - mean_dp);
      set_part(out_v, options, sequence, head, dyh * p.t());
      set_part(out_q, options, sequence, head, scale * kh * ds);
      set_part(out_k, options, sequence, head, scale * qh * ds.t());
    }
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

}  // namespace

Var attention(Var q, Var k, Var v, const AttentionOptions& options) {
  const Shape shape = q.shape();
  require_shape("attention", "k", k.value(), shape, "to match q");
  require_shape("attention", "v", v.value(), shape, "to match q");
  const Index T = options.sequence_length;
  if (options.heads == 0 || shape.rows == 0 || shape.rows % options.heads != 0) {
    fail("attention",
         fmt::format("{} features cannot be cut into {} heads", shape.rows, options.heads));
  }
  if (T == 0 || shape.cols == 0 || shape.cols % T != 0) {
    fail("attention", fmt::format("{} tokens cannot be cut into sequences of {}", shape.cols, T));
  }
  if (!options.key_mask.empty()) {
    require_shape("attention", "key_mask", options.key_mask, {T, shape.cols / T},
                  "to match the sequences");
    require_keys(options);
  }
  Attention& op = q.tape().next<Attention>();
  op.options = options;
  return q.tape().record(op, {q, k, v});
}

}  // namespace evenkeel
