"""The cases of ops.json, and scale_shift. Matrices are features × batch here too; PyTorch's (N, D) is x.t()."""
import torch
import torch.nn.functional as F

from draw import Draw

SHAPES = [(5, 7), (1, 1), (1, 6), (6, 1)]


def largest(x):
    return x.abs().max().item()


def gradient_scale(run, inputs, index, cotangent):
    """Largest entry of |J|ᵀ|dy|: the size of a gradient's terms before they cancel."""
    def of_one(x):
        return run(*inputs[:index], x, *inputs[index + 1:])

    jacobian = torch.autograd.functional.jacobian(of_one, inputs[index].detach())
    jacobian = jacobian.reshape(cotangent.numel(), -1)
    return largest(jacobian.abs().t() @ cotangent.abs().reshape(-1, 1))


def case(op, name, run, inputs, draw, args=None, constants=None, scale=None):
    """Runs one op forward and backward. `scale` overrides what cannot be seen from the values."""
    leaves = [x.clone().requires_grad_() for x in inputs.values()]
    output = run(*leaves)
    cotangent = draw.normal(*output.shape)
    output.backward(cotangent)
    scales = {"output": largest(output)}
    for index, key in enumerate(inputs):
        scales[key] = gradient_scale(run, leaves, index, cotangent)
    for key, value in (scale(cotangent) if scale else {}).items():
        scales[key] = max(scales[key], value)
    return {"op": op, "case": name, "args": args or {}, "inputs": {**inputs, **(constants or {})},
            "cotangent": cotangent, "output": output.detach(),
            "gradients": {key: leaf.grad for key, leaf in zip(inputs, leaves)}, "scale": scales}


def elementwise(dtype):
    """(op, args, run, which inputs)"""
    unary = [
        ("exp", {}, torch.exp, "normal"), ("log", {}, torch.log, "positive"),
        ("sqrt", {}, torch.sqrt, "positive"), ("square", {}, torch.square, "normal"),
        ("power", {"exponent": 1.7}, lambda x: x.pow(1.7), "positive"),
        ("power", {"exponent": -2.0}, lambda x: x.pow(-2.0), "nonzero"),
        ("power", {"exponent": 3.0}, lambda x: x.pow(3.0), "normal"),
        ("abs", {}, torch.abs, "normal"), ("erf", {}, torch.erf, "normal"),
        ("relu", {}, torch.relu, "normal"),
        ("leaky_relu", {"slope": 0.01}, lambda x: F.leaky_relu(x, 0.01), "normal"),
        ("leaky_relu", {"slope": 0.2}, lambda x: F.leaky_relu(x, 0.2), "normal"),
        ("gelu", {"form": "exact"}, F.gelu, "normal"),
        ("gelu", {"form": "tanh"}, lambda x: F.gelu(x, approximate="tanh"), "normal"),
        ("silu", {}, F.silu, "normal"), ("tanh", {}, torch.tanh, "normal"),
        ("sigmoid", {}, torch.sigmoid, "normal"),
    ]
    found = []
    for op, args, run, kind in unary:
        for rows, cols in SHAPES:
            name = " ".join([f"{rows}x{cols}"] + [str(value) for value in args.values()])
            draw = Draw(op, name, dtype)
            found.append(case(op, name, run, {"x": getattr(draw, kind)(rows, cols)}, draw, args))
    draw = Draw("relu", "exact zero", dtype)
    x = draw.normal(3, 2)
    x[1, 0] = 0
    found.append(case("relu", "exact zero", torch.relu, {"x": x}, draw))
    for op, run in [("tanh", torch.tanh), ("sigmoid", torch.sigmoid), ("silu", F.silu),
                    ("gelu", F.gelu)]:
        draw = Draw(op, "saturated", dtype)
        args = {"form": "exact"} if op == "gelu" else {}
        x = draw.normal(3, 4) * 8
        found.append(case(op, "saturated", run, {"x": x}, draw, args))
    return found


def arithmetic(dtype):
    """Same shape, and a row, a column or a scalar on either side."""
    shapes = {"same shape": (4, 5), "row": (1, 5), "column": (4, 1), "scalar": (1, 1)}
    runs = [("add", lambda a, b: a + b), ("sub", lambda a, b: a - b),
            ("mul", lambda a, b: a * b), ("div", lambda a, b: a / b)]
    found = []
    for op, run in runs:
        for what, (rows, cols) in shapes.items():
            for side in ["right"] if what == "same shape" else ["right", "left"]:
                name = what if what == "same shape" else f"{what} on the {side}"
                draw = Draw(op, name, dtype)
                full, small = draw.nonzero(4, 5), draw.nonzero(rows, cols)
                a, b = (full, small) if side == "right" else (small, full)
                found.append(case(op, name, run, {"a": a, "b": b}, draw))
        for rows, cols in SHAPES[1:]:
            name = f"{rows}x{cols}"
            draw = Draw(op, name, dtype)
            inputs = {"a": draw.nonzero(rows, cols), "b": draw.nonzero(rows, cols)}
            found.append(case(op, name, run, inputs, draw))
    return found


def products(dtype):
    found = []
    for m, k, n in [(4, 5, 6), (1, 1, 1), (1, 6, 1), (6, 1, 5), (3, 8, 1)]:
        name = f"{m}x{k} times {k}x{n}"
        draw = Draw("matmul", name, dtype)
        a, b = draw.normal(m, k), draw.normal(k, n)
        sizes = {"output": largest(a.abs() @ b.abs())}
        found.append(case("matmul", name, torch.matmul, {"a": a, "b": b}, draw,
                          scale=lambda dy, sizes=sizes: sizes))
        for bias in [True, False]:
            name = f"{m}x{k} on {k}x{n}" + ("" if bias else " no bias")
            draw = Draw("linear", name, dtype)
            inputs = {"x": draw.normal(k, n), "weight": draw.normal(m, k)}
            if bias:
                inputs["bias"] = draw.normal(m, 1)

            def run(x, weight, b=None):
                return F.linear(x.t(), weight, None if b is None else b.flatten()).t()

            sizes = {"output": largest(run(*[x.abs() for x in inputs.values()]))}
            found.append(case("linear", name, run, inputs, draw,
                              scale=lambda dy, sizes=sizes: sizes))
    return found


def shapes(dtype):
    found = []
    for rows, cols in SHAPES:
        name = f"{rows}x{cols}"
        draw = Draw("transpose", name, dtype)
        found.append(case("transpose", name, lambda x: x.t(), {"x": draw.normal(rows, cols)}, draw))
    for first, count in [(1, 3), (0, 1), (0, 5)]:
        name = f"rows {first} to {first + count - 1}"
        draw = Draw("slice", name, dtype)
        found.append(case("slice", name, lambda x, f=first, c=count: x.narrow(0, f, c),
                          {"x": draw.normal(5, 7)}, draw, {"first": first, "count": count}))
    for sizes in [[(2, 4), (1, 4), (3, 4)], [(1, 1), (1, 1)]]:
        name = f"rows of {len(sizes)}"
        draw = Draw("concatenate", name, dtype)
        inputs = {key: draw.normal(*size) for key, size in zip("abc", sizes)}
        found.append(case("concatenate", name, lambda *parts: torch.cat(parts, 0), inputs, draw))
    for before, after in [((4, 6), (8, 3)), ((4, 6), (1, 24)), ((6, 1), (2, 3)), ((1, 1), (1, 1))]:
        name = f"{before[0]}x{before[1]} to {after[0]}x{after[1]}"
        draw = Draw("reshape", name, dtype)
        # column-major: read down the columns, fill down the columns
        found.append(case("reshape", name, lambda x, a=after: x.t().reshape(a[1], a[0]).t(),
                          {"x": draw.normal(*before)}, draw, {"rows": after[0], "cols": after[1]}))
    for columns in [[2, 0, 2, 4, 2], [3], [0, 1, 2, 3, 4]]:
        name = "columns " + " ".join(map(str, columns))
        draw = Draw("gather", name, dtype)
        found.append(case("gather", name,
                          lambda x, c=columns: F.embedding(torch.tensor(c), x.t()).t(),
                          {"x": draw.normal(3, 5)}, draw, {"columns": columns}))
    return found


def reductions(dtype):
    found = []
    for op in ["sum", "mean"]:
        for rows, cols in SHAPES:
            # over rows: the row index is summed away and 1 × cols remains
            for over, dims in [("all", (0, 1)), ("rows", (0,)), ("columns", (1,))]:
                name = f"{rows}x{cols} over {over}"
                draw = Draw(op, name, dtype)
                x = draw.normal(rows, cols)
                reduce = getattr(torch, op)
                # always a matrix: 1×1, 1×cols or rows×1
                run = lambda x, r=reduce, d=dims: r(x, dim=d, keepdim=True)
                sizes = {"output": largest(run(x.abs()))}
                found.append(case(op, name, run, {"x": x}, draw, {"over": over},
                                  scale=lambda dy, sizes=sizes: sizes))
    return found


def probabilities(dtype):
    """Softmax and log-softmax of each column, cross-entropy of classes × batch."""
    found = []
    for rows, cols in SHAPES:
        for spread in [1, 16]:
            name = f"{rows}x{cols}" + ("" if spread == 1 else f" times {spread}")
            # dx = y ⊙ (dy − Σ y dy) and dx = dy − y Σ dy: the terms cancel when y is near 1.
            # y = exp(z − …): a relative error of eps·|z| comes in through the exponent.
            draw = Draw("softmax", name, dtype)
            x = draw.normal(rows, cols) * spread
            size = 1 + largest(x)
            found.append(case("softmax", name, lambda x: torch.softmax(x, 0), {"x": x}, draw,
                              scale=lambda dy, s=size: {"output": s, "x": s * largest(dy)}))
            draw = Draw("log_softmax", name, dtype)
            x = draw.normal(rows, cols) * spread
            size = 1 + largest(x)
            found.append(case("log_softmax", name, lambda x: torch.log_softmax(x, 0), {"x": x},
                              draw, scale=lambda dy, s=size: {
                                  "output": s, "x": s * dy.abs().sum(0).max().item()}))
            draw = Draw("cross_entropy", name, dtype)
            x, targets = draw.normal(rows, cols) * spread, draw.indices(cols, rows)
            size = 1 + largest(x)
            found.append(case(
                "cross_entropy", name,
                lambda x, t=targets: F.cross_entropy(x.t(), torch.tensor(t)).reshape(1, 1),
                {"x": x}, draw, {"targets": targets},
                scale=lambda dy, s=size, n=cols: {"output": s, "x": s * largest(dy) / n}))
    for smoothing, weighted, ignored in ((0.1, False, False), (0, True, False), (0, False, True),
                                         (0.2, True, True)):
        name = f"smoothing {smoothing}, weighted {weighted}, ignored {ignored}"
        draw = Draw("cross_entropy", name, dtype)
        rows, cols = 7, 9
        x, targets = draw.normal(rows, cols), draw.indices(cols, rows)
        weights = draw.normal(rows, 1).abs() + 0.1 if weighted else None
        ignore = targets[2] if ignored else -100
        attributes = {"targets": targets, "label_smoothing": smoothing}
        if ignored:
            attributes["ignore_index"] = ignore
        if weighted:
            attributes["class_weights"] = weights.flatten().tolist()
        size = 1 + largest(x)
        found.append(case(
            "cross_entropy", name,
            lambda x, t=targets, w=weights, e=smoothing, k=ignore: F.cross_entropy(
                x.t(), torch.tensor(t), weight=None if w is None else w.flatten(),
                label_smoothing=e, ignore_index=k).reshape(1, 1),
            {"x": x}, draw, attributes,
            scale=lambda dy, s=size: {"output": s, "x": s * largest(dy)}))
    return found


def losses_and_layers(dtype):
    found = []
    for rows, cols in SHAPES:
        name = f"{rows}x{cols}"
        draw = Draw("mse", name, dtype)
        found.append(case("mse", name, lambda x, target: F.mse_loss(x, target).reshape(1, 1),
                          {"x": draw.normal(rows, cols), "target": draw.normal(rows, cols)}, draw))
    for rows, cols, p in [(5, 7, 0.5), (6, 5, 0.1), (4, 4, 0.0), (1, 1, 0.25)]:
        name = f"{rows}x{cols} p {p}"
        draw = Draw("dropout", name, dtype)
        x, mask = draw.normal(rows, cols), draw.mask(rows, cols, 1 - p)
        # the mask of 0 and 1 is given; what PyTorch draws at random is fixed here
        found.append(case("dropout", name, lambda x, m=mask, p=p: x * m / (1 - p), {"x": x}, draw,
                          {"p": p}, {"mask": mask}))
    return found


def images(dtype):
    """Convolution and pooling; a column is channels × positions, which is PyTorch's (N, C, H, W)."""
    found = []
    for c, h, w, out, kh, kw, stride, padding, batch in [
            (1, 3, 3, 1, 2, 2, 1, 0, 1), (2, 5, 4, 3, 3, 3, 1, 1, 2), (3, 6, 5, 2, 3, 2, 2, 1, 2), (2, 4, 4, 2, 1, 1, 2, 0, 3),
            (1, 2, 2, 2, 3, 3, 1, 2, 1)]:
        name = f"{c}x{h}x{w} to {out} by {kh}x{kw} stride {stride} padding {padding} batch {batch}"
        draw = Draw("conv2d", name, dtype)

        def run(x, weight, bias, s=(batch, c, h, w), k=(out, c, kh, kw), at=stride, pad=padding):
            y = F.conv2d(x.t().reshape(s), weight.reshape(k), bias.reshape(-1), at, pad)
            return y.reshape(s[0], -1).t()

        inputs = {"x": draw.normal(c * h * w, batch), "weight": draw.normal(out, c * kh * kw),
                  "bias": draw.normal(out, 1)}
        sizes = {"output": largest(run(*[value.abs() for value in inputs.values()]))}
        found.append(case("conv2d", name, run, inputs, draw,
                          {"channels": c, "height": h, "width": w, "kernel_height": kh, "kernel_width": kw,
                           "stride": stride, "padding": padding}, scale=lambda dy, s=sizes: s))
    for op, c, h, w, size, batch in [("max_pool", 2, 4, 6, 2, 2), ("max_pool", 1, 5, 5, 2, 1), ("max_pool", 1, 7, 6, 3, 2),
                                     ("average_pool", 2, 4, 6, 2, 2), ("average_pool", 1, 7, 5, 3, 1),
                                     ("global_average_pool", 3, 4, 5, 0, 2)]:
        name = f"{c}x{h}x{w} by {size} batch {batch}"
        draw = Draw(op, name, dtype)

        def pool(x, s=(batch, c, h, w), k=size, kind=op):
            x = x.t().reshape(s)
            y = {"max_pool": F.max_pool2d, "average_pool": F.avg_pool2d,
                 "global_average_pool": lambda x, k: x.mean((2, 3))}[kind](x, k)
            return y.reshape(s[0], -1).t()

        x = draw.normal(c * h * w, batch)
        found.append(case(op, name, pool, {"x": x}, draw,
                          {"channels": c, "height": h, "width": w, "size": size},
                          scale=lambda dy, most=largest(x): {"output": most}))
    return found


def attention(dtype):
    """Multi-head: token (b, t) is column b·T + t, head h holds the features h·d to (h + 1)·d − 1."""
    found = []
    for heads, d, length, batch, causal, masked in [
            (1, 4, 1, 1, False, False), (2, 3, 5, 2, False, False), (2, 3, 5, 2, True, False),
            (2, 3, 5, 2, False, True), (2, 3, 5, 2, True, True), (1, 8, 7, 1, True, False)]:
        name = f"{heads} heads of {d} {batch}x{length}" + " causal" * causal + " masked" * masked
        draw = Draw("attention", name, dtype)
        seen = torch.ones(length, batch, dtype=dtype)
        if masked:
            seen[length - 2:, 0] = 0  # padding at the end of the first sequence

        def run(q, k, v, n=batch, t=length, h=heads, size=d, c=causal, see=seen):
            q, k, v = (x.t().reshape(n, t, h, size).transpose(1, 2) for x in (q, k, v))
            s = q @ k.transpose(2, 3) / size ** 0.5
            s = s.masked_fill(see.t().reshape(n, 1, 1, t) == 0, -torch.inf)
            if c:
                s = s.masked_fill(torch.ones(t, t).triu(1) > 0, -torch.inf)
            return (s.softmax(-1) @ v).transpose(1, 2).reshape(n * t, h * size).t()

        inputs = {key: draw.normal(heads * d, batch * length) for key in "qkv"}
        # dp is a sum of d products, ds a difference of two such sums, before anything cancels.
        sizes = {key: largest(inputs["k" if key == "q" else "q"]) * largest(inputs["v"]) * d * length ** 0.5
                 for key in "qk"}
        found.append(case("attention", name, run, inputs, draw,
                          {"heads": heads, "length": length, "causal": causal, "masked": masked},
                          {"seen": seen} if masked else None, scale=lambda dy, s=sizes: s))
    return found


def scale_shift(dtype):
    """gamma and beta per channel; written to norm.json, beside the norms they follow."""
    found = []
    for channels, positions, batch in [(5, 1, 7), (3, 4, 5), (1, 6, 2), (4, 1, 1), (1, 1, 1)]:
        for keys in [("gamma", "beta"), ("gamma",)]:
            name = f"{channels} channels {positions} positions batch {batch}"
            name += "" if "beta" in keys else " no bias"
            draw = Draw("scale_shift", name, dtype)

            def run(x, gamma, beta=None, c=channels, p=positions, n=batch):
                y = gamma.reshape(1, c, 1) * x.t().reshape(n, c, p)
                y = y if beta is None else y + beta.reshape(1, c, 1)
                return y.reshape(n, c * p).t()

            inputs = {"x": draw.normal(channels * positions, batch)}
            inputs.update({key: draw.normal(channels, 1) for key in keys})
            sizes = {"output": largest(run(*[x.abs() for x in inputs.values()]))}
            found.append(case("scale_shift", name, run, inputs, draw,
                              {"channels": channels, "positions": positions},
                              scale=lambda dy, sizes=sizes: sizes))
    return found


def cases(dtype):
    return (arithmetic(dtype) + products(dtype) + shapes(dtype) + reductions(dtype)
            + elementwise(dtype) + probabilities(dtype) + losses_and_layers(dtype) + attention(dtype)
            + images(dtype))
