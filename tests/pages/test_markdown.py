"""Markdown → HTML: what a page may hold, and what must not become of it."""

import html
import re
import unittest

from markdown import FormulaError, highlight, mathml, render


class Markdown(unittest.TestCase):
    def test_headings_have_the_anchors_of_a_repository_viewer(self):
        page = render("# What `dx` is: σ′, or not?\n## Try\n## Try\n### Try\n")
        self.assertEqual([s.id for s in page.sections], ["what-dx-is-σ-or-not", "try", "try-1", "try-2"])
        self.assertEqual(page.title, "What dx is: σ′, or not?")

    def test_sections_hold_what_is_below_their_heading(self):
        page = render("# A\n\none `two`\n\n- three\n\n```\nfour\n```\n\n## B\n\n| five |\n|--|\n| $x^2$ |\n")
        self.assertEqual([s.text.split() for s in page.sections], [["one", "two", "three", "four"], ["five", "x^2"]])

    def test_prefix_is_before_every_id_and_every_link_to_one(self):
        page = render("# A\n\n[b](#b) [c](c.md#d)\n\n## B\n", prefix="p-", link=lambda target: target.upper())
        for part in ('id="p-a"', 'id="p-b"', 'href="#p-b"', 'href="C.MD#D"'):
            self.assertIn(part, page.html)

    def test_formulas_are_mathematics_and_dollars_of_money_or_shells_are_not(self):
        page = render("$s\\sqrt{n/2} = 2.83$ for $5 or $6\n\n`$(pkg-config)`, `$x$`\n\n$$a - b$$\n")
        self.assertEqual(page.html.count("<math"), 2)
        self.assertIn("<mn>2.83</mn>", page.html)
        self.assertIn("−</mo>", page.html)
        self.assertIn(">ˆ</mo>", mathml("\\hat{x}"))
        self.assertIn("for $5 or $6</p>", page.html)
        self.assertIn("<code>$(pkg-config)</code>, <code>$x$</code>", page.html)

    def test_a_formula_that_is_wrong_is_named(self):
        with self.assertRaisesRegex(FormulaError, r"\\tfrac12\$: Unrecognised command"):
            mathml("\\tfrac12")

    def test_details_hold_markdown_and_comments_vanish_or_are_asked_for(self):
        text = "- a\n  <details><summary>Answer</summary>\n\n  *yes*\n  </details>\n\n<!-- ci: skip -->\n\nb <!-- c --> d\n"
        self.assertIn("<em>yes</em>", render(text).html)
        self.assertNotIn("<!--", render(text).html)
        self.assertNotIn("skip", render(text).html)
        self.assertIn("[ci: skip]", render(text, comment=lambda told: f"[{told}]").html)

    def test_what_is_written_is_escaped(self):
        page = render("a < b & c `<b>` ![\"x\"](p.svg)\n\n```cpp\nif (a < b) s = \"<i>\";  // <u>\n```\n")
        for tag in ("<b>", "<i>", "<u>"):
            self.assertNotIn(tag, page.html)
        self.assertIn('alt="&quot;x&quot;"', page.html)

    def test_highlighting_keeps_every_letter_and_no_span_crosses_a_line(self):
        code = "/* a\n b */ int x = 1'000; char c = '\"'; // end\n#include <a>\nauto s = \"// no\";\n"
        shown = highlight(code, "cpp")
        self.assertEqual(html.unescape(re.sub(r"</?span[^>]*>", "", shown)), code)
        for line in shown.split("\n"):
            self.assertEqual(line.count("<span"), line.count("</span>"))
        self.assertIn('<span class="s">"// no"</span>', shown)
