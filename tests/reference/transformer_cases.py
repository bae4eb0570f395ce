"""The cases of transformer.json: whole blocks, with the gradients of all their weights.

encoder_layer is torch.nn.TransformerEncoderLayer; llama_block is LLaMA's, which PyTorch 1.13 does not have,
written in torch ops, with the positions as complex numbers.
"""
import torch
from torch.nn.functional import silu

from draw import Draw

FEATURES, HEADS, HIDDEN, LENGTH, BATCH = 8, 2, 12, 5, 2
EPS32 = torch.finfo(torch.float32).eps


def largest(x):
    return x.abs().max().item()


def layer(weights, norm_first, activation, dtype):
    made = torch.nn.TransformerEncoderLayer(FEATURES, HEADS, HIDDEN, dropout=0.0, activation=activation,
                                            batch_first=True, norm_first=norm_first).to(dtype)
    made.load_state_dict({name: w.to(dtype) for name, w in weights.items()})
    return made


def run(weights, x, dy, seen, causal, norm_first, activation, dtype):
    """Output and gradients, as features × tokens, out × in, features × 1."""
    model = layer(weights, norm_first, activation, dtype)
    x = x.to(dtype).t().reshape(BATCH, LENGTH, FEATURES).requires_grad_()
    mask = torch.ones(LENGTH, LENGTH).triu(1).bool() if causal else None
    padding = None if seen is None else seen.t() == 0
    y = model(x, src_mask=mask, src_key_padding_mask=padding)
    flat = lambda z: z.reshape(BATCH * LENGTH, FEATURES).t()
    y.backward(dy.to(dtype).t().reshape(y.shape))
    gradients = {name: p.grad if p.dim() == 2 else p.grad.reshape(-1, 1)
                 for name, p in model.named_parameters()}
    return flat(y.detach()), {"x": flat(x.grad), **gradients}


def rms_norm(x, gamma):
    """Over the last dimension."""
    return gamma * x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-5)


def turned(x):
    """(batch, token, head, feature): neighbours are one complex number, turned by token · 10000^(−2i/d)."""
    d = x.shape[-1]
    omega = 10000.0 ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angle = torch.arange(x.shape[1], dtype=torch.float64)[:, None] * omega
    turn = torch.polar(torch.ones_like(angle), angle)[None, :, None, :]
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], d // 2, 2))
    return torch.view_as_real(pairs * turn.to(pairs.dtype)).reshape(x.shape)


def llama(x, w, qk_norm):
    """x: (batch, token, feature); w by the names that a Block gives its parameters."""
    normed = rms_norm(x, w["attention_residual.norm.weight"][:, 0])
    q, k, v = (normed @ w["attention.qkv.weight"].t()).split(FEATURES, dim=-1)
    q, k, v = (z.reshape(BATCH, LENGTH, HEADS, FEATURES // HEADS) for z in (q, k, v))
    if qk_norm:
        q = rms_norm(q, w["attention.q_norm.weight"].reshape(HEADS, -1))
        k = rms_norm(k, w["attention.k_norm.weight"].reshape(HEADS, -1))
    scores = torch.einsum("bqhd,bkhd->bhqk", turned(q), turned(k)) / (FEATURES // HEADS) ** 0.5
    seen = torch.ones(LENGTH, LENGTH).tril().bool()
    p = scores.masked_fill(~seen, -torch.inf).softmax(dim=-1)
    attended = torch.einsum("bhqk,bkhd->bqhd", p, v).reshape(x.shape)
    h = x + attended @ w["attention.out.weight"].t()
    normed = rms_norm(h, w["feed_forward_residual.norm.weight"][:, 0])
    gated = silu(normed @ w["feed_forward.gate.weight"].t()) * (normed @ w["feed_forward.up.weight"].t())
    return h + gated @ w["feed_forward.down.weight"].t()


def run_llama(weights, x, dy, qk_norm, dtype):
    w = {name: value.detach().to(dtype).clone().requires_grad_() for name, value in weights.items()}
    tokens = x.to(dtype).t().reshape(BATCH, LENGTH, FEATURES).requires_grad_()
    y = llama(tokens, w, qk_norm)
    y.backward(dy.to(dtype).t().reshape(y.shape))
    flat = lambda z: z.reshape(BATCH * LENGTH, FEATURES).t()
    return flat(y.detach()), {"x": flat(tokens.grad), **{name: value.grad for name, value in w.items()}}


def scales(y, gradients, y32, gradients32):
    """PyTorch's own float32 is at most one eps · scale from its float64. How far one gradient is in one run is
    luck (two compilers differ by a half), so the case's largest relative error stands for all of its results."""
    exact, rounded = {"output": y, **gradients}, {"output": y32, **gradients32}
    errors = [largest(rounded[key].double() - value) / largest(value) for key, value in exact.items()]
    relative = max(1, max(errors) / EPS32)
    return {key: relative * largest(value) for key, value in exact.items()}


def llama_cases():
    found = []
    for qk_norm in (False, True):
        name = "rotary" + " qk_norm" * qk_norm
        draw = Draw("llama_block", name, torch.float64)
        shapes = {"attention.qkv.weight": (3 * FEATURES, FEATURES), "attention.out.weight": (FEATURES, FEATURES),
                  "feed_forward.up.weight": (HIDDEN, FEATURES), "feed_forward.gate.weight": (HIDDEN, FEATURES),
                  "feed_forward.down.weight": (FEATURES, HIDDEN),
                  "attention_residual.norm.weight": (FEATURES, 1), "feed_forward_residual.norm.weight": (FEATURES, 1)}
        if qk_norm:
            shapes.update({"attention.q_norm.weight": (FEATURES, 1), "attention.k_norm.weight": (FEATURES, 1)})
        weights = {n: draw.normal(*s) * (0.5 if s[1] > 1 else 1.0) for n, s in shapes.items()}
        x, dy = draw.normal(FEATURES, BATCH * LENGTH), draw.normal(FEATURES, BATCH * LENGTH)
        y, gradients = run_llama(weights, x, dy, qk_norm, torch.float64)
        y32, gradients32 = run_llama(weights, x, dy, qk_norm, torch.float32)
        found.append({"op": "llama_block", "case": name,
                      "args": {"qk_norm": qk_norm, "heads": HEADS, "length": LENGTH},
                      "inputs": {"x": x, **weights}, "cotangent": dy, "output": y, "gradients": gradients,
                      "scale": scales(y, gradients, y32, gradients32)})
    return found


def encoder_layer_cases():
    found = []
    for norm_first in (False, True):
        for activation, causal, masked in (("relu", False, False), ("gelu", True, False), ("gelu", False, True)):
            name = f"{'pre' if norm_first else 'post'} {activation}" + " causal" * causal + " masked" * masked
            draw = Draw("encoder_layer", name, torch.float64)
            shapes = {n: p.shape for n, p in torch.nn.TransformerEncoderLayer(FEATURES, HEADS, HIDDEN).named_parameters()}
            matrices = {n: draw.normal(s[0], s[1] if len(s) > 1 else 1) for n, s in shapes.items()}
            weights = {n: m * (0.5 if len(shapes[n]) > 1 else 1.0) for n, m in matrices.items()}
            x, dy = draw.normal(FEATURES, BATCH * LENGTH), draw.normal(FEATURES, BATCH * LENGTH)
            seen = torch.ones(LENGTH, BATCH, dtype=torch.float64)
            seen[LENGTH - 2:, 1] = 0
            given = {n: w.reshape(shapes[n]) for n, w in weights.items()}
            settings = (seen if masked else None, causal, norm_first, activation)
            y, gradients = run(given, x, dy, *settings, torch.float64)
            y32, gradients32 = run(given, x, dy, *settings, torch.float32)
            inputs = {"x": x, **weights, **({"seen": seen} if masked else {})}
            found.append({"op": "encoder_layer", "case": name,
                          "args": {"norm_first": norm_first, "activation": activation, "causal": causal,
                                   "heads": HEADS, "length": LENGTH},
                          "inputs": inputs, "cotangent": dy, "output": y, "gradients": gradients,
                          "scale": scales(y, gradients, y32, gradients32)})
    return found


def cases():
    return encoder_layer_cases() + llama_cases()
