"""The cases of variants.json: norms that are put together from ops, and norms of weights.

PyTorch's own where it has one (weight_norm, spectral_norm, batch_norm for weight standardization); the rest are the
papers' formulas in torch ops. An image is a column of channels·positions, position fastest.
"""
import torch
import torch.nn.functional as F

from draw import Draw
from op_cases import case

EPS = 1e-5
C, P, N = 4, 6, 3  # channels, positions, samples


def images(x):
    return x.t().reshape(x.shape[1], C, -1)


def column(y):
    return y.reshape(y.shape[0], -1).t()


def per_channel(v):
    return v.reshape(1, -1, 1)


def affine(y, gamma, beta):
    return y * per_channel(gamma) + per_channel(beta)


def rms(x, axes, eps=EPS):
    return (x.square().mean(axes, keepdim=True) + eps).sqrt()


def deviation(x, axes, eps=EPS):
    return (x.var(axes, unbiased=False, keepdim=True) + eps).sqrt()


def dyt(x, alpha, gamma, beta):
    return gamma * torch.tanh(alpha * x) + beta


def derf(x, alpha, shift, gamma, beta):
    return gamma * torch.erf(alpha * x + shift) + beta


def scale_norm(x, g):
    return g * x / (x.square().sum(0, keepdim=True) + x.shape[0] * EPS).sqrt()


def partial_rms_norm(x, gamma):
    return gamma * x / rms(x[:3], 0)


def gain_from_one(x, gamma):
    return (1 + gamma) * x / rms(x, 0)


def frn(x, gamma, beta, tau):
    x = images(x)
    return column(torch.maximum(affine(x / rms(x, 2, 1e-6), gamma, beta), per_channel(tau)))


def grn(x, gamma, beta):
    x = images(x)
    r = rms(x, 2, 1e-6)
    return column(affine(x * r / r.mean(1, keepdim=True), gamma, beta) + x)


def evo_b0(x, gamma, beta, v, running=None):
    x = images(x)
    batch = deviation(x, (0, 2)) if running is None else (per_channel(running) + EPS).sqrt()
    return column(affine(x / torch.maximum(batch, x * per_channel(v) + deviation(x, 2)), gamma, beta))


def evo_s0(x, gamma, beta, v):
    x = images(x)
    grouped = deviation(x.reshape(N, 2, -1), 2).expand(N, 2, C // 2 * P).reshape(x.shape)
    return column(affine(x * torch.sigmoid(x * per_channel(v)) / grouped, gamma, beta))


def weight_norm(v, g):
    return torch._weight_norm(v, g, 0)


def spectral(w, u, v, training):
    """torch.nn.utils.spectral_norm on a linear layer, from these u and v: the weight it makes."""
    layer = torch.nn.Linear(w.shape[1], w.shape[0], bias=False).to(w.dtype)
    hooked = torch.nn.utils.spectral_norm(layer, eps=0)
    del hooked._parameters["weight_orig"]
    hooked.weight_orig = w
    hooked.weight_u, hooked.weight_v = u.flatten().clone(), v.flatten().clone()
    hooked.train(training)
    hook = next(iter(hooked._forward_pre_hooks.values()))
    return hook.compute_weight(hooked, do_power_iteration=training)


def scaled_ws(w, g):
    """As in timm: batch_norm over the row, whose gain is g / √fan_in."""
    rows, fan_in = w.shape
    return F.batch_norm(w.reshape(1, rows, fan_in), None, None, weight=g.flatten() * fan_in ** -0.5,
                        training=True, eps=1e-6).reshape(rows, fan_in)


def of_valid(x, mask, gamma, beta):
    """batch_norm of the valid samples, the others left out; 0 in their places."""
    valid = mask.flatten() > 0
    y = torch.zeros_like(x)
    kept = F.batch_norm(x[:, valid].t(), None, None, gamma.flatten(), beta.flatten(), True, 0.0, EPS)
    y[:, valid] = kept.t()
    return y


def hyper_connection(x, res, pre, post, branch):
    """Around f(h) = branch ⊙ tanh(h); x: streams × features·tokens."""
    m = res.exp()
    for _ in range(20):
        m = m / m.sum(1, keepdim=True)
        m = m / m.sum(0, keepdim=True)
    h = torch.sigmoid(pre) @ x
    return m @ x + 2 * torch.sigmoid(post) @ (branch * torch.tanh(h))


def cases(dtype=torch.float64):
    found = []

    def add(op, run, inputs, name="", args=None, constants=None):
        draw = Draw(op, name, dtype)
        drawn = {key: draw.normal(*shape) for key, shape in inputs.items()}
        fixed = {key: make(draw) for key, make in (constants or {}).items()}
        found.append(case(op, name, lambda *x: run(*x, **fixed), drawn, draw, args, fixed))

    one, channels, rows = (1, 1), (C, 1), (C * P, N)
    add("dyt", dyt, {"x": (5, 7), "alpha": one, "gamma": (5, 1), "beta": (5, 1)})
    add("derf", derf, {"x": (5, 7), "alpha": one, "shift": one, "gamma": (5, 1), "beta": (5, 1)})
    add("scale_norm", scale_norm, {"x": (5, 7), "g": one})
    add("rms_norm", partial_rms_norm, {"x": (8, 5), "gamma": (8, 1)}, "part", {"part": 0.3})
    add("rms_norm", gain_from_one, {"x": (8, 5), "gamma": (8, 1)}, "gain from one")
    add("frn", frn, {"x": rows, "gamma": channels, "beta": channels, "tau": channels})
    add("grn", grn, {"x": rows, "gamma": channels, "beta": channels})
    evo = {"x": rows, "gamma": channels, "beta": channels, "v": channels}
    add("evo_norm_b0", evo_b0, evo, "training", {"training": True})
    add("evo_norm_b0", evo_b0, evo, "evaluation", {"training": False},
        {"running": lambda draw: draw.positive(C, 1)})
    add("evo_norm_s0", evo_s0, evo)
    add("weight_norm", weight_norm, {"x": (3, 7), "g": (3, 1)})
    for training in (True, False):
        add("spectral_norm", lambda x, u, v: spectral(x, u, v, training), {"x": (3, 7)},
            f"training {training}", {"training": training},
            {"u": lambda draw: F.normalize(draw.normal(3, 1), dim=0),
             "v": lambda draw: F.normalize(draw.normal(7, 1), dim=0)})
    add("weight_standardization", scaled_ws, {"x": (3, 7), "g": (3, 1)})
    add("masked_batch_norm", lambda x, gamma, beta, mask: of_valid(x, mask, gamma, beta),
        {"x": (4, 9), "gamma": (4, 1), "beta": (4, 1)},
        constants={"mask": lambda draw: torch.tensor([[1, 1, 0, 1, 0, 1, 1, 1, 0]], dtype=dtype)})
    add("hyper_connection", hyper_connection, {"x": (3, 10), "res": (3, 3), "pre": (1, 3), "post": (3, 1)},
        constants={"branch": lambda draw: draw.normal(1, 10)})
    return found
