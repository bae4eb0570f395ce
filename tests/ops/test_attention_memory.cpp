// The fast body of attention runs where one matrix of T × T scores would not fit.
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "evenkeel/core/kernels.hpp"
#include "evenkeel/core/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/ops/attention.hpp"

using namespace evenkeel;

namespace {

// Address space in use, in bytes; 0 where the system does not tell.
std::size_t in_use() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * 4096;
}

// Lets the process grow by so many bytes and no further, for a scope.
class MayGrowBy {
 public:
  explicit MayGrowBy(std::size_t bytes) {
    getrlimit(RLIMIT_AS, &before_);
    rlimit now = before_;
    now.rlim_cur = in_use() + bytes;
    setrlimit(RLIMIT_AS, &now);
  }
  ~MayGrowBy() { setrlimit(RLIMIT_AS, &before_); }
  MayGrowBy(const MayGrowBy&) = delete;
  MayGrowBy& operator=(const MayGrowBy&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ops)
BOOST_AUTO_TEST_SUITE(attention_op)

BOOST_AUTO_TEST_CASE(memory_is_linear_in_the_length) {
  if (in_use() == 0) {
    BOOST_TEST(true);  // not Linux
    return;
  }
  const Index T = 4096, d = 4;
  const std::size_t allowed = T * T * sizeof(Scalar) / 4;
  const Kernels before = kernels();
  const int threads_before = num_threads();
  set_num_threads(1);  // a thread's stack and heap are address space too
  const Matrix x = Random(1).normal(3 * d, T), dy = Random(2).normal(d, T);
  const auto run = [&](Kernels which) {
    set_kernels(which);
    const MayGrowBy limit(allowed);
    Tape tape;
    const Var qkv = tape.variable(x);
    tape.backward(attention(qkv, {.heads = 1, .sequence_length = T, .causal = true}), dy);
    return arma::abs(qkv.gradient()).max() > 0;
  };
  BOOST_TEST(run(Kernels::fast));
  BOOST_CHECK_THROW(run(Kernels::plain), std::bad_alloc);  // else the limit limits nothing
  set_kernels(before);
  set_num_threads(threads_before);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
