#include "attention_kernels.hpp"

#include <cmath>
#include <limits>

#include "attention_dropout.hpp"
#include "evenkeel/core/parallel.hpp"
#include "kernels/blas.hpp"
#include "kernels/simd.hpp"

namespace evenkeel::fast {

namespace {

constexpr Index most =
    64;  // queries and keys of a block: a block of scores stays in the first cache
using ScoreBlock = std::array<Scalar, most * most>;
using PerQuery = std::array<Scalar, most>;

using Input = Three<const Scalar>;

// One head of one sequence.
struct Head {
  const AttentionOptions& options;
  Index sequence, head;
  Index d;  // rows
  Scalar scale;

  Head(const Attention& op, Index features, Index number)
      : options(op.options),
        sequence(number / options.heads),
        head(number % options.heads),
        d(features / options.heads),
        scale(1 / std::sqrt(static_cast<Scalar>(d))) {}

  Index length() const { return options.sequence_length; }
  // Where this head's part of a token begins in a matrix of that stride.
  Index at(Index token, Index stride) const {
    return (sequence * length() + token) * stride + head * d;
  }
  blas::Part part(const Scalar* x, Index stride, Index token, bool transposed = false) const {
    return {x + at(token, stride), stride, transposed};
  }
  blas::Part part(const Matrix& x, Index token, bool transposed = false) const {
    return part(x.memptr(), x.n_rows, token, transposed);
  }
  AttentionDropout dropout() const { return {options, sequence, head}; }
  Index keys_end(Index query_end) const { return options.causal ? query_end : length(); }
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
  const Scalar never = -std::numeric_limits<Scalar>::infinity();
  const Matrix& mask = h.options.key_mask;
  for (Index i = 0; i < queries.count; ++i) {
    Scalar* column = s.data() + i * keys.count;
    const Index seen = queries.first + i + 1;  // causal: keys 0 … query
    if (h.options.causal && seen < keys.first + keys.count) {
      std::fill(column + (seen > keys.first ? seen - keys.first : 0), column + keys.count, never);
    }
    if (mask.empty()) continue;
    for (Index j = 0; j < keys.count; ++j) {
      if (mask(keys.first + j, h.sequence) == 0) column[j] = never;
    }
  }
}

// e = exp(s − shift), one column; returns the sum
Scalar exp_column(Scalar* s, Scalar shift, Index n) {
  simd::for_each_pack(n, [=](auto k) { k.store(s, simd::exp(k.load(s) - shift)); });
  return simd::sum(n, [=](auto k) { return k.load(s); });
}

void scale_column(Scalar* x, Scalar factor, Index n) {
  simd::for_each(n, [=](auto k) { k.store(x, k.load(x) * factor); });
}

// One column of the dropout's mask, times x.
void drop(const AttentionDropout& dropout, Index query, Range keys, Scalar* x) {
  for (Index j = 0; j < keys.count; ++j) x[j] *= dropout.factor(query, keys.first + j);
}

void forward_queries(Attention& op, const Head& h, const Input& in, Range queries, Matrix& y) {
  ScoreBlock s;
  PerQuery largest, sum{};
  largest.fill(-std::numeric_limits<Scalar>::infinity());
  const Index stride = y.n_rows;
  Scalar* out = y.memptr() + h.at(queries.first, stride);
  for_each_range(0, h.keys_end(queries.first + queries.count), [&](Range keys) {
    block_scores(h, in, queries, keys, s);
    for (Index i = 0; i < queries.count; ++i) {
      Scalar* column = s.data() + i * keys.count;
      const Scalar now = std::max(largest[i], simd::largest(column, keys.count));
      if (now == -std::numeric_limits<Scalar>::infinity()) {  // nothing to see in this block
        std::fill(column, column + keys.count, Scalar{0});
        continue;
      }
      const Scalar shrink = std::exp(largest[i] - now);  // 0 at first
      sum[i] = sum[i] * shrink + exp_column(column, now, keys.count);
      if (h.options.dropout > 0) drop(h.dropout(), queries.first + i, keys, column);
      if (keys.first > 0) scale_column(out + i * stride, shrink, h.d);
      largest[i] = now;
    }
    blas::gemm(h.d, queries.count, keys.count, 1, h.part(in.v, in.stride, keys.first),
               {s.data(), keys.count}, keys.first > 0 ? 1 : 0, out, stride);
  });
  Scalar* log_sum = op.log_sum.colptr(h.sequence * h.options.heads + h.head) + queries.first;
  for (Index i = 0; i < queries.count; ++i) {
    scale_column(out + i * stride, 1 / sum[i], h.d);
    log_sum[i] = largest[i] + std::log(sum[i]);
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
// add up.
void backward_block(const Attention& op, const Head& h, const Input& in, const Matrix& dy,
                    const PerQuery& mean, Range queries, Range keys, Three<Scalar> out) {
  ScoreBlock p, ds;
  block_scores(h, in, queries, keys, p);
  const Scalar* log_sum = op.log_sum.colptr(h.sequence * h.options.heads + h.head) + queries.first;
  blas::gemm(keys.count, queries.count, h.d, 1, h.part(in.v, in.stride, keys.first, true),
             h.part(dy, queries.first), 0, ds.data(), keys.count);  // dp, before its mask
  for (Index i = 0; i < queries.count; ++i) {
    Scalar* p_column = p.data() + i * keys.count;
    Scalar* ds_column = ds.data() + i * keys.count;
    const Scalar shift = log_sum[i], mean_dp = mean[i], scale = h.scale;
    if (h.options.dropout > 0) drop(h.dropout(), queries.first + i, keys, ds_column);  // dp
    simd::for_each_pack(keys.count, [=](auto j) {
      const simd::Number auto p_new = simd::exp(j.load(p_column) - shift);
      j.store(p_column, p_new);
      j.store(ds_column, p_new * (j.load(ds_column) - mean_dp) * scale);
    });
    if (h.options.dropout > 0) drop(h.dropout(), queries.first + i, keys, p_column);
  }
  const blas::Part pt{p.data(), keys.count, true}, dst{ds.data(), keys.count, true};
  blas::gemm(h.d, keys.count, queries.count, 1, h.part(dy, queries.first), pt, 1,
             out.v + h.at(keys.first, out.stride), out.stride);
  blas::gemm(h.d, keys.count, queries.count, 1, h.part(in.q, in.stride, queries.first), dst, 1,
             out.k + h.at(keys.first, out.stride), out.stride);
  blas::gemm(h.d, queries.count, keys.count, 1, h.part(in.k, in.stride, keys.first),
             {ds.data(), keys.count}, 1, out.q + h.at(queries.first, out.stride), out.stride);
}

// The cost of some queries of one head.
Index cost_of(const Attention& op, const Matrix& y, Index queries) {
  const Index d = y.n_rows / op.options.heads;
  return std::max<Index>(1, queries * op.options.sequence_length * d / 8);
}

}  // namespace

// One task for each sequence, head and block of queries: one long sequence is work for all threads.
void attention_forward(Attention& op, Input in, Matrix& y) {
  const Index T = op.options.sequence_length;
  const Index ranges = (T + most - 1) / most;
  const Index heads = op.options.heads * (y.n_cols / T);
  auto queries_of = [&](Index first, Index last) {
    for (Index task = first; task < last; ++task) {
      const Index begin = task % ranges * most;
      const Head head(op, y.n_rows, task / ranges);
      forward_queries(op, head, in, Range{begin, std::min(most, T - begin)}, y);
    }
  };
  parallel_blocks(heads * ranges, block_for_cost(cost_of(op, y, std::min(most, T))), queries_of);
}

// One task for each sequence and head: all queries add to the gradients of the same keys.
void attention_backward(const Attention& op, Input in, const Matrix& y, const Matrix& dy,
                        Three<Scalar> d) {
  const Index T = op.options.sequence_length;
  const auto head_of = [&](const Head& h) {
    for_each_range(0, T, [&](Range queries) {
      PerQuery mean;
      query_means(h, y, dy, queries, mean);
      for_each_range(0, h.keys_end(queries.first + queries.count),
                     [&](Range keys) { backward_block(op, h, in, dy, mean, queries, keys, d); });
    });
  };
  parallel_blocks(op.options.heads * (y.n_cols / T), block_for_cost(cost_of(op, y, T)),
                  [&](Index first, Index last) {
                    for (Index head = first; head < last; ++head) head_of({op, y.n_rows, head});
                  });
}

}  // namespace evenkeel::fast
