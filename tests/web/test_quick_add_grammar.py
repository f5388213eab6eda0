"""The grammar of quick add: its page of documentation, and the rules that the API accepts."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.contract.shapes import DueDate, DueTime
from shared.todos.rules.repeat_rule import parse_rule
from shared.todos.rules.repeat_series import RepeatSpec, begin_series
from tests.support.quick_add.grammar_table import PAGE, SENTENCES, with_tables

DUE: TypeAdapter[DueDate | DueTime] = TypeAdapter(DueDate | DueTime)
REPEATING = [case for case in SENTENCES["cases"] if "repeat" in case["expected"]]


async def test_the_page_has_the_tables_of_the_grammar(deno_cache: Path) -> None:
    page = PAGE.read_text()

    expected = await with_tables(page, deno_cache)

    assert page == expected, "run: .venv/bin/python -m tests.support.quick_add.grammar_table"


@pytest.mark.parametrize("case", REPEATING, ids=lambda case: case["sentence"])
def test_the_api_accepts_the_rule_as_it_is_and_begins_on_the_same_day(case: dict[str, Any]) -> None:
    expected = case["expected"]
    rule = parse_rule(expected["repeat"]["rule"])
    due = DUE.validate_python(expected["due"])

    _series, first = begin_series(RepeatSpec(rule), due)

    assert rule.text == expected["repeat"]["rule"]
    assert first == due
