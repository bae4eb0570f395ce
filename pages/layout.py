"""The frame of every page: title, a bar on top, navigation, the style sheet inlined. One look for the site, the
report and, in its own file, the microscope.

    html = document("Lesson 01", body, home="../index.html", nav=navigation(groups, "lessons/01/index.html"))

`body` is HTML and goes into <main> as it is; titles and links are plain text and are escaped here. The page loads
nothing: what a caller needs beyond base.css and style.css goes into `head`, as <style> or <script>.
"""

import html
import pathlib
import re
from dataclasses import dataclass, field

_HERE = pathlib.Path(__file__).parent

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
{head}</head>
<body>
<header class="top">
<a class="home" href="{home}"><strong>Evenkeel</strong>{subtitle}</a>
{top}{to_contents}</header>
<div class="page">
<main>
{body}</main>
{nav}</div>
</body>
</html>
"""


@dataclass
class Group:
    """Links under a title that folds away: (href, text) each, hrefs as the page needs them."""

    title: str
    links: list[tuple[str, str]] = field(default_factory=list)
    open: bool = False  # it is open anyway on its own pages


def navigation(groups: list[Group], current: str = "") -> str:
    """`current`: the href that is this page's own."""
    out = []
    for group in groups:
        is_open = group.open or any(href == current for href, _ in group.links)
        out.append(f'<details{" open" if is_open else ""}><summary>{html.escape(group.title)}</summary>\n<ul>\n')
        for href, text in group.links:
            here = ' aria-current="page"' if href == current else ""
            out.append(f'<li><a href="{html.escape(href)}"{here}>{html.escape(text)}</a></li>\n')
        out.append("</ul></details>\n")
    return "".join(out)


def style() -> str:
    """Without a script a page is dark where the system is, and never on paper."""
    base = (_HERE / "base.css").read_text(encoding="utf-8")
    system = r"@media screen and (prefers-color-scheme: dark) {\n:root \1\n}"
    base = re.sub(r":root\[data-theme='dark'\] (\{[^}]*\})", system, base)
    return base + (_HERE / "style.css").read_text(encoding="utf-8")


def document(title: str, body: str, *, home: str = "index.html", subtitle: str = "", nav: str = "",
             top: str = "", head: str = "") -> str:
    """A whole page. nav: what navigation() gives, or any HTML; top: HTML for the bar (a search box, switches)."""
    contents = f'<nav id="contents" aria-label="Contents">\n{nav}</nav>\n' if nav else ""
    return _PAGE.format(
        title=html.escape(title),
        style=style(),
        head=head,
        home=html.escape(home),
        subtitle=f" <span>{html.escape(subtitle)}</span>" if subtitle else "",
        top=top,
        to_contents='<a class="to-contents" href="#contents">Contents</a>\n' if nav else "",
        body=body,
        nav=contents,
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """Cells are HTML. It scrolls by itself where the page is narrow."""
    heads = "".join(f"<th>{cell}</th>" if cell else "<td></td>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f'<div class="scrolls"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody>\n</table></div>\n'
