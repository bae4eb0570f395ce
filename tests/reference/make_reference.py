#!/usr/bin/env python3
"""Writes ops.json, norm.json, transformer.json, models.json and variants.json: values and gradients as PyTorch computes them in float64.

    python3 tests/reference/make_reference.py              writes the files beside this script
    python3 tests/reference/make_reference.py --float32    writes nothing; prints how far PyTorch's
                                                           own float32 is from them

Needs PyTorch (Debian: python3-torch). Every case draws from a generator seeded by its own name, so
adding a case leaves the others as they are.
"""
import argparse
import json
import os
import sys

import torch

sys.dont_write_bytecode = True  # no __pycache__ among the sources
import model_cases  # noqa: E402
import norm_cases  # noqa: E402
import op_cases  # noqa: E402
import transformer_cases  # noqa: E402
import variant_cases  # noqa: E402

FOLDER = os.path.dirname(os.path.abspath(__file__))


def as_json(value):
    """A matrix becomes {rows, cols, data}, data column by column; doubles survive the round trip."""
    if isinstance(value, torch.Tensor):
        rows, cols = value.shape
        return {"rows": rows, "cols": cols, "data": value.t().reshape(-1).tolist()}
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return value


def write(name, cases):
    head = {"torch": torch.__version__, "precision": "float64", "layout": "column-major"}
    lines = [json.dumps(as_json(case), separators=(",", ":"), allow_nan=False) for case in cases]
    path = os.path.join(FOLDER, name)
    with open(path + ".tmp", "w", encoding="ascii") as file:
        file.write(json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")
    os.replace(path + ".tmp", path)
    print(f"{name}: {len(cases)} cases, {os.path.getsize(path) / 1000:.0f} kB")


def matrices(case):
    """Everything the case expects, by name, with the size of its terms."""
    found = {"output": case["output"], **case["gradients"]}
    for name, value in case.get("running", {}).get("after", {}).items():
        if isinstance(value, torch.Tensor):
            found["running " + name] = value
    return {name: (value, case["scale"][name]) for name, value in found.items()}


def compare(exact_cases, rounded_cases):
    """Prints the error of each case in units of float eps × scale, the worst first."""
    eps = torch.finfo(torch.float32).eps
    table = []
    for exact, rounded in zip(exact_cases, rounded_cases):
        expected, got = matrices(exact), matrices(rounded)
        for name, (value, scale) in expected.items():
            error = (got[name][0].double() - value).abs().max().item()
            units = error / (eps * scale) if error else 0.0
            table.append((units, exact["op"], exact["case"], name))
    for units, op, case, name in sorted(table, reverse=True)[:20]:
        print(f"{units:9.2f}  {op} / {case} / {name}")


def main():
    parser = argparse.ArgumentParser(description="Writes ops.json and norm.json from PyTorch.")
    parser.add_argument("--float32", action="store_true",
                        help="print how far PyTorch's own float32 is from its float64")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ops, norms = op_cases.cases(torch.float64), norm_cases.cases(torch.float64)
    if arguments.float32:
        print("PyTorch float32, error in units of float eps x scale")
        compare(ops + norms, op_cases.cases(torch.float32) + norm_cases.cases(torch.float32))
        return 0
    write("ops.json", ops)
    write("norm.json", norms)
    write("transformer.json", transformer_cases.cases())
    write("models.json", model_cases.cases())
    write("variants.json", variant_cases.cases())
    return 0


if __name__ == "__main__":
    sys.exit(main())
