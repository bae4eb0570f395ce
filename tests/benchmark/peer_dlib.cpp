// The step of `mlp` in dlib: 784-256-256-10, BatchNorm, ReLU, SGD with momentum, 128 samples.
//
//   peer_dlib --precision float --threads 2 --seconds 0.5 mlp      prints JSON: workload → ms
//
// The number of threads is OpenBLAS's, from the environment: dlib's own loops use one.

#include <dlib/dnn.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "milliseconds.hpp"

namespace {

using namespace dlib;
template <class Below>
using layer = relu<bn_fc<fc<256, Below>>>;
using Mlp = loss_multiclass_log<fc<10, layer<layer<input<matrix<float>>>>>>;

constexpr int batch = 128;

double time_of_a_step(double seconds) {
  Mlp net;
  std::vector<matrix<float>> images;
  std::vector<unsigned long> labels;
  for (int i = 0; i < batch; ++i) {
    images.push_back(matrix_cast<float>(gaussian_randm(784, 1, static_cast<unsigned long>(i))));
    labels.push_back(static_cast<unsigned long>(i) % 10);
  }
  resizable_tensor x;
  net.to_tensor(images.begin(), images.end(), x);
  std::vector<sgd> solvers(Mlp::num_computational_layers, sgd(0, 0.9F));
  const auto step = [&] {
    net.compute_parameter_gradients(x, labels.begin());
    net.update_parameters(solvers, 0.01);
  };

  return milliseconds(step, seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
  double seconds = 0.5;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string(argv[i]) == "--seconds") seconds = std::atof(argv[i + 1]);
  }
  std::printf("{\"mlp\": %.6f}\n", time_of_a_step(seconds));
}
