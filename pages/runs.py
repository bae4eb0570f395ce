"""What runs left behind: reads run.json (lessons/common/run_file.cpp writes it) and holds it against what it must be.

    for run in runs_in(pathlib.Path("out")): run.problem or run.data["claims"]
"""

import json
import pathlib
import re
from dataclasses import dataclass, field


class BadRun(Exception):
    """A run.json that is none: what() is a sentence."""


@dataclass
class Run:
    folder: pathlib.Path
    data: dict = field(default_factory=dict)
    problem: str = ""  # why there are no data

    @property
    def name(self) -> str:
        return self.data.get("name", self.folder.name)


class Maybe:
    """What may be null, for a number: NaN or infinite, when it was measured."""

    def __init__(self, shape):
        self.shape = shape


NUMBERS = [Maybe(float)]
AXIS = {"label": str, "log": bool, "low?": float, "high?": float}
SERIES = {"kind": str, "name": str, "colour": str, "x": NUMBERS, "y": NUMBERS, "high?": NUMBERS}
SCALE = {"meaning": str, "log": bool, "low": float, "high": float, "colours": [str]}
CELLS = {"columns": int, "rows": int, "colours": str, "words": [str], "across": [str], "down": [str],
         "values": NUMBERS, "scale": Maybe(SCALE)}
PANEL = {"title": str, "subtitle": str, "x": AXIS, "y": AXIS, "cells": Maybe(CELLS), "series": [SERIES]}
CLAIM = {"text": str, "low": Maybe(float), "high": Maybe(float), "value": str, "band": str, "judged": bool,
         "holds": bool, "accepted": Maybe({"low": Maybe(float), "high": Maybe(float), "because": str})}
RUN = {"evenkeel_run": int, "name": str, "about": str, "command": str, "when": str, "precision": str,
       "standard": bool, "setting": str, "seed": int, "seeds": int, "options": {}, "holds": bool, "claims": [CLAIM],
       "questions": [{"text": str, "claim": str, "choices": [str]}], "predicted": [str],
       "figures": [{"name": str, "title": str, "subtitle": str, "columns": int, "panels": [PANEL]}], "files": [str]}
KINDS = ("band", "histogram", "theory", "line", "points", "vertical")  # of curves, from the back to the front
NAMES = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}


def require(value, shape, where: str) -> None:
    """Throws BadRun where `value` is not of this shape. A dict may have more keys than its shape."""
    if isinstance(shape, Maybe):
        if value is not None:
            require(value, shape.shape, where)
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            raise BadRun(f"{where or 'it'} must be an object")
        for key, inner in shape.items():
            optional, key = key.endswith("?"), key.rstrip("?")
            if optional and key not in value:
                continue
            if key not in value:
                raise BadRun(f"{where + ' ' if where else ''}lacks '{key}'")
            require(value[key], inner, f"{where}.{key}" if where else key)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise BadRun(f"{where} must be a list")
        for i, one in enumerate(value):
            require(one, shape[0], f"{where}[{i}]")
    else:
        kinds = (int, float) if shape is float else (shape,)
        right = isinstance(value, kinds) and (shape is bool or not isinstance(value, bool))
        if not right or (shape is float and not abs(value) <= 1.7e308):
            raise BadRun(f"{where} must be {NAMES[shape]}, got {repr(value)[:40]}")


def check_panel(panel: dict, name: str) -> None:
    """What the shape alone does not say."""
    for series in panel["series"]:
        if series["kind"] not in KINDS:
            raise BadRun(f"{name}: there is no curve of kind '{series['kind'][:20]}'")
        if len({len(series[key]) for key in ("x", "y", "high") if key in series}) > 1:
            raise BadRun(f"{name}: a curve's x, y and high must be equally long")
    if (cells := panel["cells"]) is None:
        return
    count, scale = cells["columns"] * cells["rows"], cells["scale"]
    if not (cells["columns"] > 0 < cells["rows"] and re.fullmatch("[0-9A-F]*", cells["colours"])
            and len(cells["colours"]) == 6 * count):
        raise BadRun(f"{name}: {cells['columns']}×{cells['rows']} cells need as many colours, of six digits each")
    if {len(cells["words"]), len(cells["values"])} - {0, count}:
        raise BadRun(f"{name}: as many words or values as cells, or none")
    if len(cells["across"]) > cells["columns"] or cells["rows"] % max(len(cells["down"]), 1) != 0:
        raise BadRun(f"{name}: names that do not fit the cells")
    if scale and not (scale["low"] < scale["high"] and (scale["low"] > 0 or not scale["log"]) and
                      len(scale["colours"]) > 1 and all(re.fullmatch("#[0-9A-F]{6}", c) for c in scale["colours"])):
        raise BadRun(f"{name}: a scale goes from low to high, in two colours or more")


def not_a_number(word: str):
    raise BadRun(f"{word} is no number in JSON")


def read(folder: pathlib.Path) -> Run:
    try:
        data = json.loads((folder / "run.json").read_text(encoding="utf-8"), parse_constant=not_a_number)
        require(data, RUN, "")
        if data["evenkeel_run"] != 1:
            raise BadRun(f"it is of version {data['evenkeel_run']}, and only 1 is known here")
        for figure in data["figures"]:
            for panel in figure["panels"]:
                check_panel(panel, figure["name"])
        return Run(folder, data)
    except ValueError as error:  # of JSON, of UTF-8, or a number of thousands of digits
        problem = f"it is no JSON: {error}"
    except RecursionError:
        problem = "it is nested too deeply"
    except (BadRun, OSError) as error:
        problem = getattr(error, "strerror", None) or str(error)
    return Run(folder, problem=f"{folder.name}/run.json is not shown: {problem}")


def runs_in(folder: pathlib.Path) -> list[Run]:
    """The runs of an out folder, by name; or the one run whose folder it is."""
    below = sorted(folder.glob("*/run.json"))
    if not below and (folder / "run.json").exists():
        return [read(folder)]
    return [read(file.parent) for file in below]
