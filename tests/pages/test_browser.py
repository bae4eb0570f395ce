"""What Chromium makes of the pages: nothing fetched, nothing to scroll sideways, nothing for axe-core, values on
hover and focus."""

import json
import pathlib
import subprocess

import compare_pages
from support import ROOT, Case, out, work


class Browser(Case):
    def browsed(self, file: pathlib.Path) -> None:
        done = subprocess.run(["node", ROOT / "tests/pages/browse.mjs", file], stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        self.assertEqual(found["fetched"], [])
        self.assertEqual(found["errors"], [])
        self.assertEqual(found["sideways"], {"360": 0, "1280": 0})
        self.assertEqual(found["axe"], [])
        self.assertEqual(found["hover"], [False, True])
        self.assertEqual(found["focus"], ["visible"])
        self.assertNotEqual(found["pages"]["light"], found["pages"]["dark"])

    def test_the_report(self):
        self.browsed(out / "index.html")

    def test_the_comparison(self):
        compare_pages.write_comparison([out, out], work / "same.html")
        self.browsed(work / "same.html")
