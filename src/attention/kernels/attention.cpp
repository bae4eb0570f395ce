#include "attention/kernels/attention.hpp"

#include <cmath>
#include <limits>

#include "core/dropout_mask.hpp"
#include "kernels/blas.hpp"
#include "kernels/map.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::kernels {

namespace {

constexpr Index most = 64;  // queries, keys of a block: its scores stay in the first cache
using ScoreBlock = std::array<Scalar, most * most>;
using PerQuery = std::array<Scalar, most>;

constexpr Scalar never = -std::numeric_limits<Scalar>::infinity();  // a score that is not looked at

// q, k and v, or their gradients: three matrices, or parts of one.
template <class Number>
struct Three {
  Number *q, *k, *v;
  Index stride;  // from token to token

  template <class Of>
  Three(std::span<Of* const> x, Index features) : q(x[0]->memptr()), stride(x[0]->n_rows) {
    k = x.size() == 1 ? q + features : x[1]->memptr();
    v = x.size() == 1 ? k + features : x[2]->memptr();
  }
};
using Input = Three<const Scalar>;

// One head of one sequence.
struct Head {
  const AttentionShape& shape;
  Index number;  // sequence · heads + head
  Index d;       // rows
  Index sequence = number / shape.heads;
  Scalar scale = 1 / std::sqrt(static_cast<Scalar>(d));

  Index length() const { return shape.length; }
  // Where this head's part of a token begins in a matrix of that stride.
  Index at(Index token, Index stride) const {
    return (sequence * length() + token) * stride + number % shape.heads * d;
  }
  blas::Part part(const Scalar* x, Index stride, Index token, bool transposed = false) const {
    return {x + at(token, stride), stride, transposed};
  }
  blas::Part part(const Matrix& x, Index token, bool transposed = false) const {
    return part(x.memptr(), x.n_rows, token, transposed);
  }
  Index keys_end(Index query_end) const { return shape.causal ? query_end : length(); }
};

struct Range {
  Index first, count;
};

template <class Body>
void for_each_range(Index begin, Index end, Body body) {
  for (Index first = begin; first < end; first += most)
    body(Range{first, std::min(most, end - first)});
}

// s = kᵀ q / √d for a block, keys × queries, −∞ where a query may not look
void block_scores(const Head& h, const Input& in, Range queries, Range keys, ScoreBlock& s) {
  blas::gemm(keys.count, queries.count, h.d, h.scale, h.part(in.k, in.stride, keys.first, true),
             h.part(in.q, in.stride, queries.first), 0, s.data(), keys.count);
  const Matrix& mask = h.shape.key_mask;
  for (Index i = 0; i < queries.count; ++i) {
    Scalar* column = s.data() + i * keys.count;
    const Index seen = queries.first + i + 1;  // causal: keys 0 … query
    if (h.shape.causal && seen < keys.first + keys.count) {
      std::fill(column + (seen > keys.first ? seen - keys.first : 0), column + keys.count, never);
    }
    if (mask.empty()) continue;
    for (Index j = 0; j < keys.count; ++j) {
      if (mask(keys.first + j, h.sequence) == 0) column[j] = never;
    }
  }
}

// One column of the dropout's mask, times x.
void drop(const Head& h, Index query, Range keys, Scalar* x) {
  if (h.shape.dropout == 0) return;
  const DropoutMask mask(h.shape.dropout, h.shape.seed);
  const Index first = (h.number * h.length() + query) * h.length() + keys.first;
  for (Index j = 0; j < keys.count; ++j) x[j] *= mask(first + j);
}

void forward_queries(const Head& h, const Input& in, Range queries, Matrix& y, Scalar* largest,
                     Scalar* sum) {
  ScoreBlock s;
  std::fill_n(largest, queries.count, never);
  std::fill_n(sum, queries.count, Scalar{0});
  const Index stride = y.n_rows;
  Scalar* out = y.memptr() + h.at(queries.first, stride);
  for_each_range(0, h.keys_end(queries.first + queries.count), [&](Range keys) {
    block_scores(h, in, queries, keys, s);
    for (Index i = 0; i < queries.count; ++i) {
      Scalar* column = s.data() + i * keys.count;
      const Scalar now = std::max(largest[i], simd::largest(column, keys.count));
      if (now == never) {  // nothing to see in this block
        std::fill(column, column + keys.count, Scalar{0});
        continue;
      }
      const Scalar shrink = std::exp(largest[i] - now);  // 0 at first
      sum[i] = sum[i] * shrink + simd::exp_and_sum(column, now, column, keys.count);
      drop(h, queries.first + i, keys, column);
      Scalar* y_column = out + i * stride;
      if (keys.first > 0) {
        simd::for_each(h.d, [=](auto k) { k.store(y_column, k.load(y_column) * shrink); });
      }
      largest[i] = now;
    }
    blas::gemm(h.d, queries.count, keys.count, 1, h.part(in.v, in.stride, keys.first),
               {s.data(), keys.count}, keys.first > 0 ? 1 : 0, out, stride);
  });
  for (Index i = 0; i < queries.count; ++i) {
    Scalar* y_column = out + i * stride;
    simd::for_each(h.d,
                   [=, total = sum[i]](auto k) { k.store(y_column, k.load(y_column) / total); });
  }
}

// Σ_keys p ⊙ dp of each query, which is Σ_features y ⊙ dy
void query_means(const Head& h, const Matrix& y, const Matrix& dy, Range queries, PerQuery& mean) {
  for (Index i = 0; i < queries.count; ++i) {
    const Scalar* a = y.memptr() + h.at(queries.first + i, y.n_rows);
    const Scalar* b = dy.memptr() + h.at(queries.first + i, y.n_rows);
    mean[i] = simd::sum(h.d, [=](auto k) { return k.load(a) * k.load(b); });
  }
}

// All that one block of p contributes. The gradients of a head belong to one task, so they simply
// add up. p = exp(s − largest) / sum, from the same scores as in forward: with ln(sum) added to
// `largest` instead, rounding of a large score would keep p from adding up to 1.
void backward_block(const Head& h, const Input& in, const Matrix& dy, const PerQuery& mean,
                    const Scalar* largest, const Scalar* sum, Range queries, Range keys,
                    Three<Scalar> out) {
  ScoreBlock p, ds;
  block_scores(h, in, queries, keys, p);
  blas::gemm(keys.count, queries.count, h.d, 1, h.part(in.v, in.stride, keys.first, true),
             h.part(dy, queries.first), 0, ds.data(), keys.count);  // dp, before its mask
  for (Index i = 0; i < queries.count; ++i) {
    Scalar* p_column = p.data() + i * keys.count;
    Scalar* ds_column = ds.data() + i * keys.count;
    const Scalar shift = largest[i], share = 1 / sum[i], mean_dp = mean[i], scale = h.scale;
    drop(h, queries.first + i, keys, ds_column);  // dp
    simd::for_each_pack(keys.count, [=](auto j) {
      const simd::Number auto p_new = xsimd::exp(j.load(p_column) - shift) * share;
      j.store(p_column, p_new);
      j.store(ds_column, p_new * (j.load(ds_column) - mean_dp) * scale);
    });
    drop(h, queries.first + i, keys, p_column);
  }
  const blas::Part pt{p.data(), keys.count, true}, dst{ds.data(), keys.count, true};
  blas::gemm(h.d, keys.count, queries.count, 1, h.part(dy, queries.first), pt, 1,
             out.v + h.at(keys.first, out.stride), out.stride);
  blas::gemm(h.d, keys.count, queries.count, 1, h.part(in.q, in.stride, queries.first), dst, 1,
             out.k + h.at(keys.first, out.stride), out.stride);
  blas::gemm(h.d, queries.count, keys.count, 1, h.part(in.k, in.stride, keys.first),
             {ds.data(), keys.count}, 1, out.q + h.at(queries.first, out.stride), out.stride);
}

// The cost of some queries of one head with d features.
Index cost_of(const AttentionShape& shape, Index d, Index queries) {
  return std::max<Index>(1, queries * shape.length * d / 8);
}

}  // namespace

// One task for each sequence, head and block of queries: one long sequence is work for all threads.
void attention_forward(const AttentionShape& shape, std::span<const Matrix* const> x, Matrix& y,
                       Matrix& largest, Matrix& sum) {
  const Input in(x, y.n_rows);
  const Index T = shape.length, d = y.n_rows / shape.heads;
  const Index ranges = (T + most - 1) / most;
  const Index cost = cost_of(shape, d, std::min(most, T));
  parallel_each(largest.n_cols * ranges, cost, [&](Index task) {
    const Index head = task / ranges, query = task % ranges * most;
    forward_queries({shape, head, d}, in, {query, std::min(most, T - query)}, y,
                    &largest(query, head), &sum(query, head));
  });
}

// One task for each sequence and head: all queries add to the gradients of the same keys.
void attention_backward(const AttentionShape& shape, std::span<const Matrix* const> x,
                        const Matrix& y, const Matrix& dy, const Matrix& largest, const Matrix& sum,
                        std::span<Matrix* const> dx) {
  const Input in(x, y.n_rows);
  const Three<Scalar> out(dx, y.n_rows);
  const Index T = shape.length, d = y.n_rows / shape.heads;
  parallel_each(largest.n_cols, cost_of(shape, d, T), [&](Index head) {
    const Head h{shape, head, d};
    for_each_range(0, T, [&](Range queries) {
      PerQuery mean;
      query_means(h, y, dy, queries, mean);
      for_each_range(0, h.keys_end(queries.first + queries.count), [&](Range keys) {
        backward_block(h, in, dy, mean, &largest(queries.first, h.number),
                       &sum(queries.first, h.number), queries, keys, out);
      });
    });
  });
}

}  // namespace evenkeel::kernels
