"""The state of the site: counts, sizes, processes and settings."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from api.operations import node_heartbeat as heartbeat_module
from api.operations.node_heartbeat import node_heartbeat
from shared.actor import Actor
from shared.administration import counts as counts_module
from shared.settings import Settings
from shared.tables.nodes import ApiNodeRow
from shared.version import VERSION
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.features.list_builder import ListBuilder
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World
from worker.liveness import WorkerRegistration


@pytest.fixture(autouse=True)
def heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the applications of this module write their heartbeat: elsewhere they do not."""
    monkeypatch.setattr(heartbeat_module, "node_heartbeat", node_heartbeat)


async def test_administrators_see_counts_sizes_and_settings(
    builder: ListBuilder, world: World, ada: Actor, settings: Settings
) -> None:
    list_id = await world.list(ada)
    await builder.add_todo(ada, list_id)
    await world.user("Ben", status="disabled")

    state = (await builder.request(ada, "GET", "/admin/site")).json()

    counts = state["counts"]
    assert (counts["users"], counts["active_users"]) == (2, 1)
    assert (counts["lists"], counts["todos"], counts["suppressed_addresses"]) == (1, 1, 0)
    assert counts["events"] > 0
    assert counts["estimated"] == []
    assert state["database"] == ("sqlite" if settings.database.is_sqlite else "postgres")
    assert state["database_bytes"] > 100_000
    assert state["redis_bytes"] > 100_000
    assert state["revision"] == state["code_revision"]
    assert {"name": "REGISTRATION_OPEN", "value": "true"} in state["settings"]


async def test_a_large_table_is_estimated_and_the_answer_says_so(
    builder: ListBuilder, world: World, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_id = await world.list(ada)
    await builder.add_todo(ada, list_id)
    is_sqlite = world.resources.database.is_sqlite
    if not is_sqlite:
        monkeypatch.setattr(counts_module, "ESTIMATED_FROM", 1)
        async with world.resources.begin() as work:
            await work.connection.execute(text("ANALYZE todos, lists"))
    await builder.add_todo(ada, list_id)

    counts = (await builder.request(ada, "GET", "/admin/site")).json()["counts"]

    # Not counted again: the todo that was added after the estimate is missing.
    assert (counts["todos"], counts["lists"]) == ((2, 1) if is_sqlite else (1, 1))
    assert set(counts["estimated"]) - {"events"} == (set() if is_sqlite else {"todos", "lists"})


async def test_guests_are_no_users(world: World, builder: ListBuilder, ada: Actor) -> None:
    link = await make_link(world.resources, ada, await world.list(ada))
    await make_guest(world.resources, link)

    counts = (await builder.request(ada, "GET", "/admin/site")).json()["counts"]

    assert (counts["users"], counts["active_users"]) == (1, 1)


async def test_the_processes_are_listed_and_one_that_died_is_told_apart(
    builder: ListBuilder, world: World, ada: Actor
) -> None:
    worker = WorkerRegistration()
    async with world.resources.begin() as work:
        await worker.record_heartbeat(work)
        died_at = work.now - timedelta(minutes=2)
        dead = {"id": "dead", "host": "old", "version": "0.0.1", "lag_milliseconds": 3}
        times = {"started_at": died_at, "seen_at": died_at}
        await work.connection.execute(insert(ApiNodeRow).values(dead | times))

    async def read_nodes() -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = (await builder.request(ada, "GET", "/admin/site")).json()[
            "nodes"
        ]
        return nodes

    nodes = await read_nodes()
    async with asyncio.timeout(DEADLINE_SECONDS):
        # The first heartbeat of the application is a task of its own.
        while len(nodes) < 3:
            nodes = await read_nodes()
    alive = [node for node in nodes if node["is_alive"]]

    assert [(node["kind"], node["version"]) for node in alive] == [
        ("api", VERSION),
        ("worker", VERSION),
    ]
    (old,) = [node for node in nodes if not node["is_alive"]]
    assert (old["host"], old["version"]) == ("old", "0.0.1")
    assert 115 < old["silent_seconds"] < 300


async def test_a_process_that_ends_leaves_no_row(world: World) -> None:
    async with node_heartbeat(world.resources):
        pass

    async with world.resources.single_read() as read:
        rows = list(await read.connection.execute(ApiNodeRow.__table__.select()))
    assert rows == []
