#!/usr/bin/env python3
"""Lesson 09's small ResNet on Fashion-MNIST, trained by PyTorch: the figures beside ours.

  resnet_recipe.py --data DIR [--train 2000 --test 1000] [--epochs 10] [--seeds 5] …

Same network, same first weights (in distribution), same loss, optimizer, schedule, augmentation and
number of epochs as `lessons/run 09 --recipe shipped`. DIR holds Fashion-MNIST's four .gz files, for
example /usr/share/datasets/fashion-mnist. Prints a CSV: seed,epoch,train_loss,test_accuracy,seconds.
"""

import argparse
import gzip
import math
import pathlib
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn


def read(folder, name, count):
    images = gzip.open(folder / f"{name}-images-idx3-ubyte.gz").read()
    labels = gzip.open(folder / f"{name}-labels-idx1-ubyte.gz").read()
    x = numpy.frombuffer(images, numpy.uint8, offset=16).reshape(-1, 1, 28, 28)[:count]
    y = numpy.frombuffer(labels, numpy.uint8, offset=8)[:count]
    return torch.tensor(x / 255.0, dtype=torch.float32), torch.tensor(y.astype(numpy.int64))


def conv(channels_in, channels_out, size, stride):
    layer = nn.Conv2d(channels_in, channels_out, size, stride, size // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")
    return layer


class Block(nn.Module):
    """relu(shortcut(x) + norm(conv(relu(norm(conv(x))))))"""

    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = conv(channels_in, channels_out, 3, stride)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.conv2 = conv(channels_out, channels_out, 3, 1)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.shortcut = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(conv(channels_in, channels_out, 1, stride),
                                          nn.BatchNorm2d(channels_out))

    def forward(self, x):
        branch = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(self.shortcut(x) + branch)


def resnet(widths, blocks):
    layers = [conv(1, widths[0], 3, 1), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    channels = widths[0]
    for stage, width in enumerate(widths):
        for block in range(blocks):
            layers.append(Block(channels, width, 2 if stage > 0 and block == 0 else 1))
            channels = width
    head = nn.Linear(channels, 10)
    nn.init.normal_(head.weight, std=1 / math.sqrt(channels))
    nn.init.zeros_(head.bias)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)


def augment(x, shift, generator):
    """Each image is flipped with probability 1/2 and moved by up to `shift` pixels; 0 comes in."""
    n, _, height, width = x.shape
    columns = torch.arange(width).repeat(n, 1)
    flip = torch.rand(n, generator=generator) < 0.5
    columns[flip] = width - 1 - columns[flip]
    dy = torch.randint(0, 2 * shift + 1, (n, 1), generator=generator)
    dx = torch.randint(0, 2 * shift + 1, (n, 1), generator=generator)
    padded = F.pad(x[torch.arange(n)[:, None], 0, :, columns].transpose(1, 2), (shift,) * 4)
    rows = torch.arange(height) + dy
    places = torch.arange(width) + dx
    return padded[torch.arange(n)[:, None, None], rows[:, :, None], places[:, None, :]][:, None]


def learning_rate(step, total, warmup, peak):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        right = sum((model(x[i:i + 500]).argmax(1) == y[i:i + 500]).sum().item()
                    for i in range(0, len(x), 500))
    model.train()
    return right / len(x)


def train(options, seed, train_set, test_set):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = resnet(options.widths, options.blocks)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD([{"params": decayed, "weight_decay": options.weight_decay},
                                 {"params": others, "weight_decay": 0}],
                                lr=1, momentum=0.9)
    x, y = train_set
    batches = len(x) // options.batch  # the odd last one is dropped
    total, warmup = options.epochs * batches, options.warmup * batches // 100
    step = 0
    start = time.time()
    for epoch in range(1, options.epochs + 1):
        order = torch.randperm(len(x), generator=generator)
        loss_sum = 0
        for batch in range(batches):
            chosen = order[batch * options.batch:(batch + 1) * options.batch]
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, total, warmup, options.learning_rate)
            loss = F.cross_entropy(model(augment(x[chosen], options.shift, generator)), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.item()
            step += 1
        print(f"{seed},{epoch},{loss_sum / batches:.4f},{accuracy(model, *test_set):.4f},"
              f"{time.time() - start:.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--train", type=int, default=2000)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--widths", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--blocks", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--warmup", type=int, default=10, help="percent of the first epoch's steps")
    parser.add_argument("--shift", type=int, default=0)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    sets = [read(options.data, name, count) for name, count in
            (("train", options.train), ("t10k", options.test))]
    mean, deviation = sets[0][0].mean(), sets[0][0].std(unbiased=False)
    sets = [((x - mean) / deviation, y) for x, y in sets]
    print("seed,epoch,train_loss,test_accuracy,seconds")
    for seed in range(options.seed, options.seed + options.seeds):
        train(options, seed, *sets)


if __name__ == "__main__":
    main()
