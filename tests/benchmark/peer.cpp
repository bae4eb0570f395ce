// The workloads of peer.py on PyTorch's C++ library: the same kernels without Python between them.
//
//   peer --precision float --threads 2 --seconds 0.5 workload …    prints JSON: workload → ms

#include <torch/torch.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "milliseconds.hpp"

namespace {

namespace F = torch::nn::functional;
using torch::Tensor;
using Step = std::function<void()>;
using Workload = std::function<Step(torch::Dtype)>;

Step chain(torch::Dtype dtype) {
  return [start = torch::ones({1, 1}, dtype)] {
    const Tensor x = start.clone().requires_grad_();
    Tensor y = x;
    for (int i = 0; i < 1000; ++i) y = torch::tanh(y + x);
    y.sum().backward();
  };
}

Step explosion(torch::Dtype dtype) {
  const Tensor x = torch::randn({100, 64}, dtype);
  std::vector<Tensor> weights;
  for (int layer = 0; layer < 10; ++layer) weights.push_back(0.5 * torch::randn({64, 64}, dtype));
  const std::vector<std::function<Tensor(Tensor)>> norms = {
      [](Tensor h) { return h; },
      [](Tensor h) { return torch::batch_norm(h, {}, {}, {}, {}, true, 0.1, 1e-5, false); },
      [](Tensor h) { return torch::layer_norm(h, {64}); }};
  const auto stacks = [=](std::int64_t first, std::int64_t last) {
    const torch::NoGradGuard forward_only;
    for (std::int64_t k = first; k < last; ++k) {
      Tensor h = x;
      for (const Tensor& w : weights) h = torch::relu(norms[k](torch::linear(h, w)));
    }
  };
  return [=] { at::parallel_for(0, 3, 1, stacks); };
}

// --- norms ---------------------------------------------------------------------------------------

struct RmsNormImpl : torch::nn::Module {  // torch 1.13 has none of its own
  Tensor gamma;
  explicit RmsNormImpl(int features) { gamma = register_parameter("gamma", torch::ones(features)); }
  Tensor forward(Tensor x) { return gamma * x * torch::rsqrt(x.pow(2).mean(-1, true) + 1e-5); }
};
TORCH_MODULE(RmsNorm);

template <class Make>
Workload norm(Make make, std::vector<std::int64_t> shape) {
  return [=](torch::Dtype dtype) -> Step {
    auto module = make();
    module->to(dtype);
    Tensor x = torch::randn(shape, torch::TensorOptions(dtype).requires_grad(true));
    const Tensor dy = torch::randn(shape, dtype);
    return [=]() mutable {
      x.mutable_grad().reset();
      module->zero_grad();
      module->forward(x).backward(dy);
    };
  };
}

// --- training steps ------------------------------------------------------------------------------

template <class MakeNorm, class MakeOptimizer>
Workload mlp(std::vector<int> widths, MakeNorm make_norm, MakeOptimizer make_optimizer, int batch) {
  return [=](torch::Dtype dtype) -> Step {
    torch::nn::Sequential model;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      model->push_back(torch::nn::Linear(widths[i], widths[i + 1]));
      if (i + 2 == widths.size()) continue;
      model->push_back(make_norm(widths[i + 1]));
      model->push_back(torch::nn::ReLU());
    }
    model->to(dtype);
    auto optimizer = make_optimizer(model->parameters());
    const Tensor x = torch::randn({batch, widths[0]}, dtype);
    const Tensor targets = torch::arange(batch) % 10;
    return [=]() mutable {
      optimizer->zero_grad();
      F::cross_entropy(model->forward(x), targets).backward();
      optimizer->step();
    };
  };
}

Step cnn(torch::Dtype dtype) {
  const auto conv = [](int in, int out) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1).bias(false));
  };
  torch::nn::Sequential model(conv(1, 16), torch::nn::BatchNorm2d(16), torch::nn::ReLU(),
                              torch::nn::MaxPool2d(2), conv(16, 32), torch::nn::BatchNorm2d(32),
                              torch::nn::ReLU(), torch::nn::MaxPool2d(2), torch::nn::Flatten(),
                              torch::nn::Linear(32 * 7 * 7, 10));
  model->to(dtype);
  auto optimizer = std::make_shared<torch::optim::SGD>(
      model->parameters(), torch::optim::SGDOptions(0.01).momentum(0.9));
  const Tensor x = torch::randn({32, 1, 28, 28}, dtype);
  const Tensor targets = torch::arange(32) % 10;
  return [=]() mutable {
    optimizer->zero_grad();
    F::cross_entropy(model->forward(x), targets).backward();
    optimizer->step();
  };
}

Tensor attend(Tensor q, Tensor k, Tensor v, Tensor mask) {
  const Tensor scores = q.matmul(k.transpose(-2, -1)) / std::sqrt(static_cast<double>(q.size(-1)));
  return torch::softmax(scores.masked_fill(mask, -INFINITY), -1).matmul(v);
}

struct GptBlock {
  int heads;
  torch::nn::LayerNorm norm1, norm2;
  torch::nn::Linear qkv, out, up, down;

  GptBlock(int width, int head_count)
      : heads(head_count),
        norm1(torch::nn::LayerNormOptions({width})),
        norm2(torch::nn::LayerNormOptions({width})),
        qkv(torch::nn::LinearOptions(width, 3 * width).bias(false)),
        out(torch::nn::LinearOptions(width, width).bias(false)),
        up(torch::nn::LinearOptions(width, 4 * width).bias(false)),
        down(torch::nn::LinearOptions(4 * width, width).bias(false)) {}

  std::vector<std::shared_ptr<torch::nn::Module>> modules() {
    return {norm1.ptr(), norm2.ptr(), qkv.ptr(), out.ptr(), up.ptr(), down.ptr()};
  }

  Tensor forward(Tensor x, Tensor mask) {
    const auto n = x.size(0), t = x.size(1), width = x.size(2);
    std::vector<Tensor> parts = qkv(norm1(x)).split(width, 2);
    for (Tensor& part : parts) part = part.view({n, t, heads, -1}).transpose(1, 2);
    const Tensor y = attend(parts[0], parts[1], parts[2], mask).transpose(1, 2);
    x = x + out(y.reshape({n, t, width}));
    return x + down(torch::gelu(up(norm2(x)), "tanh"));
  }
};

Workload gpt(int width, int context, int batch) {
  return [=](torch::Dtype dtype) -> Step {
    torch::nn::Embedding tokens(65, width), positions(context, width);
    torch::nn::LayerNorm final(torch::nn::LayerNormOptions({width}));
    std::vector<GptBlock> blocks;
    for (int layer = 0; layer < 4; ++layer) blocks.emplace_back(width, 4);

    std::vector<Tensor> matrices, vectors;
    const auto collect = [&](std::shared_ptr<torch::nn::Module> module) {
      module->to(dtype);
      const torch::NoGradGuard off;
      for (Tensor& p : module->parameters()) {
        if (p.dim() > 1) p.mul_(0.02 / p.std());
        (p.dim() > 1 ? matrices : vectors).push_back(p);
      }
    };
    for (const auto& module : {tokens.ptr(), positions.ptr()}) collect(module);
    collect(final.ptr());
    for (GptBlock& block : blocks) {
      for (const auto& module : block.modules()) collect(module);
    }
    using Options = torch::optim::AdamWOptions;
    const auto options = [](double decay) {
      return std::make_unique<Options>(Options(1e-3).betas({0.9, 0.99}).weight_decay(decay));
    };
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.emplace_back(matrices, options(0.1));
    groups.emplace_back(vectors, options(0));
    auto optimizer = std::make_shared<torch::optim::AdamW>(groups, Options(1e-3));
    std::vector<Tensor> parameters = matrices;
    parameters.insert(parameters.end(), vectors.begin(), vectors.end());

    const Tensor given = torch::randint(65, {batch, context}, torch::kLong);
    const Tensor following = torch::randint(65, {batch * context}, torch::kLong);
    const Tensor mask = torch::ones({context, context}).triu(1).to(torch::kBool);
    const Tensor places = torch::arange(context);
    return [=]() mutable {
      optimizer->zero_grad();
      Tensor x = tokens(given) + positions(places);
      for (GptBlock& block : blocks) x = block.forward(x, mask);
      const Tensor logits = torch::linear(final(x), tokens->weight);
      F::cross_entropy(logits.view({-1, 65}), following).backward();
      torch::nn::utils::clip_grad_norm_(parameters, 1.0);
      optimizer->step();
    };
  };
}

Workload attention(int length) {
  return [=](torch::Dtype dtype) -> Step {
    const auto options = torch::TensorOptions(dtype).requires_grad(true);
    std::vector<Tensor> qkv;
    for (int i = 0; i < 3; ++i) qkv.push_back(torch::randn({1, 8, length, 64}, options));
    const Tensor dy = torch::randn({1, 8, length, 64}, dtype);
    const Tensor mask = torch::ones({length, length}).triu(1).to(torch::kBool);
    return [=]() mutable {
      for (Tensor& x : qkv) x.mutable_grad().reset();
      attend(qkv[0], qkv[1], qkv[2], mask).backward(dy);
    };
  };
}

// -------------------------------------------------------------------------------------------------

std::map<std::string, Workload> workloads() {
  using namespace torch::nn;
  const std::vector<std::int64_t> features = {4096, 256}, images = {32, 64, 16, 16};
  const auto layer_norm = [](int n) { return LayerNorm(LayerNormOptions({n})); };
  const auto batch_norm = [](int n) { return BatchNorm1d(n); };
  const auto adam = [](std::vector<Tensor> p) { return std::make_shared<torch::optim::Adam>(p); };
  const auto sgd = [](std::vector<Tensor> p) {
    return std::make_shared<torch::optim::SGD>(p, torch::optim::SGDOptions(0.01).momentum(0.9));
  };
  return {
      {"chain", chain},
      {"explosion", explosion},
      {"mlp_small", mlp({64, 64, 64, 10}, layer_norm, adam, 32)},
      {"mlp", mlp({784, 256, 256, 10}, batch_norm, sgd, 128)},
      {"cnn", cnn},
      {"gpt_small", gpt(64, 32, 16)},
      {"gpt", gpt(128, 64, 12)},
      {"gpt_wide", gpt(256, 128, 8)},
      {"attention_256", attention(256)},
      {"attention_1024", attention(1024)},
      {"attention_4096", attention(4096)},
      {"layer_norm", norm([] { return LayerNorm(LayerNormOptions({256})); }, features)},
      {"rms_norm", norm([] { return RmsNorm(256); }, features)},
      {"batch_norm", norm([] { return BatchNorm1d(256); }, features)},
      {"group_norm", norm([] { return GroupNorm(GroupNormOptions(8, 64)); }, images)},
      {"instance_norm",
       norm([] { return InstanceNorm2d(InstanceNorm2dOptions(64).affine(true)); }, images)},
      {"batch_norm2d", norm([] { return BatchNorm2d(64); }, images)},
  };
}

}  // namespace

int main(int argc, char* argv[]) {
  torch::Dtype dtype = torch::kFloat;
  double seconds = 0.5;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--precision") {
      dtype = std::string(argv[++i]) == "double" ? torch::kDouble : torch::kFloat;
    } else if (argument == "--threads") {
      torch::set_num_threads(std::atoi(argv[++i]));
    } else if (argument == "--seconds") {
      seconds = std::atof(argv[++i]);
    } else {
      names.push_back(argument);
    }
  }
  torch::manual_seed(1);
  const std::map<std::string, Workload> all = workloads();
  const char* separator = "{";
  for (const std::string& name : names) {
    std::printf("%s\"%s\": %.6f", separator, name.c_str(),
                milliseconds(all.at(name)(dtype), seconds));
    separator = ", ";
  }
  std::printf("}\n");
}
