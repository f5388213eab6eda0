"""The pure parts of the Python client, and that it stays apart from the server."""

import ast
import asyncio
import re
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.openapi.python_types import FILE
from livelist_client import VERSION, Change, ChangeKind, State
from livelist_client.live.backoff import KNOWN_CODES, CloseAction, close_order, retry_delay
from livelist_client.live.changes import ChangeFeed
from livelist_client.live.cursors import Cursors, Step
from livelist_client.live.ranks import rank_between
from livelist_client.live.reducer import apply_event
from livelist_client.shapes import EventFrame
from shared.contract.frames import Close
from shared.settings import ROOT

CLIENT = ROOT / "clients/python"
MODULES = sorted((CLIENT / "src").rglob("*.py"))
RANKS = st.text("0123456789abcxyzABCXYZ", min_size=1, max_size=6)
MAX_FILE_LINES = 400


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_nothing_but_what_the_package_requires(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    foreign = imported - set(sys.stdlib_module_names) - {"livelist_client", "httpx", "websockets"}
    assert foreign <= ({"click"} if "cli" in path.parts else set())
    assert ast.get_docstring(tree)
    assert path == FILE or path.read_text().count("\n") <= MAX_FILE_LINES


def test_the_version_is_that_of_the_package() -> None:
    package = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]

    assert package["version"] == VERSION
    assert {re.match(r"[a-z]+", each)[0] for each in package["dependencies"]} == {  # type: ignore[index]
        "httpx", "websockets", "click",
    }  # fmt: skip


def test_every_documented_close_code_has_an_action() -> None:
    protocol = (ROOT / "docs/protocol.md").read_text()
    section = protocol.split("### Close codes")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d{4}) \|.*\| ([^|]*) \|$", section, re.MULTILINE)
    stops = {int(code) for code, action in rows if action.startswith("Stop")}

    assert {int(code) for code, _ in rows} == KNOWN_CODES >= {int(close) for close in Close}
    for code in KNOWN_CODES:
        order = close_order(code)
        assert (order.action in (CloseAction.STOP, CloseAction.SIGN_IN)) is (code in stops)
    assert close_order(1006).action is CloseAction.RECONNECT


def test_delays_grow_to_half_a_minute_and_never_fall_below_half_a_second() -> None:
    delays = [retry_delay(failures) for failures in range(40) for _ in range(20)]

    assert min(delays) >= 0.5
    assert 20 < max(delays) <= 30


@given(st.lists(RANKS, min_size=2, max_size=2, unique=True))
def test_a_provisional_rank_sorts_between_its_neighbours(ranks: list[str]) -> None:
    low, high = sorted(ranks)

    assert low < rank_between(low, high) < high
    assert rank_between(None, low) < low
    assert high < rank_between(high, None)


def event(seq: int, name: str = "todo.purged", stream: str = "list") -> EventFrame:
    return {
        "type": "event", "list": stream, "seq": seq, "event": name, "at": "", "actor": None,
        "mutation": None, "data": {"todo_id": "x"},
    }  # fmt: skip


def test_only_the_next_event_moves_the_cursor() -> None:
    cursors = Cursors()
    cursors.set("list", "epoch", 4)

    steps = [cursors.advance(event(seq)) for seq in (4, 6, 5, 5, 6)]

    assert steps == [Step.SEEN, Step.GAP, Step.NEXT, Step.SEEN, Step.NEXT]
    assert cursors.advance(event(1, stream="other")) is Step.UNKNOWN
    assert cursors.behind({"list": 7, "other": 1}) == ["list"]


def test_an_unknown_event_is_ignored() -> None:
    state = State()

    apply_event(state, event(1, "account.invented", "user:x"))

    assert state == State()


async def test_a_full_queue_makes_the_writer_wait_until_the_reader_takes_or_leaves() -> None:
    feed = ChangeFeed(limit=1)
    reader = feed.read()
    change = Change(ChangeKind.CONNECTED)
    await feed.put(change)
    second = asyncio.ensure_future(feed.put(change))
    third = asyncio.ensure_future(feed.put(change))
    await asyncio.sleep(0)
    assert not second.done()

    assert await anext(reader) == change
    await second
    await reader.aclose()
    await third
    feed.end(None)

    assert [change async for change in feed.read()] == []
