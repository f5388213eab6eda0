"""The cases of folding_cases.json, which the unit tests of the web client read too."""

from pathlib import Path

import orjson

_CASES = orjson.loads(Path(__file__).with_suffix(".json").read_bytes())
# A text, and what it is folded to.
FOLDED: list[tuple[str, str]] = [tuple(case) for case in _CASES["folded"]]
# A search, a title, and whether the search finds it.
FOUND: list[tuple[str, str, bool]] = [tuple(case) for case in _CASES["found"]]
