#!/usr/bin/env python3
"""Writes optim.json: 100 steps of PyTorch's optimizers, and of Muon, on one small problem, in float64.

    python3 tests/reference/make_optim_reference.py

The loss is Σ ½ a (w − b)² + 0.025 w⁴ over a matrix and a vector, so its gradient is a (w − b) + 0.1 w³. Each case holds the
parameters after 1, 2, 10 and 100 steps and `float_error`, how far PyTorch's own float32 is from them after 100.
"""
import json
import os

import torch

STEPS = [1, 2, 10, 100]
SHAPES = {"matrix": (3, 2), "vector": (3,)}


def problem(dtype):
    torch.manual_seed(5)
    made = {}
    for name, shape in SHAPES.items():
        draw = [torch.rand(shape).to(dtype) for _ in range(3)]  # float numbers in both precisions
        made[name] = {"a": draw[0] * 2 + 0.25, "b": draw[1] * 2 - 1, "start": draw[2] * 4 - 2}
    return made


def trajectory(make, dtype, max_norm=None, schedule=None):
    data = problem(dtype)
    weights = {name: torch.nn.Parameter(d["start"].clone()) for name, d in data.items()}
    optimizer = make([weights["matrix"]], [weights["vector"]])
    scheduler = schedule(optimizer) if schedule else None
    kept, norms = {}, []
    for step in range(1, max(STEPS) + 1):
        optimizer.zero_grad()
        sum((0.5 * d["a"] * (weights[n] - d["b"]) ** 2 + 0.025 * weights[n] ** 4).sum()
            for n, d in data.items()).backward()
        if max_norm:
            norms.append(float(torch.nn.utils.clip_grad_norm_(weights.values(), max_norm)))
        optimizer.step()
        if scheduler:
            scheduler.step()
        if step in STEPS:
            kept[step] = {n: w.detach().clone() for n, w in weights.items()}
    return kept, norms


def groups(kind, **options):
    """The vector's group has no decay."""
    return lambda m, v: kind([{"params": m}, {"params": v, "weight_decay": 0.0}], **options)


def one_group(kind, **options):
    return lambda m, v: kind(m + v, **options)


class Muon(torch.optim.Optimizer):
    """For matrices, from its description: PyTorch has it since 2.9."""

    def __init__(self, params, lr, momentum=0.95, nesterov=True, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay))

    @staticmethod
    def orthogonal(d):
        if d.shape[0] > d.shape[1]:
            return Muon.orthogonal(d.t()).t()
        x = d / (torch.linalg.norm(d) + 1e-7)
        for _ in range(5):
            x = 3.4445 * x - 4.7750 * x @ x.t() @ x + 2.0315 * x @ x.t() @ x @ x.t() @ x
        return x

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta = group["momentum"]
            for w in group["params"]:
                average = self.state[w].setdefault("average", torch.zeros_like(w))
                average.copy_(beta * average + (1 - beta) * w.grad)
                ahead = beta * average + (1 - beta) * w.grad if group["nesterov"] else average
                size = max(1.0, w.shape[0] / w.shape[1]) ** 0.5
                w.mul_(1 - group["lr"] * group["weight_decay"])
                w.sub_(group["lr"] * size * self.orthogonal(ahead))


OPTIM = torch.optim
CASES = [
    ("sgd", {"lr": 0.1}, one_group(OPTIM.SGD, lr=0.1), {}),
    ("sgd decay", {"lr": 0.1, "weight_decay": 0.05}, one_group(OPTIM.SGD, lr=0.1, weight_decay=0.05), {}),
    ("sgd momentum", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01},
     one_group(OPTIM.SGD, lr=0.05, momentum=0.9, weight_decay=0.01), {}),
    ("sgd nesterov", {"lr": 0.05, "momentum": 0.9, "nesterov": True},
     one_group(OPTIM.SGD, lr=0.05, momentum=0.9, nesterov=True), {}),
    ("adam", {"lr": 0.05}, one_group(OPTIM.Adam, lr=0.05), {}),
    ("adam decay", {"lr": 0.05, "beta1": 0.8, "beta2": 0.98, "weight_decay": 0.1},
     one_group(OPTIM.Adam, lr=0.05, betas=(0.8, 0.98), weight_decay=0.1), {}),
    ("adamw", {"lr": 0.05, "weight_decay": 0.1}, one_group(OPTIM.AdamW, lr=0.05, weight_decay=0.1), {}),
    ("adamw groups", {"lr": 0.05, "weight_decay": 0.1, "groups": True},
     groups(OPTIM.AdamW, lr=0.05, weight_decay=0.1), {}),
    ("muon", {"lr": 0.02}, lambda m, v: Muon(m, lr=0.02), {}),
    ("muon plain decay", {"lr": 0.02, "momentum": 0.9, "nesterov": False, "weight_decay": 0.1},
     lambda m, v: Muon(m, lr=0.02, momentum=0.9, nesterov=False, weight_decay=0.1), {}),
    ("sgd clipped", {"lr": 0.1, "max_norm": 1.0}, one_group(OPTIM.SGD, lr=0.1), {"max_norm": 1.0}),
    ("adamw cosine", {"lr": 0.05, "weight_decay": 0.1, "cosine": [0.005, 80]},
     one_group(OPTIM.AdamW, lr=0.05, weight_decay=0.1),
     {"schedule": lambda o: OPTIM.lr_scheduler.LambdaLR(
         o, lambda t: cosine(t, 0.1, 80))}),
    ("sgd step", {"lr": 0.1, "step": [0.5, 30]}, one_group(OPTIM.SGD, lr=0.1),
     {"schedule": lambda o: OPTIM.lr_scheduler.StepLR(o, 30, 0.5)}),
]


def cosine(step, floor, total):
    """CosineAnnealingLR's closed form as a factor, staying at the floor behind the end."""
    import math
    return floor + (1 - floor) * (1 + math.cos(math.pi * min(step, total) / total)) / 2


def main():
    start = problem(torch.float64)
    flat = lambda tensor: tensor.t().reshape(-1).tolist()  # column by column
    cases = []
    for name, options, make, extra in CASES:
        exact, norms = trajectory(make, torch.float64, **extra)
        rounded, _ = trajectory(make, torch.float32, **extra)
        error = max(float((rounded[100][n].double() - exact[100][n]).abs().max()) for n in SHAPES)
        cases.append({"case": name, "options": options, "float_error": error,
                      "after": {step: {n: flat(w) for n, w in values.items()} for step, values in exact.items()},
                      "norms": norms[:3]})
    made = {"torch": torch.__version__,
            "problem": {n: {k: flat(v) for k, v in d.items()} for n, d in start.items()}, "cases": cases}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optim.json")
    with open(path + ".tmp", "w", encoding="ascii") as file:
        json.dump(made, file)
        file.write("\n")
    os.replace(path + ".tmp", path)
    print(f"optim.json: {len(cases)} cases, {os.path.getsize(path) / 1000:.0f} kB")
    for case in cases:
        print(case["case"], case["float_error"])


if __name__ == "__main__":
    main()
