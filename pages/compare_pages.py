"""Two runs, or two out folders, side by side: settings, claims, curves over each other."""

import pathlib

import cells
import charts
import layout
from report_pages import NoRuns, document, escaped, facts, figure, panel_of, problems, sign, stacked, value, write_page
from runs import Run, runs_in

HEAD = ["● first", '<span class="run-1">● second</span>']


def settings(first: Run, second: Run) -> str:
    """What differs; and, folded, what is the same."""
    pairs = [(name, a, b) for (name, a), (_, b) in zip(facts(first), facts(second))]
    for option in first.data["options"] | second.data["options"]:
        given = [escaped(run.data["options"].get(option, "–")) for run in (first, second)]
        pairs.append((escaped(f"--{option}"), *given))
    differ = [[name, a, f'<span class="run-1">{b}</span>'] for name, a, b in pairs if a != b]
    same = layout.table(["", "both"], [[name, a] for name, a, b in pairs if a == b])
    return stacked(["", *HEAD], differ) + f"<details><summary>The same in both</summary>{same}</details>\n"


def claims(first: Run, second: Run) -> str:
    mine, theirs = ({claim["text"]: claim for claim in run.data["claims"]} for run in (first, second))
    rows = []
    for text in mine | theirs:
        pair = [mine.get(text), theirs.get(text)]
        known = next(claim for claim in pair if claim)
        shown = [f'{sign(claim)} {value(claim["value"])}' if claim else "–" for claim in pair]
        words = ", ".join(f'{"first second".split()[i]} {claim["value"]}' for i, claim in enumerate(pair) if claim)
        drawn = charts.band(known["accepted"], [(c["low"], c["high"]) if c else (None, None) for c in pair], words)
        bands = dict.fromkeys(c["band"].removeprefix("accepted ") for c in pair if c and c["judged"])
        rows.append([escaped(text), *shown, drawn, value("; ".join(bands) or known["band"])])
    return stacked(["claim", *HEAD, "", "accepted"], rows)


def together(one: dict, other: dict | None) -> str:
    """A panel with the curves of both; of cells both panels, side by side."""
    if other and one["cells"] and other["cells"]:
        pair = [cells.panel(dict(panel, title=f"{panel['title']} · {run}".removeprefix(" · ")))
                for panel, run in ((one, "first"), (other, "second"))]
        return f'<div class="panels of-cells">{"".join(pair)}</div>'
    drawn, names = list(one["series"]), [s["name"] for s in one["series"]]
    said = [(s["kind"], s["x"], s["y"]) for s in one["series"] if s["kind"] in ("theory", "vertical")]
    for s in other["series"] if other else []:
        if (s["kind"], s["x"], s["y"]) not in said:
            drawn.append(dict(s, name="" if s["name"] in names else s["name"], second=True))
    title = "" if other and one["title"] != other["title"] else one["title"]
    return panel_of(dict(one, title=title, series=drawn), title)


def pictures(first: Run, second: Run) -> str:
    out = ""
    theirs = {data["name"]: data for data in second.data["figures"]}
    for data in first.data["figures"]:
        if (other := theirs.get(data["name"])) is None:
            continue
        pairs = zip(data["panels"], other["panels"] + [None] * len(data["panels"]))
        panels = "".join(together(a, b) for a, b in pairs)
        title = data["title"] if data["title"] == other["title"] else f"{data['title']} / {other['title']}"
        words = [data["subtitle"], other["subtitle"]]
        key = charts.key_of_runs(*words) if any(panel["series"] for panel in data["panels"]) else ""
        subtitle = "" if key else "; ".join(dict.fromkeys(filter(None, words)))
        out += figure(first, dict(data, title=title, subtitle=subtitle), panels, key)
    return out


def write_comparison(folders: list[pathlib.Path], path: pathlib.Path) -> pathlib.Path:
    found = [runs_in(folder) for folder in folders]
    for folder, runs in zip(folders, found):
        if not runs:
            raise NoRuns(f"no run in {folder}: it must be an out folder or a lesson's folder in one")
    first, second = ({run.name: run for run in runs if not run.problem} for runs in found)
    both = [name for name in first if name in second]
    if not both:
        bad = [run.problem for runs in found for run in runs if run.problem]
        names = [", ".join(runs) or "nothing" for runs in (first, second)]
        raise NoRuns("; ".join(bad) or f"{folders[0]} has {names[0]} and {folders[1]} has {names[1]}: "
                     "two runs of one lesson can be compared")
    body = f"<h1>Two runs</h1>\n<p>First: {escaped(folders[0])}. Second: {escaped(folders[1])}.</p>\n"
    body += problems(found[0] + found[1])
    alone = [name for name in first | second if name not in both]
    body += f"<p>In one of them only: {escaped(', '.join(alone))}.</p>\n" if alone else ""
    for name in both:
        pair = first[name], second[name]
        body += (f'<section id="{escaped(name)}"><h2>{escaped(name)}</h2>\n<h3>Settings</h3>\n{settings(*pair)}'
                 f'<h3>Claims</h3>\n{claims(*pair)}'
                 f'<h3>Pictures</h3>\n<div class="pictures">{pictures(*pair)}</div></section>\n')
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_page(path, document("Evenkeel: two runs", body, "two runs", [(f"#{name}", name) for name in both]))
