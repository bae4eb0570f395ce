"""Every formula in every page of the repository: blahtexml takes it (report and site), and so does a viewer of the
repository, which reads the Markdown first, as if $ were a letter, and then looks for formulas in what is left."""

import re
import subprocess
import unittest

import markdown
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from support import ROOT

PLAIN = MarkdownIt("commonmark").enable("table")
KNOWING = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_space=False, double_inline=True)
BEFORE, AFTER = r"(^|[\s(\[—–])$", r"^($|[\s.,;:!?)\]'’-])"  # what may touch a formula


def pieces(token) -> list[tuple[str, str]]:
    """An inline token's parts: math or text, and what it says; emphasis is ✱, other tags are line breaks."""
    parts = []
    for child in token.children:
        if child.type.startswith("math_inline"):
            parts.append(("math", f"{child.markup}{child.content}{child.markup}"))
        else:
            mark = "`" if child.type == "code_inline" else "✱" if child.tag in ("em", "strong") else "\n"
            parts.append(("text", child.content if child.type == "text" else mark))
    return parts


def wrong(page: str) -> list[str]:
    """What a viewer would not show as it is meant."""
    left = ["".join(text for _, text in pieces(token)) for token in PLAIN.parse(page) if token.type == "inline"]
    formulas, found = [], []
    for token in KNOWING.parse(page):
        if token.type == "math_block":
            formulas.append(f"$${token.content.strip()}$$")
            found += [f"in a list: {formulas[-1]}"] if token.level else []
        if token.type != "inline":
            continue
        parts = [("text", ""), *pieces(token), ("text", "")]
        for (_, before), (kind, text), (_, after) in zip(parts, parts[1:], parts[2:]):
            if kind == "text" and "$" in text:
                found.append(f"a $ that opens or closes nothing: {text}")
            elif kind == "math" and not (re.search(BEFORE, before) and re.search(AFTER, after)):
                found.append(f"too close to its neighbours: {before[-9:]}{text}{after[:9]}")
        formulas += [text for kind, text in parts if kind == "math"]
        found += [f"in a link: {text}" for text in re.findall(r"\[[^]]*\$[^]]*\]\([^)]*\)", token.content)]
    found += [f"Markdown changes {formula}" for formula in formulas if not any(formula in text for text in left)]
    return found + [f"< without spaces: {formula}" for formula in formulas if re.search(r"\S[<>]|[<>]\S", formula)]


class Formulas(unittest.TestCase):
    def test_every_formula_of_every_page(self):
        names = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        count = 0
        for name in filter(None, names.stdout.split("\0")):
            with self.subTest(page=name):
                text = (ROOT / name).read_text(encoding="utf-8")
                count += markdown.render(text).html.count("<math")
                self.assertEqual(wrong(text), [])
        self.assertGreater(count, 500)

    def test_what_a_viewer_shows_and_what_not(self):
        for page in (r"For $x_1 + y_{2}$ and $\hat x_{a} \hat y_{b}$ (or $c < d$), $a$-th: `$(pwd)`." + "\n\n$$x^2$$\n",
                     "| $a$ | `$b` |\n|---|---|\n" + r"| $\lvert x \rvert$ | *so* $y$ |" + "\n"):
            self.assertEqual(wrong(page), [])
        for page, problem in ((r"$\hat{x}_{a} + \hat{y}_{b}$", "Markdown changes"), ("$x *y* z$", "Markdown changes"),
                              (r"$\{x\}$", "Markdown changes"), (r"$a\,b$", "Markdown changes"),
                              (r"$a <b> c$", "Markdown changes"), (r"$$a \\ b$$", "Markdown changes"),
                              ("$[a](b)$", "Markdown changes"), ("[$x$](y.md)", "in a link"),
                              ("| a |\n|---|\n| $|x|$ |", "opens or closes nothing"), ("$x $ y", "opens or closes nothing"),
                              ("$a<b$", "< without spaces"), ("2$x$", "too close"), ("-$x$", "too close"), ("$x$y", "too close"),
                              ("`x`$y$", "too close"), ("- by $a$\n\n  $$b$$\n", "in a list"), ("**by $y$**", "too close")):
            self.assertIn(problem, "; ".join(wrong(page)), page)
