// The limits of the machine, for tests/benchmark/compare: how fast it multiplies and adds in its
// registers, how fast the best library at hand multiplies matrices (each thread its own, so that
// nothing is lost to cutting them up), and how fast memory is copied.
//
//   limits [--threads=N]    a line for each: its name, operations or bytes a second

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <functional>
#include <thread>

#include <time.h>

#include "evenkeel/base/parallel.hpp"
#include "evenkeel/core/random.hpp"
#include "kernels/simd.hpp"
#include "steps.hpp"

namespace {

using namespace evenkeel;

constexpr int turns = 10;  // the best counts: other programs share caches and execution units
constexpr double seconds_each = 0.02;

double cpu_seconds() {  // of this thread: other programs on the machine do not count
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// What all threads do together in a second, each with work of its own: make_work() → call that
/// does `amount`.
double rate(double amount, const std::function<std::function<void()>()>& make_work) {
  std::vector<double> rates(static_cast<std::size_t>(num_threads()));
  std::barrier all_ready(num_threads());
  std::vector<std::thread> threads;
  for (double& mine : rates) {
    threads.emplace_back([&] {
      const std::function<void()> work = make_work();
      work();
      all_ready.arrive_and_wait();
      for (int turn = 0; turn < turns; ++turn) {
        const double start = cpu_seconds();
        double count = 0, now = start;
        for (; now < start + seconds_each; now = cpu_seconds()) {
          work();
          ++count;
        }
        mine = std::max(mine, count * amount / (now - start));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  double total = 0;
  for (const double one : rates) total += one;
  return total;
}

// --- the processor -------------------------------------------------------------------------------

constexpr int fma_rounds = 10000;
constexpr int chains = 12;  // side by side, so that no addition waits for the one before

void multiply_and_add() {
  std::array<simd::Pack, chains> sum;
  for (int i = 0; i < chains; ++i) sum[i] = simd::Pack(static_cast<Scalar>(i));
  Scalar half = 0.5;
  benchmark::DoNotOptimize(half);
  const simd::Pack factor(half);
  for (int round = 0; round < fma_rounds; ++round) {
#pragma GCC unroll 12  // so that all of them stay in registers
    for (simd::Pack& one : sum) one = xsimd::fma(one, factor, factor);
  }
  simd::Pack total(Scalar(0));
  for (const simd::Pack& one : sum) total += one;
  benchmark::DoNotOptimize(total);
}

// --- products ------------------------------------------------------------------------------------

struct Shape3 {
  int m, n, k;
  bool a_transposed, b_transposed;
};

// Those of the GPT and the lessons.
constexpr Shape3 shapes[] = {{64, 100, 64, false, false},     {128, 768, 128, false, false},
                             {384, 768, 128, true, false},    {128, 512, 768, false, true},
                             {256, 256, 1024, false, true},   {256, 1024, 1024, false, false},
                             {1024, 1024, 1024, false, false}};

using Gemm = void (*)(const char*, const char*, const int*, const int*, const int*, const Scalar*,
                      const Scalar*, const int*, const Scalar*, const int*, const Scalar*, Scalar*,
                      const int*);
constexpr bool is_float = sizeof(Scalar) == 4;

/// Of oneDNN: rows follow each other where BLAS has columns, so the factors change places.
using RowGemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, Scalar, const Scalar*,
                        std::int64_t, const Scalar*, std::int64_t, Scalar, Scalar*, std::int64_t);

struct Library {
  const char* name;
  const char* file;
  const char* product;
  const char* set_threads;  // of its own; ours are enough
};

constexpr Library libraries[] = {
    {"OpenBLAS", "libopenblas.so.0", is_float ? "sgemm_" : "dgemm_", "openblas_set_num_threads"},
    {"BLIS", "libblis.so.4", is_float ? "sgemm_" : "dgemm_", "bli_thread_set_num_threads"},
    {"oneDNN", "libdnnl.so.2", is_float ? "dnnl_sgemm" : "", "omp_set_num_threads"},
};

std::function<void()> product(const Library& library, void* function, const Shape3& s) {
  const auto number = [](int i) { return static_cast<Index>(i); };
  Random random(1);
  const Matrix a =
      random.normal(number(s.a_transposed ? s.k : s.m), number(s.a_transposed ? s.m : s.k));
  const Matrix b =
      random.normal(number(s.b_transposed ? s.n : s.k), number(s.b_transposed ? s.k : s.n));
  Matrix c(number(s.m), number(s.n));
  const char form_a = s.a_transposed ? 'T' : 'N', form_b = s.b_transposed ? 'T' : 'N';
  const int lda = static_cast<int>(a.n_rows), ldb = static_cast<int>(b.n_rows);
  const Scalar one = 1, zero = 0;
  if (std::string_view(library.product).starts_with("dnnl")) {
    return [=]() mutable {
      reinterpret_cast<RowGemm>(function)(form_b, form_a, s.n, s.m, s.k, one, b.memptr(), ldb,
                                          a.memptr(), lda, zero, c.memptr(), s.m);
    };
  }
  return [=]() mutable {
    reinterpret_cast<Gemm>(function)(&form_a, &form_b, &s.m, &s.n, &s.k, &one, a.memptr(), &lda,
                                     b.memptr(), &ldb, &zero, c.memptr(), &s.m);
  };
}

void print_products() {
  for (const Library& library : libraries) {
    void* const file = dlopen(library.file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    void* const function = file ? dlsym(file, library.product) : nullptr;
    if (!function) continue;
    const auto set_threads = reinterpret_cast<void (*)(long)>(dlsym(file, library.set_threads));
    for (const Shape3& s : shapes) {
      const double work = 2.0 * s.m * s.n * s.k;
      fmt::print("{} {}×{}×{}{}{}\t{:.4g}\n", library.name, s.m, s.n, s.k,
                 s.a_transposed ? " Aᵀ" : "", s.b_transposed ? " Bᵀ" : "", rate(work, [&] {
                   if (set_threads) set_threads(1);
                   return product(library, function, s);
                 }));
    }
  }
}

// --- memory --------------------------------------------------------------------------------------

std::function<void()> copy() {
  const Matrix from(256, 4096, arma::fill::ones);
  Matrix to(256, 4096);
  return [from, to]() mutable {
    std::copy(from.begin(), from.end(), to.begin());
    benchmark::ClobberMemory();
  };
}

}  // namespace

int main(int argc, char* argv[]) {
  if (const int threads = take_number("--threads=", argc, argv)) set_num_threads(threads);
  fmt::print("registers\t{:.4g}\n", rate(2.0 * fma_rounds * chains * simd::width,
                                         [] { return std::function<void()>(multiply_and_add); }));
  print_products();
  fmt::print("copy\t{:.4g}\n", rate(2.0 * 256 * 4096 * sizeof(Scalar), copy));
}
