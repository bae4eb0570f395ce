"""The cases of norm.json: PyTorch's norm layers on features × batch, images and sequences.

Layouts of x, in our orientation and in PyTorch's:
    features    channels × batch                     (N, C)
    images      channels·positions × batch           (N, C, H, W), P = H·W, row c·P + p
    sequences   channels × (batch·steps)             (N, C, L), column n·L + t

Each case is computed twice: by PyTorch's own kernel, whose numbers are written, and by autograd
through the two-pass formula on tiles. A case on which the two do not agree is not written.
"""
import torch
import torch.nn.functional as F

import op_cases
from draw import Draw

WIDE = {"layout": "features", "channels": 8, "batch": 5}
IMAGES = {"layout": "images", "channels": 4, "height": 2, "width": 3, "batch": 3}
SEQUENCES = {"layout": "sequences", "channels": 4, "batch": 3, "steps": 5}


def positions(args):
    """P = H·W; 1 for features and sequences"""
    return args.get("height", 1) * args.get("width", 1)


def shape(args):
    """rows, cols of x"""
    return args["channels"] * positions(args), args["batch"] * args.get("steps", 1)


def to_torch(x, args):
    if args["layout"] == "images":
        return x.t().reshape(args["batch"], args["channels"], args["height"], args["width"])
    if args["layout"] == "sequences":
        return x.reshape(args["channels"], args["batch"], args["steps"]).transpose(0, 1)
    return x.t()


def from_torch(y, args):
    if args["layout"] == "images":
        return y.reshape(args["batch"], -1).t()
    if args["layout"] == "sequences":
        return y.transpose(0, 1).reshape(shape(args))
    return y.t()


def tiles(op, args):
    """The view of x, and the axes of that view, over which one tile's mean and variance are taken."""
    rows, cols = shape(args)
    c, p, n = args["channels"], positions(args), args["batch"]
    steps, groups = args.get("steps", 1), args.get("groups", 1)
    if op in ("layer_norm", "rms_norm"):
        return (rows, cols), (0,)
    if op == "group_norm":
        return (groups, rows // groups, n, steps), (1, 3)
    if op == "instance_norm":
        return (c, p, n, steps), (1, 3)
    return (c, p, cols), (1, 2)  # batch_norm


def by_formula(op, args, x, gamma, beta, running):
    """x̂ = (x − mean) / sqrt(var + eps) over each tile, then γ and β per channel."""
    view, axes = tiles(op, args)
    tiled = x.reshape(view)
    if op == "rms_norm":
        mean = torch.zeros_like(tiled.mean(axes, keepdim=True))
        variance = (tiled * tiled).mean(axes, keepdim=True)
    elif args.get("mode") == "evaluation" and running:
        per_channel = [-1] + [1] * (len(view) - 1)
        mean = running["mean"].reshape(per_channel)
        variance = running["variance"].reshape(per_channel)
    else:
        mean = tiled.mean(axes, keepdim=True)
        variance = ((tiled - mean) ** 2).mean(axes, keepdim=True)
    rstd = 1 / (variance + args["eps"]).sqrt()
    y = ((tiled - mean) * rstd).reshape(x.shape)
    if gamma is not None:
        y = y * gamma.repeat_interleave(positions(args), 0)
    if beta is not None:
        y = y + beta.repeat_interleave(positions(args), 0)
    condition = (torch.maximum(tiled.abs(), mean.abs()) * rstd).max().item()
    return y, rstd.max().item(), condition


def by_torch(op, args, x, gamma, beta, running):
    weight = None if gamma is None else gamma.flatten()
    bias = None if beta is None else beta.flatten()
    eps = args["eps"]
    if op == "rms_norm":  # not in PyTorch 1.13: the paper's formula, eps inside the root
        y = x / (x.square().mean(0, keepdim=True) + eps).sqrt()
        return y if gamma is None else y * gamma
    inputs = to_torch(x, args)
    if op == "layer_norm":
        y = F.layer_norm(inputs, (args["channels"],), weight, bias, eps)
    elif op == "group_norm":
        y = F.group_norm(inputs, args["groups"], weight, bias, eps)
    else:
        y = with_running_statistics(op, args, inputs, weight, bias, running)
    return from_torch(y, args)


def with_running_statistics(op, args, inputs, weight, bias, running):
    """batch_norm, instance_norm. Updates `running` when training, as PyTorch's modules do."""
    norm = F.batch_norm if op == "batch_norm" else F.instance_norm
    if running is None:
        return norm(inputs, None, None, weight, bias, True, 0.0, args["eps"])
    momentum = args["momentum"]
    training = args["mode"] == "training"
    if training:
        running["batches"] += 1
        if momentum is None:
            momentum = 1 / running["batches"]
    mean, variance = running["mean"].flatten(), running["variance"].flatten()
    y = norm(inputs, mean, variance, weight, bias, training, momentum or 0.0, args["eps"])
    running["mean"], running["variance"] = mean.reshape(-1, 1), variance.reshape(-1, 1)
    return y


def copied(running):
    return running and {key: value.clone() if isinstance(value, torch.Tensor) else value
                        for key, value in running.items()}


def backward(leaves, y, cotangent):
    gradients = torch.autograd.grad(y, list(leaves.values()), cotangent)
    return dict(zip(leaves, gradients))


def largest(x):
    return x.abs().max().item()


def scales(inputs, cotangent, args, rstd, condition):
    """How large the terms are before they cancel. x̂ carries an error of eps·condition, where
    condition = max|x|·rstd: that many digits are gone in x − mean, whatever the method."""
    gamma = largest(inputs["gamma"]) if "gamma" in inputs else 1.0
    beta = largest(inputs["beta"]) if "beta" in inputs else 0.0
    per_channel = cotangent.abs().sum(1).reshape(args["channels"], -1).sum(1).max().item()
    found = {"output": gamma * condition + beta,
             "x": rstd * gamma * largest(cotangent) * max(1.0, condition)}
    if "gamma" in inputs:
        found["gamma"] = condition * per_channel
    if "beta" in inputs:
        found["beta"] = per_channel
    return found


def must_agree(what, kernel, formula, scale):
    """Measured: at most 1.4 units of eps·scale in float64."""
    units = largest(kernel - formula) / (torch.finfo(torch.float64).eps * scale)
    if kernel.dtype == torch.float64 and units > 4:
        raise ArithmeticError(f"{what}: kernel and formula differ by {units:.1f} eps x scale")


def case(op, name, args, dtype, affine="gamma beta", make_x=None, earlier=0):
    """`earlier`: that many training batches come before x and move the running statistics."""
    draw = Draw(op, name, dtype)
    make_x = make_x or (lambda draw, rows, cols: draw.normal(rows, cols))
    rows, cols = shape(args)
    batches = [make_x(draw, rows, cols) for _ in range(earlier + 1)]
    inputs = {"x": batches.pop()}
    for key in affine.split():
        inputs[key] = draw.normal(args["channels"], 1)
    gamma, beta = inputs.get("gamma"), inputs.get("beta")
    running = None
    if args.get("track_running_stats"):
        ones = torch.ones(args["channels"], 1, dtype=dtype)
        running = {"mean": 0 * ones, "variance": ones, "batches": 0}
        for batch in batches:
            by_torch(op, {**args, "mode": "training"}, batch, gamma, beta, running)
    before = copied(running)

    leaves = {key: value.clone().requires_grad_() for key, value in inputs.items()}
    arguments = (leaves["x"], leaves.get("gamma"), leaves.get("beta"))
    output = by_torch(op, args, *arguments, running)
    cotangent = draw.normal(*output.shape)
    gradients = backward(leaves, output, cotangent)
    second, rstd, condition = by_formula(op, args, *arguments, before)
    second_gradients = backward(leaves, second, cotangent)

    scale = scales(inputs, cotangent, args, rstd, condition)
    must_agree(f"{op} / {name} / output", output, second, scale["output"])
    for key in leaves:
        must_agree(f"{op} / {name} / {key}", gradients[key], second_gradients[key], scale[key])
    found = {"op": op, "case": name, "args": args, "inputs": inputs, "cotangent": cotangent,
             "output": output.detach(), "gradients": gradients, "scale": scale}
    if running:
        every = torch.stack(batches + [inputs["x"]]).abs().max().item()
        spread = running["variance"].max().sqrt().item()
        scale["running mean"] = max(every, largest(before["mean"]))
        scale["running variance"] = max(1.0, spread * max(every, spread))
        found.update(earlier=batches, running={"before": before, "after": running})
    return found


def extreme(value, what):
    """Inputs that break one-pass variances, or eps in the wrong place."""
    if what == "mean":
        return lambda draw, rows, cols: draw.normal(rows, cols) + value
    if what == "size":
        return lambda draw, rows, cols: draw.scaled(rows, cols, value)
    return lambda draw, rows, cols: draw.scaled(rows, cols, 0.0) + float(torch.tensor(value))


EXTREMES = [("mean 1e4", extreme(1e4, "mean")), ("values of 1e-30", extreme(1e-30, "size")),
            ("values of 1e15", extreme(1e15, "size")), ("constant 3", extreme(3.0, "constant")),
            ("constant 0.1", extreme(0.1, "constant"))]


def extremes(op, args, dtype, affine="gamma beta"):
    return [case(op, name, args, dtype, affine, make) for name, make in EXTREMES]


def column_norm(op, affine, dtype):
    """layer_norm and rms_norm: a tile is a column, be it a sample or a token."""
    def features(rows, cols, eps=1e-5):
        return {"layout": "features", "channels": rows, "batch": cols, "eps": eps}

    found = []
    for rows, cols in [(5, 7), (32, 6), (6, 1), (1, 6), (1, 1), (2, 3)]:
        found.append(case(op, f"{rows}x{cols}", features(rows, cols), dtype, affine))
    found.append(case(op, "12x5 eps 1e-3", features(12, 5, 1e-3), dtype, affine))
    found.append(case(op, "12x5 no affine", features(12, 5), dtype, ""))
    if affine != "gamma":
        found.append(case(op, "12x5 no bias", features(12, 5), dtype, "gamma"))
    # (B, T, D) = (2, 3, 8): token (b, t) is column b·T + t, so to the op it is 8×6
    found.append(case(op, "tokens 2x3 of 8", features(8, 6), dtype, affine))
    return found + extremes(op, features(12, 5), dtype, affine)


def group_norm(dtype):
    op, found = "group_norm", []
    for layout in (WIDE, IMAGES, SEQUENCES):
        name = layout["layout"]
        two = {**layout, "groups": 2, "eps": 1e-5}
        for groups in (1, 2, 4):
            found.append(case(op, f"{name} groups {groups}", {**two, "groups": groups}, dtype))
        found += variants(op, name, two, dtype)
    return found + extremes(op, {**WIDE, "groups": 2, "eps": 1e-5}, dtype)


def instance_norm(dtype):
    op, found = "instance_norm", []
    for layout in (IMAGES, SEQUENCES):
        args = {**layout, "eps": 1e-5}
        found.append(case(op, layout["layout"], args, dtype))
        found += variants(op, layout["layout"], args, dtype)
        tracked = {**args, "momentum": 0.1, "track_running_stats": True, "mode": "training"}
        found += [case(op, f"{layout['layout']} momentum 0.1, third batch", tracked, dtype,
                       earlier=2),
                  case(op, f"{layout['layout']} evaluation", {**tracked, "mode": "evaluation"},
                       dtype, earlier=2)]
    return found + extremes(op, {**IMAGES, "eps": 1e-5}, dtype)


def variants(op, name, args, dtype):
    return [case(op, f"{name} eps 1e-3", {**args, "eps": 1e-3}, dtype),
            case(op, f"{name} no affine", args, dtype, ""),
            case(op, f"{name} no bias", args, dtype, "gamma"),
            case(op, f"{name} batch 1", {**args, "batch": 1}, dtype)]


def batch_norm(dtype):
    op, found = "batch_norm", []
    base = {"eps": 1e-5, "momentum": 0.1, "track_running_stats": True, "mode": "training"}
    for layout in (WIDE, IMAGES, SEQUENCES):
        args, name = {**base, **layout}, layout["layout"]
        evaluation = {**args, "mode": "evaluation"}
        found += [
            case(op, f"{name} training", args, dtype),
            case(op, f"{name} training eps 1e-3", {**args, "eps": 1e-3}, dtype),
            case(op, f"{name} training batch 2", {**args, "batch": 2}, dtype),
            case(op, f"{name} training no affine", args, dtype, ""),
            case(op, f"{name} training no bias", args, dtype, "gamma"),
            case(op, f"{name} momentum 0.1, third batch", args, dtype, earlier=2),
            case(op, f"{name} cumulative average, third batch", {**args, "momentum": None}, dtype,
                 earlier=2),
            case(op, f"{name} evaluation", evaluation, dtype, earlier=2),
            case(op, f"{name} evaluation before any training", evaluation, dtype),
            case(op, f"{name} no running statistics", {**args, "track_running_stats": False},
                 dtype),
            case(op, f"{name} evaluation without running statistics",
                 {**evaluation, "track_running_stats": False}, dtype),
        ]
    for layout in (WIDE, IMAGES):
        args, name = {**base, **layout}, layout["layout"]
        found += [case(op, f"{name} {what}", args, dtype, "gamma beta", make, earlier=1)
                  for what, make in EXTREMES]
    for layout in (IMAGES, SEQUENCES):  # one sample is enough where a channel has many values
        found.append(case(op, f"{layout['layout']} training batch 1",
                          {**base, **layout, "batch": 1}, dtype))
    return found


def cases(dtype):
    return (op_cases.scale_shift(dtype) + column_norm("layer_norm", "gamma beta", dtype)
            + column_norm("rms_norm", "gamma", dtype) + group_norm(dtype) + instance_norm(dtype)
            + batch_norm(dtype))
