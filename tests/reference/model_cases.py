"""The cases of models.json: whole networks, with the gradients of all their parameters, which have Evenkeel's names."""
import torch
import torch.nn.functional as F

from draw import Draw

EPS32 = torch.finfo(torch.float32).eps
BATCH, CLASSES = 4, 3
IMAGE = (2, 6, 5)  # channels, height, width
RELU_GAIN = (0.5 - 0.5 / torch.pi) ** -0.5


def largest(x):
    return x.abs().max().item()


class Network:
    """Parameters by name, each drawn when it is first asked for; what networks are made of."""

    def __init__(self, draw, norm, standardized):
        self.draw, self.norm_name, self.standardized = draw, norm, standardized
        self.shapes, self.values, self.used = {}, {}, {}

    def begin(self, dtype):
        self.dtype, self.used = dtype, {}

    def parameter(self, name, *shape):
        if name not in self.values:
            self.shapes[name] = shape
            rows, cols = shape[0], max(1, int(torch.tensor(shape[1:]).prod()))
            is_gain = "norm" in name and name.endswith("weight")  # norms start around 1
            start = 1.0 if is_gain else 0.0
            self.values[name] = (self.draw.scaled(rows, cols, 0.5).double() + start).float().double()
        if name not in self.used:
            self.used[name] = self.values[name].to(self.dtype).reshape(shape).requires_grad_()
        return self.used[name]

    def standardize(self, w):
        if not self.standardized:
            return w
        rows = w.reshape(w.shape[0], -1)
        centred = rows - rows.mean(1, keepdim=True)
        variance = centred.square().mean(1, keepdim=True)
        return (RELU_GAIN / rows.shape[1] ** 0.5 * centred / torch.sqrt(variance + 1e-10)).reshape(w.shape)

    def norm(self, name, x):
        if self.norm_name == "none":
            return x
        gamma = self.parameter(name + ".weight", x.shape[1])
        if self.norm_name == "rms":
            over = tuple(range(1, x.dim()))
            x = x * torch.rsqrt(x.square().mean(over, keepdim=True) + 1e-5)
            return x * gamma.reshape(1, -1, *[1] * (x.dim() - 2))
        beta = self.parameter(name + ".bias", x.shape[1])
        if self.norm_name == "batch":
            return F.batch_norm(x, None, None, gamma, beta, training=True)
        groups = {"layer": 1, "group": 2, "instance": x.shape[1]}[self.norm_name]
        return F.group_norm(x, groups, gamma, beta)

    def conv(self, name, x, out, size=3, stride=1):
        w = self.standardize(self.parameter(name + ".weight", out, x.shape[1], size, size))
        b = self.parameter(name + ".bias", out) if self.norm_name == "none" else None
        return F.conv2d(x, w, b, stride, size // 2)

    def linear(self, name, x, out, hidden=False):
        w = self.parameter(name + ".weight", out, x.shape[1])
        b = None if hidden and self.norm_name != "none" else self.parameter(name + ".bias", out)
        return F.linear(x, self.standardize(w) if hidden else w, b)


def mlp(net, x):
    for i, width in enumerate((6, 4)):
        x = F.relu(net.norm(f"norms.{i}", net.linear(f"layers.{i}", x, width, hidden=True)))
    return net.linear("layers.2", x, CLASSES)


def vgg(net, x):
    for i, channels in enumerate((2, 2, 3, 3)):
        x = F.relu(net.norm(f"features.{i}.norm", net.conv(f"features.{i}.conv", x, channels)))
        if i % 2 == 1:
            x = F.max_pool2d(x, 2)
    return net.linear("classifier", x.flatten(1), CLASSES)


def resnet(net, x):
    """Standardizing two numbers leaves ±1 and no gradient: then the first stage has four channels."""
    width = 4 if net.standardized else 2
    x = F.relu(net.norm("norm1", net.conv("conv1", x, width)))
    for name, channels, stride in (("layer1.0", width, 1), ("layer2.0", 2 * width, 2)):
        shortcut = x
        if x.shape[1] != channels:
            shortcut = net.norm(name + ".downsample.norm", net.conv(name + ".downsample.conv", x, channels, 1, stride))
        h = F.relu(net.norm(name + ".norm1", net.conv(name + ".conv1", x, channels, 3, stride)))
        x = F.relu(shortcut + net.norm(name + ".norm2", net.conv(name + ".conv2", h, channels)))
    return net.linear("fc", x.mean((2, 3)), CLASSES)


def run(net, model, x, dy, dtype):
    """Output and gradients, as features × samples, out × fan in, channels × 1."""
    net.begin(dtype)
    x = x.to(dtype).t().clone().requires_grad_()
    y = model(net, x if model is mlp else x.reshape(BATCH, *IMAGE))
    y.backward(dy.to(dtype).t())
    gradients = {name: p.grad.reshape(p.shape[0], -1) for name, p in net.used.items()}
    return y.detach().t(), {"x": x.grad.t(), **gradients}


def scale(net, model, x, dy, results):
    """How far one eps of float in x, dy and every parameter moves each result, the worst of 20 draws, in eps."""
    values = net.values
    found = {key: largest(value) for key, value in results.items()}
    for _ in range(20):
        nudged = lambda m: m * (1 + EPS32 * torch.empty_like(m).uniform_(-1, 1, generator=net.draw.generator))
        net.values = {name: nudged(value) for name, value in values.items()}
        y, gradients = run(net, model, nudged(x), nudged(dy), torch.float64)
        for key, value in {"output": y, **gradients}.items():
            found[key] = max(found[key], largest(value - results[key]) / EPS32)
    net.values = values
    return found


def cases():
    found = []
    chosen = [(mlp, norm, False) for norm in ("none", "batch", "rms")]
    chosen += [(mlp, "none", True), (vgg, "batch", False), (vgg, "none", True)]
    chosen += [(resnet, norm, False) for norm in ("none", "batch", "layer", "group", "instance", "rms")]
    chosen += [(resnet, "group", True)]
    for model, norm, standardized in chosen:
        op = model.__name__
        name = norm + " weight standardization" * standardized
        draw = Draw(op, name, torch.float64)
        channels, height, width = IMAGE
        x, dy = draw.normal(channels * height * width, BATCH), draw.normal(CLASSES, BATCH)
        net = Network(draw, norm, standardized)
        y, gradients = run(net, model, x, dy, torch.float64)
        found_scale = scale(net, model, x, dy, {"output": y, **gradients})
        found.append({"op": op, "case": name,
                      "args": {"norm": norm, "standardized": standardized, "channels": channels, "height": height,
                               "width": width},
                      "inputs": {"x": x, **net.values}, "cotangent": dy, "output": y, "gradients": gradients,
                      "scale": found_scale})
    return found
