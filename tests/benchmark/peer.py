"""The workloads of docs/performance.md on PyTorch: prints a JSON object, workload → milliseconds.

  peer.py --precision float --threads 2 [workload …]
  peer.py --export DIR      writes the networks that are only evaluated as ONNX files, for peer_onnx.mjs
"""

import argparse
import json
import pathlib
import time

import torch
import torch.nn.functional as F

import resnet_recipe


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


def cnn(dtype):
    def stage(channels_in, channels):
        conv = torch.nn.Conv2d(channels_in, channels, 3, padding=1, bias=False)
        return [conv, torch.nn.BatchNorm2d(channels), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]

    model = torch.nn.Sequential(*stage(1, 16), *stage(16, 32), torch.nn.Flatten(),
                                torch.nn.Linear(32 * 7 * 7, 10)).to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x = torch.randn(32, 1, 28, 28, dtype=dtype)
    targets = torch.arange(32) % 10

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), targets).backward()
        optimizer.step()

    return step


class GptBlock(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.qkv = torch.nn.Linear(width, 3 * width, bias=False)
        self.out = torch.nn.Linear(width, width, bias=False)
        self.up = torch.nn.Linear(width, 4 * width, bias=False)
        self.down = torch.nn.Linear(4 * width, width, bias=False)

    def forward(self, x, mask):
        n, t, width = x.shape
        q, k, v = (z.view(n, t, self.heads, -1).transpose(1, 2) for z in self.qkv(self.norm1(x)).split(width, 2))
        x = x + self.out(attend(q, k, v, mask).transpose(1, 2).reshape(n, t, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


def attend(q, k, v, mask):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    return F.softmax(scores.masked_fill(mask, float("-inf")), -1) @ v


class Gpt(torch.nn.Module):
    def __init__(self, width, context):
        super().__init__()
        self.tokens, self.positions = torch.nn.Embedding(65, width), torch.nn.Embedding(context, width)
        self.blocks = torch.nn.ModuleList([GptBlock(width, 4) for _ in range(4)])
        self.final = torch.nn.LayerNorm(width)
        self.register_buffer("mask", torch.ones(context, context).triu(1).bool())
        self.register_buffer("places", torch.arange(context))
        with torch.no_grad():
            for p in self.parameters():
                if p.dim() > 1:
                    p.mul_(0.02 / p.std())

    def forward(self, given):
        x = self.tokens(given) + self.positions(self.places)
        for block in self.blocks:
            x = block(x, self.mask)
        return F.linear(self.final(x), self.tokens.weight)


def gpt(width, context, batch):
    def workload(dtype):
        model = Gpt(width, context).to(dtype)
        parameters = list(model.parameters())
        optimizer = torch.optim.AdamW([{"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.1},
                                       {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0}],
                                      lr=1e-3, betas=(0.9, 0.99))
        given, following = torch.randint(65, (batch, context)), torch.randint(65, (batch * context,))

        def step():
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(given).view(-1, 65), following).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()

        return step

    return workload


# Networks that are only evaluated, each with its input.
EVALUATED = {"gpt_forward": lambda: (Gpt(128, 64), torch.randint(65, (12, 64))),
             "resnet_forward": lambda: (resnet_recipe.resnet([16, 32, 64], 1), torch.randn(32, 1, 28, 28))}


def evaluate(name):
    def workload(dtype):
        model, x = EVALUATED[name]()
        model.to(dtype).eval()
        x = x.to(dtype) if x.is_floating_point() else x

        def step():
            with torch.inference_mode():
                model(x)

        return step

    return workload


def attention(length):
    def workload(dtype):
        q, k, v = (torch.randn(1, 8, length, 64, dtype=dtype, requires_grad=True) for _ in range(3))
        dy = torch.randn(1, 8, length, 64, dtype=dtype)
        mask = torch.ones(length, length).triu(1).bool()

        def step():
            q.grad = k.grad = v.grad = None
            attend(q, k, v, mask).backward(dy)

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
    "cnn": cnn,
    "gpt_small": gpt(64, 32, 16),
    "gpt": gpt(128, 64, 12),
    "gpt_wide": gpt(256, 128, 8),
    **{name: evaluate(name) for name in EVALUATED},
    "attention_256": attention(256),
    "attention_1024": attention(1024),
    "attention_4096": attention(4096),
    "layer_norm": norm(lambda: torch.nn.LayerNorm(256), FEATURES),
    "rms_norm": norm(lambda: RmsNorm(256), FEATURES),
    "batch_norm": norm(lambda: torch.nn.BatchNorm1d(256), FEATURES),
    "group_norm": norm(lambda: torch.nn.GroupNorm(8, 64), IMAGES),
    "instance_norm": norm(lambda: torch.nn.InstanceNorm2d(64, affine=True), IMAGES),
    "batch_norm2d": norm(lambda: torch.nn.BatchNorm2d(64), IMAGES),
}


def milliseconds(step, seconds):
    warm = time.perf_counter() + seconds / 4
    step()
    while time.perf_counter() < warm:
        step()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", choices=["float", "double"], default="float")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--export", type=pathlib.Path, metavar="DIR")
    parser.add_argument("workloads", nargs="*")
    options = parser.parse_args()
    torch.manual_seed(1)
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.export:
        for name, network in EVALUATED.items():
            model, x = network()
            torch.onnx.export(model.eval(), x, options.export / f"{name}.onnx", opset_version=13)
        return
    dtype = torch.float32 if options.precision == "float" else torch.float64
    names = options.workloads or list(WORKLOADS)
    print(json.dumps({n: milliseconds(WORKLOADS[n](dtype), options.seconds) for n in names}))


if __name__ == "__main__":
    main()
