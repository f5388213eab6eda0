"""docs/keyboard.md shows the keys that the help dialog of the page shows."""

import re

from shared.settings import ROOT

# A line of web/views/tools/keys.js, as deno fmt writes it.
_KEY = re.compile(r"^  \['([^']+)', t\('([^']+)'\)\],$", re.MULTILINE)


def test_the_documented_keys_are_those_of_the_help_dialog() -> None:
    keys = _KEY.findall((ROOT / "web/views/tools/keys.js").read_text())
    rows = [f"| {' '.join(f'`{key}`' for key in keys.split())} | {text} |" for keys, text in keys]

    page = (ROOT / "docs/keyboard.md").read_text()
    table = page.split("|---|---|\n", 1)[1].split("\n\n", 1)[0]

    assert rows
    assert table.splitlines() == rows
