"""The cases of transformer.json: torch.nn.TransformerEncoderLayer, whole, with the gradients of all its weights."""
import torch

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


def cases():
    """Scale: PyTorch's own float32 is at most one eps · scale from its float64."""
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
            scale = {"output": max(largest(y), largest(y32.double() - y) / EPS32)}
            for key, value in gradients.items():
                scale[key] = max(largest(value), largest(gradients32[key].double() - value) / EPS32)
            inputs = {"x": x, **weights, **({"seen": seen} if masked else {})}
            found.append({"op": "encoder_layer", "case": name,
                          "args": {"norm_first": norm_first, "activation": activation, "causal": causal,
                                   "heads": HEADS, "length": LENGTH},
                          "inputs": inputs, "cotangent": dy, "output": y, "gradients": gradients, "scale": scale})
    return found
