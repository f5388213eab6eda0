"""The tables of docs/quick-add.md: the grammar of web/quick_add/, and what ordinary sentences mean.

Run `python -m tests.support.quick_add.grammar_table` to write them into the page.
"""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from tests.support.web.deno import ROOT, evaluate

PAGE = ROOT / "docs" / "quick-add.md"
SENTENCES: dict[str, Any] = json.loads((Path(__file__).parent / "sentences.json").read_text())
_GROUP = re.compile(r"\(\?<\w+>")


async def with_tables(page: str, cache: Path) -> str:
    """Return the page with both tables as they must be."""
    rows = await evaluate(cache, "web/quick_add/grammar.js", "module.GRAMMAR")
    tables = {"grammar": _grammar(rows), "sentences": _sentences()}
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, after = page.split(begin)[0], page.split(end)[1]
        page = f"{before}{begin}\n{table}\n{end}{after}"
    return page


def _grammar(rows: list[dict[str, Any]]) -> str:
    """Return a line for each meaning. Patterns that differ only in their place are together."""
    meanings: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in rows:
        patterns = meanings.setdefault((row["kind"], row["says"]), {"en": [], "de": []})
        for language, found in patterns.items():
            found += [each for each in row.get(language, []) if each not in found]
    head = ["| Kind | Meaning | English | German |", "|---|---|---|---|"]
    return "\n".join(
        head
        + [
            f"| {kind} | {says} | {_patterns(found['en'])} | {_patterns(found['de'])} |"
            for (kind, says), found in meanings.items()
        ]
    )


def _patterns(patterns: list[str]) -> str:
    return ", ".join(f"`{_readable(pattern)}`" for pattern in patterns)


def _readable(pattern: str) -> str:
    """Return a pattern without what only a regular expression needs."""
    plain = _GROUP.sub("(", pattern).replace("\\d{1,2}", "{d}").replace("\\.", ".")
    return re.sub(r"\{([a-z_]+)\d\}", r"{\1}", plain).replace("|", "\\|")


def _sentences() -> str:
    cases = [case for case in SENTENCES["cases"] if case["set"] == "ordinary"]
    head = ["| Sentence | Title | What is read |", "|---|---|---|"]
    return "\n".join(head + [_sentence(case) for case in cases])


def _sentence(case: dict[str, Any]) -> str:
    fields = dict(case["expected"])
    title = fields.pop("title")
    parts = [f"{name}: {_value(value)}" for name, value in fields.items()]
    return f"| {case['sentence']} | {title} | {'; '.join(parts) or 'nothing'} |"


def _value(value: object) -> str:
    match value:
        case dict():
            return ", ".join(str(each) for name, each in value.items() if name != "zone")
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


async def _write() -> None:
    with tempfile.TemporaryDirectory() as cache:
        PAGE.write_text(await with_tables(PAGE.read_text(), Path(cache)))


if __name__ == "__main__":
    asyncio.run(_write())
