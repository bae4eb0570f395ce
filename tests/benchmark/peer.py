"""The workloads of docs/performance.md on PyTorch: prints a JSON object, workload → milliseconds.

  peer.py --precision float --threads 2 [workload …]
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F


def chain(dtype):
    start = torch.ones(1, 1, dtype=dtype)

    def step():
        x = start.clone().requires_grad_()
        y = x
        for _ in range(1000):
            y = torch.tanh(y + x)
        y.sum().backward()

    return step


def explosion(dtype):
    x = torch.randn(100, 64, dtype=dtype)
    weights = [0.5 * torch.randn(64, 64, dtype=dtype) for _ in range(10)]
    norms = [
        lambda h: h,
        lambda h: F.batch_norm(h, None, None, training=True),
        lambda h: F.layer_norm(h, (64,)),
    ]

    def step():
        with torch.no_grad():
            for norm in norms:
                h = x
                for w in weights:
                    h = F.relu(norm(F.linear(h, w)))

    return step


class RmsNorm(torch.nn.Module):  # torch 1.13 has none of its own
    def __init__(self, features):
        super().__init__()
        self.gamma = torch.nn.Parameter(torch.ones(features))

    def forward(self, x):
        return self.gamma * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)


def norm(make, shape):
    def workload(dtype):
        module = make().to(dtype)
        x = torch.randn(shape, dtype=dtype, requires_grad=True)
        dy = torch.randn(shape, dtype=dtype)

        def step():
            x.grad = None
            module.zero_grad(set_to_none=True)
            module(x).backward(dy)

        return step

    return workload


def mlp(widths, norm, make_optimizer, batch):
    def workload(dtype):
        layers = []
        for i in range(len(widths) - 1):
            layers.append(torch.nn.Linear(widths[i], widths[i + 1]))
            if i + 2 < len(widths):
                layers += [norm(widths[i + 1]), torch.nn.ReLU()]
        model = torch.nn.Sequential(*layers).to(dtype)
        optimizer = make_optimizer(model.parameters())
        x = torch.randn(batch, widths[0], dtype=dtype)
        targets = torch.arange(batch) % 10

        def step():
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(x), targets).backward()
            optimizer.step()

        return step

    return workload


FEATURES = (4096, 256)
IMAGES = (32, 64, 16, 16)
WORKLOADS = {
    "chain": chain,
    "explosion": explosion,
    "mlp_small": mlp([64, 64, 64, 10], torch.nn.LayerNorm, lambda p: torch.optim.Adam(p), 32),
    "mlp": mlp([784, 256, 256, 10], torch.nn.BatchNorm1d,
               lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9), 128),
    "layer_norm": norm(lambda: torch.nn.LayerNorm(256), FEATURES),
    "rms_norm": norm(lambda: RmsNorm(256), FEATURES),
    "batch_norm": norm(lambda: torch.nn.BatchNorm1d(256), FEATURES),
    "group_norm": norm(lambda: torch.nn.GroupNorm(8, 64), IMAGES),
    "instance_norm": norm(lambda: torch.nn.InstanceNorm2d(64, affine=True), IMAGES),
    "batch_norm2d": norm(lambda: torch.nn.BatchNorm2d(64), IMAGES),
}


def milliseconds(step, seconds):
    for _ in range(3):
        step()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", choices=["float", "double"], default="float")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("workloads", nargs="*")
    options = parser.parse_args()
    torch.manual_seed(1)
    if options.threads:
        torch.set_num_threads(options.threads)
    dtype = torch.float32 if options.precision == "float" else torch.float64
    names = options.workloads or list(WORKLOADS)
    print(json.dumps({n: milliseconds(WORKLOADS[n](dtype), options.seconds) for n in names}))


if __name__ == "__main__":
    main()
