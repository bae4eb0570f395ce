"""The report of an out folder, and what it shares with the comparison of two: how a run's facts, claims and pictures
look. Everything that comes from a run is escaped here or in charts.py.
"""

import base64
import html
import os
import pathlib
import re
import tempfile

import cells
import charts
import layout
import markdown
from runs import Run, runs_in

LESSONS = pathlib.Path(__file__).resolve().parent.parent / "lessons"
STYLE = pathlib.Path(__file__).with_name("report.css")


class NoRuns(Exception):
    """There is nothing to show."""


def escaped(text) -> str:
    return html.escape(str(text))


def write_page(path: pathlib.Path, page: str) -> pathlib.Path:
    """Whole or not at all: who reloads it meanwhile sees the old one."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", encoding="utf-8", errors="replace",
                                     delete=False) as file:
        file.write(page)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
    return path


def document(title: str, body: str, subtitle: str, links: list[tuple[str, str]]) -> str:
    nav = layout.navigation([layout.Group("Lessons", links, open=True)])
    return layout.document(title, body, home="#", subtitle=subtitle, nav=nav,
                           head=f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n")


def when(run: Run) -> str:
    return escaped(run.data["when"].replace("T", " ").replace("Z", " UTC"))


def verdict(run: Run) -> str:
    judged = [c for c in run.data["claims"] if c["judged"] and c["accepted"]]
    held = sum(c["holds"] for c in judged)
    if not judged:
        return '<span class="facts">shown, not judged</span>'
    if run.data["holds"]:
        return f'<span class="good">✓ {held} of {len(judged)} hold</span>'
    told = f"{held} of {len(judged)} hold" if held < len(judged) else "a title says another number"
    return f'<span class="bad">✗ {told}</span>'


def sign(claim: dict) -> str:
    if not claim["judged"] or not claim["accepted"]:
        return '<span class="facts" title="not judged">·</span>'
    if claim["holds"]:
        return '<span class="good" title="holds">✓</span>'
    return '<span class="bad" title="does not hold">✗</span>'


def stacked(head: list[str], rows: list[list[str]]) -> str:
    """A table whose cells stand below one another where it is narrow."""
    return f'<div class="stacks">{layout.table(head, rows)}</div>' if rows else ""


def value(text: str) -> str:
    return f'<span class="value">{escaped(text)}</span>'


def claims(run: Run) -> str:
    rows = []
    for claim in run.data["claims"]:
        words = f"measured {claim['value']}, {claim['band']}"
        because = claim["accepted"]["because"] if claim["accepted"] else ""
        rows.append([sign(claim), escaped(claim["text"]), value(claim["value"]),
                     charts.band(claim["accepted"], [(claim["low"], claim["high"])], words),
                     value(claim["band"].removeprefix("accepted ")), escaped(because)])
    return stacked(["", "claim", "measured", "", "accepted", "because"], rows)


def predictions(run: Run) -> str:
    """What was asked, and what the person has said: in this run and, from predictions.txt, in earlier ones."""
    said = run.data["predicted"]
    asked = [q["text"] for q in run.data["questions"] if not any(line.startswith(q["text"]) for line in said)]
    try:
        lines = (run.folder.parent / "predictions.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    mark = f"{run.name[:2]}  "
    earlier = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
    earlier = earlier[: len(earlier) - len(said)] if earlier[len(earlier) - len(said) :] == said else earlier
    out = ""
    for title, these in (("What it asks", asked), ("What you predicted", said), ("Before", earlier)):
        if these:
            out += f"<h3>{title}</h3>\n<ul>{''.join(f'<li>{escaped(line)}</li>' for line in these)}</ul>\n"
    return out


def picture_of(file: pathlib.Path, alt: str) -> str:
    """A file as it is, inert within an <img>."""
    kind = "svg+xml" if file.suffix == ".svg" else file.suffix[1:]
    try:
        data = base64.b64encode(file.read_bytes()).decode()
    except OSError:
        return f'<p class="facts">{escaped(file.name)} was not drawn.</p>'
    return f'<img src="data:image/{kind};base64,{data}" alt="{escaped(alt)}">'


def panel_of(panel: dict, title: str) -> str:
    return cells.panel(panel, title) if panel["cells"] else charts.panel(panel, title)


def figure(run: Run, data: dict, panels: str = "", key: str = "") -> str:
    """`panels`: other ones than the run's own, with a key of their own."""
    several = ' class="several"' if len(data["panels"]) != 1 else ""
    words = f'<figcaption><strong>{escaped(data["title"])}</strong>{escaped(data["subtitle"])}{key}</figcaption>\n'
    arranged = ' class="panels"'
    if not panels:
        panels = "".join(panel_of(panel, data["title"]) for panel in data["panels"])
        arranged = cells.arranged(data) if all(panel["cells"] for panel in data["panels"]) else arranged
    return (f'<figure{several} id="{escaped(run.name)}-{escaped(data["name"])}">{words}'
            f'<div{arranged}>{panels}</div></figure>\n')


def page_text(run: Run, shown: list[str]) -> tuple[str, str]:
    """The title and the text of the lesson's page; a picture of this run is named, any other is shown."""
    folder = LESSONS / run.name
    if not re.fullmatch(r"\w+", run.name) or not (folder / "README.md").exists():
        return run.name, ""
    drawn = {f"{data['name']}.svg": data["name"] for data in run.data["figures"]}

    def link(target: str) -> str:
        if "://" in target:
            return target
        lesson = pathlib.PurePath(target).parent.name
        return f"#{lesson}" if target.endswith("README.md") and lesson in shown else ""

    def picture(target: str, alt: str) -> str:
        if target in drawn:
            return f'<a href="#{run.name}-{drawn[target]}">▸ {escaped(alt)}</a>'
        return picture_of(folder / target, alt)

    page = markdown.render((folder / "README.md").read_text(encoding="utf-8"), link=link, picture=picture,
                           prefix=f"{run.name}-")
    text = re.sub(r'<a href="">(.*?)</a>', r"\1", page.html, flags=re.DOTALL)  # what is not in this file
    text = re.sub(r"<h1.*?</h1>\n?", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r"(</?h)([2-4])\b", lambda m: m[1] + str(int(m[2]) + 1), text)
    return page.title, text


def facts(run: Run) -> list[tuple[str, str]]:
    data = run.data
    return [("claims", verdict(run)), ("setting", escaped(data["setting"])), ("when", when(run)),
            ("precision", escaped(data["precision"])),
            ("claims were", "judged" if data["standard"] else "only shown, in another setting than the standard one"),
            ("command", f'<code>{escaped(data["command"])}</code>')]


def section(run: Run, shown: list[str]) -> str:
    problem = ""
    try:
        title, text = page_text(run, shown)
    except (OSError, ValueError, markdown.FormulaError) as error:
        title, text, problem = run.name, "", f'<p class="notice">Its page is not shown: {escaped(error)}</p>\n'
    options = ", ".join(f"--{key} {value}" for key, value in run.data["options"].items())
    known = "".join(f"{key}: {value}<br>" for key, value in facts(run)[:-1] if value)
    figures = "".join(figure(run, data) for data in run.data["figures"])
    return (f'<section id="{escaped(run.name)}">\n<h2>{escaped(title)}</h2>\n{problem}<p class="facts">{known}</p>\n'
            f'<p>To repeat it:</p>\n<pre><code>{escaped(run.data["command"])}</code></pre>\n'
            f'<details><summary>Every option</summary><p>{escaped(options)}</p></details>\n{predictions(run)}'
            f'<h3>Claims</h3>\n{claims(run)}<h3>Pictures</h3>\n<div class="pictures">{figures}</div>\n{text}'
            f'<p class="facts">Files in {escaped(run.folder.name)}/: {escaped(" ".join(run.data["files"]))}</p>\n'
            "</section>\n")


def problems(runs: list[Run]) -> str:
    return "".join(f'<p class="notice">{escaped(run.problem)}</p>\n' for run in runs if run.problem)


def write_report(folder: pathlib.Path) -> pathlib.Path:
    runs = runs_in(folder)
    if not runs:
        raise NoRuns(f"no run in {folder} yet: lessons/run 01")
    good = [run for run in runs if not run.problem]
    names = [run.name for run in good]
    rows = [[f'<a href="#{escaped(run.name)}">{escaped(run.name)}</a>', verdict(run), escaped(run.data["setting"]),
             f'<span class="value">{when(run)}</span>'] for run in good]
    overview = stacked(["lesson", "claims", "setting", "when"], rows)
    body = f"<h1>What was run</h1>\n{problems(runs)}{overview}" + "".join(section(run, names) for run in good)
    page = document("Evenkeel: what was run", body, "report", [(f"#{name}", name) for name in names])
    return write_page(folder / "index.html", page)
