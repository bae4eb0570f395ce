// What the tests start under mpirun: scenarios NAME [FILE EPOCHS]. Each ends with 0 and "ok", or
// as its test expects.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include <signal.h>
#include <unistd.h>

#include "evenkeel/base/error.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/distributed/data_parallel.hpp"
#include "evenkeel/distributed/sync_batch_norm.hpp"
#include "evenkeel/mpi/run_processes.hpp"
#include "evenkeel/norm/group_norm.hpp"
#include "evenkeel/ops/activation.hpp"
#include "evenkeel/ops/arithmetic.hpp"
#include "evenkeel/ops/linear.hpp"
#include "evenkeel/ops/reduce.hpp"
#include "training.hpp"

using namespace evenkeel;

namespace {

constexpr Index channels = 3, positions = 2, samples = 16;

// The first and one past the last sample of this process: 5 and 11, or 5, 7, 1 and 3, or, with
// three processes, 9, 0 and 7.
std::pair<Index, Index> shard(const Communicator& all) {
  const std::vector<std::vector<Index>> cuts = {
      {0, 16}, {0, 5, 16}, {0, 9, 9, 16}, {0, 5, 12, 13, 16}};
  const std::vector<Index>& mine = cuts.at(all.size() - 1);
  return {mine[all.rank()], mine[all.rank() + 1]};
}

Matrix columns(const Matrix& x, std::pair<Index, Index> range) {
  if (range.first == range.second) return Matrix(x.n_rows, 0);
  return x.cols(range.first, range.second - 1);
}

void require_close(const char* what, const Matrix& got, const Matrix& expected, double tolerance) {
  double worst = 0;
  for (Index i = 0; i < got.n_elem; ++i)
    worst = std::max(worst, std::abs(double(got[i] - expected[i])));
  std::printf("%s differs by %.2g\n", what, worst);
  if (shape_of(got) != shape_of(expected) || !(worst <= tolerance)) {
    fail("scenario", fmt::format("{} differs by {}, at most {}", what, worst, tolerance));
  }
}

// BatchNorm of all samples in this process, beside SyncBatchNorm of its shard.
void exactness(Communicator& all, double mean, double tolerance) {
  Random random(1);
  const Matrix x = random.normal(channels * positions, samples) + Scalar(mean);
  const Matrix dy = random.normal(channels * positions, samples);
  Parameter gamma(random.normal(channels, 1)), beta(random.normal(channels, 1));
  Parameter sync_gamma(gamma.value), sync_beta(beta.value);
  RunningStats running(channels, 0.1), sync_running(channels, 0.1);

  Tape whole;
  const Var in = whole.variable(x);
  const Var y = batch_norm(in, channels, {gamma, beta}, 1e-5, &running);
  whole.backward(y, dy);

  Tape tape;
  const Var mine = tape.variable(columns(x, shard(all)));
  const Var sync_y =
      sync_batch_norm(all, mine, channels, {sync_gamma, sync_beta}, 1e-5, &sync_running);
  tape.backward(sync_y, columns(dy, shard(all)));
  std::vector<Scalar> sums(2 * channels);
  if (mine.cols() > 0) {
    std::copy_n(sync_gamma.gradient.begin(), channels, sums.begin());
    std::copy_n(sync_beta.gradient.begin(), channels, sums.begin() + channels);
  }
  all.sum("gamma and beta", std::span(sums));

  // A norm of single samples needs nobody else; BatchNorm of a shard is another function.
  if (mine.cols() > 0) {
    const Var group_y = group_norm(mine, 1, channels),
              batch_y = batch_norm(mine, channels, {sync_gamma, sync_beta});
    require_close("group_norm's y", group_y.value(),
                  columns(group_norm(in, 1, channels).value(), shard(all)), 0);
    require_close("batch_norm's y", batch_y.value(), columns(y.value(), shard(all)), 1e9);
  }
  const double unit = tolerance * machine_epsilon;
  require_close("y", sync_y.value(), columns(y.value(), shard(all)), unit);
  require_close("dx", mine.gradient(), columns(in.gradient(), shard(all)), unit);
  require_close("dgamma", Matrix(sums.data(), channels, 1), gamma.gradient, 10 * unit);
  require_close("dbeta", Matrix(sums.data() + channels, channels, 1), beta.gradient, 10 * unit);
  require_close("running_mean", sync_running.mean, running.mean, unit * std::max(1.0, mean));
  require_close("running_var", sync_running.variance, running.variance, unit);
}

// A small network that learns, with whole batches in each process and with shares of them.
struct Net final : Module {
  Parameter w1, w2;
  SyncBatchNorm norm;
  Net(Communicator& all, Random& random)
      : w1(random.normal(8, 4, 0.5), "w1"), w2(random.normal(1, 8, 0.3), "w2"), norm(all, 8) {}
  Var operator()(Var x) { return linear(relu(norm(linear(x, w1))), w2); }
  void members(Members& m) override {
    m.parameter("w1", w1);
    m.module("norm", norm);
    m.parameter("w2", w2);
  }
};

double train(Communicator& all, std::vector<double>& losses) {
  Random random(2), data(3);
  if (!all.is_first()) random = Random(99);  // DataParallel makes them the same
  Net net(all, random);
  DataParallel parallel(all, net);
  const Matrix x = data.normal(4, 13);
  const Matrix target = arma::sum(x, 0);
  double loss_of_all = 0;
  for (int step = 0; step < 100; ++step) {
    Tape tape;
    net.zero_gradient();
    const Var out = net(tape.constant(share_of(all, x)));
    const Var difference = out - tape.constant(share_of(all, target));
    const Var loss = out.cols() == 0 ? sum(difference) : mean(difference % difference);
    loss_of_all = parallel.backward(loss, out.cols());
    losses.push_back(loss_of_all);
    for (Parameter* p : net.parameters()) p->value -= Scalar(0.05) * p->gradient;
  }
  return loss_of_all;
}

void trajectory(Communicator& all) {
  std::vector<double> mine, alone;
  train(all, mine);
  train(one_process(), alone);
  double worst = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    worst = std::max(worst, std::abs(mine[i] - alone[i]) / alone[i]);
  }
  std::printf("losses differ by %.2g, from %.3g to %.3g\n", worst, alone.front(), alone.back());
  if (worst > 2e4 * machine_epsilon) fail("scenario", fmt::format("losses differ by {}", worst));
  if (alone.back() > 0.5 * alone.front()) fail("scenario", "nothing was learned");
}

bool here(const Communicator& all) {  // the process that goes wrong
  return all.rank() == all.size() - 1;
}

Var norm_of(Communicator& all, Tape& tape, bool gradient) {
  const Matrix x = Random(5 + all.rank()).normal(channels, 4);
  return sync_batch_norm(all, gradient ? tape.variable(x) : tape.constant(x), channels);
}

int run(Communicator& all, const std::string& name, const std::string& file, Index epochs) {
  all.set_time_limit(2);
  std::vector<double> numbers(1000, 1.0);
  Tape tape;
  if (name == "exact") exactness(all, 0, 200);
  if (name == "large_mean") exactness(all, 1e3, 1e6);
  if (name == "trajectory") trajectory(all);
  if (name == "trainer") training_takes_the_same_path(all);
  if (name == "part") training_of_a_part_takes_the_same_path(all);
  if (name == "checkpoint") training_goes_on(all, file, epochs);
  if (name == "other_checkpoint") training_goes_on(all, here(all) ? file + "?" : file, epochs);
  if (name == "diverges") training_diverges(all);
  if (name == "throw" && here(all)) fail("scenario", "thrown on purpose");
  if (name == "caught" && here(all)) {
    try {
      fail("scenario", "thrown and caught");
    } catch (const Error&) {
      return 0;
    }
  }
  if (name == "kill" && here(all)) kill(getpid(), SIGKILL);
  if (name == "counts") numbers.resize(here(all) ? 500 : 1000);
  if (name == "skip" && here(all)) all.barrier("something else");
  if (name == "late" && here(all)) std::this_thread::sleep_for(std::chrono::seconds(20));
  if (name == "nan" && here(all)) numbers[3] = arma::datum::nan;
  if (name == "no_gradient") norm_of(all, tape, !here(all));
  if (name == "shape")
    sync_batch_norm(all, tape.constant(Matrix(here(all) ? 4 : 3, 5, arma::fill::ones)),
                    here(all) ? 4 : 3);
  all.sum("the numbers", std::span(numbers));
  if (numbers[0] != double(all.size())) fail("scenario", "a sum is wrong");
  if (all.is_first()) std::puts("ok");
  return 0;
}

}  // namespace

int main(int argc, char* argv[]) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  return run_processes(argc, argv, [&](Communicator& all) {
    return run(all, words.at(0), words.size() > 1 ? words[1] : "",
               words.size() > 2 ? std::stoul(words[2]) : 0);
  });
}
