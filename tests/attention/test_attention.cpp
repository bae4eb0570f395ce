#include "evenkeel/attention/attention.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "evenkeel/testing/gradient_check.hpp"
#include "says.hpp"

using namespace evenkeel;

namespace {

struct Setting {
  Index heads, d, length, sequences;
  bool causal, masked;
  double dropout = 0;
};

AttentionOptions options_of(const Setting& s) {
  AttentionOptions options{s.heads, s.length, s.causal, {}, s.dropout, 11};
  if (!s.masked) return options;
  options.key_mask.ones(s.length, s.sequences);
  options.key_mask.tail_rows(s.length / 3).zeros();  // padding at the end
  if (s.length > 3) options.key_mask(1, 0) = 0;
  return options;
}

struct Result {
  Matrix y, dq, dk, dv;
};

Result run(const Setting& s, Kernels which) {
  const Kernels before = current_kernels();
  set_kernels(which);
  Random random(3);
  const Index rows = s.heads * s.d, cols = s.length * s.sequences;
  Tape tape;
  const Var q = tape.variable(random.normal(rows, cols)),
            k = tape.variable(random.normal(rows, cols)),
            v = tape.variable(random.normal(rows, cols));
  const Var y = evenkeel::attention(q, k, v, options_of(s));
  tape.backward(y, random.normal(rows, cols));
  set_kernels(before);
  return {y.value(), q.gradient(), k.gradient(), v.gradient()};
}

double difference(const Matrix& a, const Matrix& b) {
  return static_cast<double>(arma::abs(a - b).max() / (1 + arma::abs(a).max()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attention)
BOOST_AUTO_TEST_SUITE(op)

// Lengths around the blocks of 64. The bodies add keys in another order: rounding grows like √T.
BOOST_AUTO_TEST_CASE(fast_equals_plain) {
  for (Index length : {1, 5, 63, 64, 65, 130, 200}) {
    for (bool causal : {false, true}) {
      for (auto [masked, dropout] : {std::pair{false, 0.0}, {true, 0.0}, {true, 0.3}}) {
        const Setting s{2, 8, length, 2, causal, masked, dropout};
        const Result plain = run(s, Kernels::plain), fast = run(s, Kernels::fast);
        const double bound = 8 * machine_epsilon * std::sqrt(static_cast<double>(length) + 8);
        BOOST_TEST_CONTEXT("T = " << length << (causal ? ", causal" : "")
                                  << (masked ? ", masked" : "") << ", dropout " << dropout) {
          BOOST_TEST(difference(plain.y, fast.y) <= bound);
          BOOST_TEST(difference(plain.dq, fast.dq) <= bound);
          BOOST_TEST(difference(plain.dk, fast.dk) <= bound);
          BOOST_TEST(difference(plain.dv, fast.dv) <= bound);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  const Setting heads{4, 16, 100, 3, true, false, 0.2}, one_head{1, 16, 300, 1, true, false, 0.2};
  for (const Setting& s : {heads, one_head}) {
    set_num_threads(1);
    const Result one = run(s, Kernels::fast);
    for (int threads : {2, 7}) {
      set_num_threads(threads);
      const Result several = run(s, Kernels::fast);
      BOOST_TEST((arma::approx_equal(one.y, several.y, "absdiff", 0)));
      BOOST_TEST((arma::approx_equal(one.dk, several.dk, "absdiff", 0)));
      BOOST_TEST((arma::approx_equal(one.dq, several.dq, "absdiff", 0)));
    }
  }
  set_num_threads(0);
}

// One matrix or three: the same numbers.
BOOST_AUTO_TEST_CASE(packed_equals_separate) {
  const Setting s{2, 8, 70, 2, true, true, 0.1};
  for (Kernels which : {Kernels::plain, Kernels::fast}) {
    const Result separate = run(s, which);
    const Kernels before = current_kernels();
    set_kernels(which);
    Random random(3);  // as in run()
    const Matrix q = random.normal(16, 140), k = random.normal(16, 140), v = random.normal(16, 140);
    Tape tape;
    const Var qkv = tape.variable(arma::join_cols(q, k, v));
    const Var y = evenkeel::attention(qkv, options_of(s));
    tape.backward(y, random.normal(16, 140));
    set_kernels(before);
    const Matrix dqkv = arma::join_cols(separate.dq, separate.dk, separate.dv);
    BOOST_TEST(difference(separate.y, y.value()) <= 8 * machine_epsilon);
    BOOST_TEST(difference(dqkv, qkv.gradient()) <= 8 * machine_epsilon);
  }
}

BOOST_AUTO_TEST_CASE(gradients) {
  for (bool causal : {false, true}) {
    const Setting s{2, 2, 4, 2, causal, true, causal ? 0.3 : 0};
    Random random(4);
    const auto draw = [&] { return random.normal(4, 8); };
    const GradientReport report = gradient_check(
        [&](Tape&, std::span<const Var> in) {
          return evenkeel::attention(in[0], in[1], in[2], options_of(s));
        },
        {draw(), draw(), draw()});
    BOOST_TEST(report.passed(), to_string(report));
  }
}

// With q = 0 each p is 1/T, and with v a unit matrix the columns of y are those of p ⊙ mask. Kept
// entries are binomial with n trials of probability 1 − rate; 4.5 standard
// deviations hold for all but 7 of a million seeds.
BOOST_AUTO_TEST_CASE(dropout_drops_its_share) {
  const Index T = 100;
  const Scalar rate = Scalar(0.25), kept = 1 / ((1 - rate) * Scalar(T));
  Matrix earlier;
  for (std::uint64_t seed : {1, 2}) {
    Tape tape;
    const Var zero = tape.constant(Matrix(T, 2 * T, arma::fill::zeros));
    const Matrix unit(T, T, arma::fill::eye);
    const Var v = tape.constant(arma::join_rows(unit, unit));
    const Matrix y = evenkeel::attention(zero, zero, v, {1, T, false, {}, 0.25, seed}).value();
    for (const Scalar entry : y) {
      BOOST_TEST_REQUIRE((entry == 0 || std::abs(entry - kept) <= 8 * machine_epsilon * kept));
    }
    const double n = double(y.n_elem), share = double(arma::accu(y != 0)) / n;
    BOOST_TEST(std::abs(share - 0.75) <= 4.5 * std::sqrt(0.75 * 0.25 / n));
    // Two independent masks agree in a share of 0.75² + 0.25² = 0.625 of the entries.
    const auto independent = [&](const Matrix& a, const Matrix& b) {
      const Matrix one = arma::conv_to<Matrix>::from((a != 0) == (b != 0));
      const double m = double(one.n_elem), agree = double(arma::accu(one)) / m;
      return std::abs(agree - 0.625) <= 4.5 * std::sqrt(0.625 * 0.375 / m);
    };
    BOOST_TEST(independent(y.head_cols(T), y.tail_cols(T)));        // two sequences
    BOOST_TEST(independent(y.head_cols(T - 1), y.cols(1, T - 1)));  // neighbouring queries
    if (!earlier.empty()) BOOST_TEST(independent(y, earlier));      // two seeds
    earlier = y;
  }
}

// With one key to see, the answer is that key's value.
BOOST_AUTO_TEST_CASE(the_first_causal_query_gets_the_first_value) {
  Random random(5);
  Tape tape;
  const Matrix v = random.normal(6, 4);
  const Var y =
      evenkeel::attention(tape.constant(random.normal(6, 4)), tape.constant(random.normal(6, 4)),
                          tape.constant(v), {.heads = 3, .sequence_length = 4, .causal = true});
  BOOST_TEST(difference(y.value().col(0), v.col(0)) <= 2 * machine_epsilon);
}

// Equal keys share the attention equally.
BOOST_AUTO_TEST_CASE(equal_keys_give_the_mean) {
  Tape tape;
  const Matrix v = {{1, 2, 3, 6}};
  const Var y =
      evenkeel::attention(tape.constant(Matrix{{5, -2, 0, 1}}), tape.constant(Matrix{{1, 1, 1, 1}}),
                          tape.constant(v), {.heads = 1, .sequence_length = 4});
  BOOST_TEST(difference(y.value(), Matrix{{3, 3, 3, 3}}) <= 4 * machine_epsilon);
}

// exp of the scores would overflow; their differences do not.
BOOST_AUTO_TEST_CASE(large_scores) {
  for (Kernels which : {Kernels::plain, Kernels::fast}) {
    const Kernels before = current_kernels();
    set_kernels(which);
    Tape tape;
    const Var y = evenkeel::attention(
        tape.constant(Matrix{{1000, 1000}}), tape.constant(Matrix{{1000, -1000}}),
        tape.constant(Matrix{{3, 4}}), {.heads = 1, .sequence_length = 2});
    BOOST_TEST((y.value()(0, 0) == 3 && y.value()(0, 1) == 3));
    set_kernels(before);
  }
}

// Of equal values nothing depends on q: dq = k ds, and ds is 0 but for the rounding of p, some eps,
// however large the scores are. (With p = exp(s − ln Σ exp(s)) it was −0.025 in float.)
BOOST_AUTO_TEST_CASE(large_scores_leak_no_gradient) {
  for (Kernels which : {Kernels::plain, Kernels::fast}) {
    const Kernels before = current_kernels();
    set_kernels(which);
    Tape tape;
    const Var q = tape.variable(Matrix{{200, 200}});
    const Var k = tape.variable(Matrix{{202, Scalar(201.955)}});
    const Var v = tape.variable(Matrix{{1, 1}});
    const Var y = evenkeel::attention(q, k, v, {.heads = 1, .sequence_length = 2});
    tape.backward(y, Matrix{{1, 1}});
    BOOST_TEST(arma::abs(q.gradient()).max() <= 2 * 202 * machine_epsilon);
    BOOST_TEST(arma::abs(k.gradient()).max() <= 4 * 200 * machine_epsilon);
    BOOST_TEST(arma::abs(v.gradient() - 1).max() <
               1);  // p, summed over the queries: 1.9998, 0.0002
    BOOST_TEST(std::abs(arma::accu(v.gradient()) - 2) <= 4 * machine_epsilon);
    set_kernels(before);
  }
}

BOOST_AUTO_TEST_CASE(errors) {
  Tape tape;
  const Var x = tape.constant(Matrix(4, 6, arma::fill::ones));
  const Var small = tape.constant(Matrix(4, 5, arma::fill::ones));
  const auto with = [&](AttentionOptions options) { return evenkeel::attention(x, x, x, options); };
  BOOST_CHECK_EXCEPTION(evenkeel::attention(x, small, x, {1, 3}), Error,
                        says("[attention] k must be 4×6"));
  BOOST_CHECK_EXCEPTION(evenkeel::attention(x, {1, 3}), Error, says("4 rows are not q, k and v"));
  BOOST_CHECK_EXCEPTION(with({3, 3}), Error, says("4 features cannot be cut into 3 heads"));
  BOOST_CHECK_EXCEPTION(with({0, 3}), Error, says("into 0 heads"));
  BOOST_CHECK_EXCEPTION(with({2, 4}), Error, says("6 tokens cannot be cut into sequences of 4"));
  BOOST_CHECK_EXCEPTION(with({2, 3, false, Matrix(3, 1, arma::fill::ones)}), Error,
                        says("key_mask must be 3×2"));
  BOOST_CHECK_EXCEPTION(with({2, 3, false, Matrix(3, 2, arma::fill::zeros)}), Error,
                        says("all keys of sequence 0 are masked"));
  BOOST_CHECK_EXCEPTION(with({2, 3, true, Matrix("0 1; 1 1; 1 1")}), Error,
                        says("query 0 of sequence 0 has no key"));
  BOOST_CHECK_EXCEPTION(with({2, 3, false, Matrix("2 1; 1 1; 1 1")}), Error,
                        says("0 and 1, got 2"));
  BOOST_CHECK_EXCEPTION(with({2, 3, false, {}, 1.0}), Error, says("below 1, got 1"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
