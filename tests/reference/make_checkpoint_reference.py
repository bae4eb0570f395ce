#!/usr/bin/env python3
"""Writes gpt_F32, gpt_F64 and images_F32.safetensors and their outputs: models of PyTorch with random weights.

    python3 tests/reference/make_checkpoint_reference.py                 writes the files beside this script
    python3 tests/reference/make_checkpoint_reference.py --check FOLDER  reads FOLDER/gpt.safetensors and
                                                                         FOLDER/logits.safetensors, saved by
                                                                         Evenkeel, and compares the logits

gpt is Evenkeel's Gpt with biases and a head of its own, module by module, under the same names; so state_dict()
has the names, shapes and bytes that Evenkeel's files must have. images is a convolution, BatchNorm after two
batches of training, and a linear layer. Needs PyTorch.
"""
import argparse
import json
import math
import os
import struct
import sys

import torch
from torch import nn

FOLDER = os.path.dirname(os.path.abspath(__file__))
VOCABULARY, CONTEXT, WIDTH, LAYERS, HEADS = 11, 6, 8, 2, 2
DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}


# --- the model ---------------------------------------------------------------------------------------

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (z.reshape(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
                   for z in self.qkv(x).chunk(3, dim=-1))
        scores = q @ k.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)
        later = torch.ones(length, length).triu(1).bool()
        mixed = scores.masked_fill(later, -math.inf).softmax(dim=-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(batch, length, WIDTH))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        return self.down(nn.functional.gelu(self.up(x), approximate="tanh"))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()
        self.attention_residual = Residual()
        self.feed_forward = FeedForward()
        self.feed_forward_residual = Residual()

    def forward(self, x):
        x = x + self.attention(self.attention_residual.norm(x))
        return x + self.feed_forward(self.feed_forward_residual.norm(x))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.final_norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.final_norm(x))


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, (2, 3))
        self.norm = nn.BatchNorm2d(3)
        self.fc = nn.Linear(3 * 3 * 3, 4)

    def forward(self, x):  # (N, 2, 4, 5)
        return self.fc(self.norm(self.conv(x)).flatten(1))


# --- safetensors -------------------------------------------------------------------------------------

def write(path, tensors):
    names = {dtype: name for name, dtype in DTYPES.items()}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    os.replace(path + ".tmp", path)


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    start = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:start])
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(bytearray(raw[start:][slice(*t["data_offsets"])]),
                                   dtype=DTYPES[t["dtype"]]).reshape(t["shape"])
            for name, t in header.items()}


# --- the two ways ------------------------------------------------------------------------------------

def logits_of(weights, tokens, dtype):
    model = Gpt().to(dtype)
    model.load_state_dict({name: w.to(dtype) for name, w in weights.items()})
    with torch.no_grad():
        return model(tokens).double()


def make():
    generator = torch.Generator().manual_seed(1)
    exact = {name: torch.randn(w.shape, generator=generator, dtype=torch.float64) * 0.5
             for name, w in Gpt().state_dict().items()}
    tokens = torch.randint(VOCABULARY, (3, CONTEXT), generator=generator)
    logits = {"tokens": tokens.reshape(-1).tolist(), "length": CONTEXT}
    for name, dtype in (("F32", torch.float32), ("F64", torch.float64)):
        weights = {key: w.to(dtype) for key, w in exact.items()}
        write(os.path.join(FOLDER, f"gpt_{name}.safetensors"), weights)
        expected = logits_of(weights, tokens, torch.float64)
        rounded = logits_of(weights, tokens, torch.float32)
        logits[name] = expected.reshape(-1).tolist()  # token after token
        logits[name + "_float_error"] = (rounded - expected).abs().max().item()
    with open(os.path.join(FOLDER, "gpt_logits.json"), "w", encoding="ascii") as file:
        file.write(json.dumps(logits, separators=(",", ":")) + "\n")
    return 0


def make_images():
    torch.manual_seed(2)
    model = Images()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape))
        for _ in range(2):
            model(torch.randn(5, 2, 4, 5) * 2 + 1)
        model.eval()
        write(os.path.join(FOLDER, "images_F32.safetensors"), model.state_dict())
        x = torch.randn(3, 2, 4, 5)
        rounded = model(x).double()
        expected = model.double()(x.double())
    outputs = {"x": x.reshape(-1).tolist(), "F32": expected.reshape(-1).tolist(),
               "F32_float_error": (rounded - expected).abs().max().item()}
    with open(os.path.join(FOLDER, "images_outputs.json"), "w", encoding="ascii") as file:
        file.write(json.dumps(outputs, separators=(",", ":")) + "\n")
    return 0


def check(folder):
    weights = read(os.path.join(folder, "gpt.safetensors"))
    theirs = read(os.path.join(folder, "logits.safetensors"))
    ours = logits_of(weights, theirs["tokens"], torch.float64)
    error = (ours - theirs["logits"].double()).abs().max().item()
    eps = torch.finfo(theirs["logits"].dtype).eps
    print(f"{len(weights)} tensors of {weights['tokens.weight'].dtype}; the logits are up to "
          f"{ours.abs().max().item():.3g} and differ by at most {error:.3g} ({error / eps:.3g} eps)")
    return 0


def main():
    parser = argparse.ArgumentParser(description="A GPT of PyTorch and its logits, in files.")
    parser.add_argument("--check", metavar="FOLDER", help="compare with what Evenkeel saved")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    return check(arguments.check) if arguments.check else make() or make_images()


if __name__ == "__main__":
    sys.exit(main())
