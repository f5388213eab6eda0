"""The benchmark of live edits notices lost, repeated and misordered events."""

from pathlib import Path
from typing import cast

import orjson
import pytest

from bench.connections import WebSocketConnection
from bench.environment import Services
from bench.live.measure import Results, Run
from bench.live.plan import Plan
from bench.live.readers import Faults, Readers
from bench.live.report import goals, table
from bench.live.setups import SETUPS
from shared.resources import Resources
from shared.settings import Settings
from tests.support.services.valkey import Valkey

TINY = Plan(
    rounds=1, setups=("two", "bare"), rate=40, paced_seconds=0.5, saturated_seconds=0.2,
    warm_up_seconds=0.1, lists=4, in_flight=2,
)  # fmt: skip


def event(seq: int, mutation: str) -> dict[str, object]:
    return {"type": "event", "list": "a", "seq": seq, "event": "todo.edited", "mutation": mutation}


@pytest.mark.parametrize(
    ("received", "faults"),
    [
        ([(1, "x"), (2, "y"), (3, "z")], Faults(lost=0, doubled=0, disordered=0)),
        ([(1, "x"), (2, "y")], Faults(lost=1, doubled=0, disordered=0)),
        ([(1, "x"), (2, "y"), (2, "y"), (3, "z")], Faults(lost=0, doubled=1, disordered=0)),
        ([(1, "x"), (3, "z"), (2, "y")], Faults(lost=0, doubled=0, disordered=2)),
    ],
)
def test_readers_count_lost_doubled_and_misordered_events(
    resources: Resources, received: list[tuple[int, str]], faults: Faults
) -> None:
    readers = Readers(resources)
    readers.expect_from("a", 0)

    frames = [event(seq, mutation) for seq, mutation in received]
    batch = {"type": "batch", "frames": frames[1:]}
    for frame in (frames[0], batch):
        readers.on_text(cast(WebSocketConnection, None), orjson.dumps(frame))

    assert readers.faults(["x", "y", "z"]) == faults


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_every_figure_and_goal_is_measured(settings: Settings, tmp_path: Path) -> None:
    broker = Valkey()
    broker.start()
    run, results = Run(TINY, {"postgres": Services(settings, broker)}, tmp_path), Results()
    setups = [setup for setup in SETUPS if setup.key in TINY.setups]
    try:
        await run.prepare()
        await run.measure(setups, results)
    finally:
        broker.close()

    assert results.failures == []
    assert len(table(results, setups)) == 2 + len(setups)
    assert any("hit" in line and "lost" in line for line in goals(results, setups))
