#!/usr/bin/env python3
"""Lesson 15's recipe in PyTorch: the loss that a model of the same shape reaches on the same text.

    python3 tests/benchmark/gpt_recipe.py --seed 1
    python3 tests/benchmark/gpt_recipe.py --model bert --seed 1

The same split (90 % of the characters, then the rest), the same distribution of batches, the same
first weights' distribution, schedule, clipping and decay; other random numbers. Prints one line.
"""
import argparse
import math
import pathlib
import time

import torch
import torch.nn.functional as F
from torch import nn

TEXT = pathlib.Path(__file__).resolve().parents[2] / "data" / "moby_dick" / "moby_dick.txt"


class LayerNorm(nn.Module):
    """Without beta."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, None, 1e-5)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = LayerNorm(width), LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def attention(self, x):
        b, t, d = x.shape
        q, k, v = (part.view(b, t, self.heads, -1).transpose(1, 2)
                   for part in self.qkv(x).split(d, dim=2))
        scores = q @ k.transpose(2, 3) / math.sqrt(d // self.heads)
        later = torch.ones(t, t, dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(b, t, d))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, vocabulary, context, width, layers, heads):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm = LayerNorm(width)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                residual = name.endswith(("out.weight", "down.weight"))
                nn.init.normal_(p, std=0.02 / (math.sqrt(2 * layers) if residual else 1))

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        return self.norm(self.blocks(x)) @ self.tokens.weight.T


class Bert(nn.Module):
    """PyTorch's own encoder layers, post-norm."""

    def __init__(self, vocabulary, context, width, layers, heads):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.norm = nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(
            nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, activation="gelu",
                                       batch_first=True) for _ in range(layers)))
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, tokens):
        x = self.norm(self.tokens(tokens) + self.positions.weight[: tokens.shape[1]])
        return self.blocks(x) @ self.tokens.weight.T


def learning_rate(step, o):
    if step < o.warmup:
        return o.lr * (step + 1) / (o.warmup + 1)
    done = (step - o.warmup) / (o.iters - o.warmup)
    return o.min_lr + (o.lr - o.min_lr) * 0.5 * (1 + math.cos(math.pi * done))


def windows(text, length, o):
    begin = torch.randint(len(text) - length + 1, (o.batch,))
    return torch.stack([text[i : i + length] for i in begin])


def next_tokens(text, mask, o):
    """What the model sees, and what it must say at every token (GPT: the next one)."""
    rows = windows(text, o.context + 1, o)
    return rows[:, :-1], rows[:, 1:]


def masked_tokens(text, mask, o):
    """BERT: 15 % of the tokens are asked for; 8 of 10 of them hidden, 1 of 10 replaced."""
    rows = windows(text, o.context, o)
    asked = torch.rand(rows.shape).flatten().argsort()[: round(0.15 * rows.numel())]
    fate = torch.rand(len(asked))
    shown, targets = rows.flatten().clone(), torch.full((rows.numel(),), -100)
    targets[asked] = rows.flatten()[asked]  # the others have -100, which cross_entropy leaves out
    shown[asked[fate < 0.8]] = mask
    replaced = asked[fate >= 0.9]
    shown[replaced] = torch.randint(mask, (len(replaced),))
    return shown.view(rows.shape), targets.view(rows.shape)


def loss_of(model, x, y):
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["gpt", "bert"], default="gpt")
    for name, default in dict(layers=4, heads=4, width=128, context=64, batch=12, iters=2000,
                              lr=1e-3, min_lr=1e-4, warmup=100, weight_decay=0.1, seed=1).items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default)
    o = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(o.seed)

    text = TEXT.read_text()
    number = {c: i for i, c in enumerate(sorted(set(text)))}
    tokens = torch.tensor([number[c] for c in text])
    cut = len(tokens) * 9 // 10
    train, validation = tokens[:cut], tokens[cut:]
    mask = len(number)  # one more token
    make, batch, words = {"gpt": (Gpt, next_tokens, mask),
                          "bert": (Bert, masked_tokens, mask + 1)}[o.model]
    model = make(words, o.context, o.width, o.layers, o.heads)
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": o.weight_decay},
         {"params": vectors, "weight_decay": 0.0}], lr=o.lr, betas=(0.9, 0.99))
    begin, first = time.process_time(), None
    for step in range(o.iters):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, o)
        loss = loss_of(model, *batch(train, mask, o))
        first = loss.item() if first is None else first
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    seconds = time.process_time() - begin
    with torch.no_grad():
        final = sum(loss_of(model, *batch(validation, mask, o)).item() for _ in range(200)) / 200
    print(f"seed {o.seed}: first loss {first:.3f}, validation loss {final:.4f}, "
          f"{1000 * seconds / o.iters:.1f} ms a step, one thread")


main()
