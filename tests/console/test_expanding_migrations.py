"""Processes of the release before keep serving while a migration expands the schema."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from console.schema.upgrade import upgrade
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.deadlines import http_client
from tests.support.migrations import add_revision
from tests.support.realtime.websocket_client import token_of
from tests.support.services.processes import wait_until
from tests.support.settings import changed_settings
from tests.support.world_builder import World

# One table in each migration: a transaction that locks two can deadlock with a request.
EXPAND = (
    'op.create_table("attachments_of_a_test", sa.Column("id", sa.String(64), primary_key=True))',
    'op.add_column("todos", sa.Column("effort", sa.Integer(), nullable=False, server_default="0"))',
    'op.add_column("users", sa.Column("nickname", sa.Text()))',
    'op.add_column("lists", sa.Column("pinned_at", sa.DateTime(timezone=True)))',
    'op.add_column("events", sa.Column("size", sa.Integer()))',
    'op.create_index("ix_todos_effort", "todos", ["effort"])',
)


@pytest_asyncio.fixture
async def opened(empty_database: Settings, redis_url: str) -> AsyncIterator[Resources]:
    """Resources of a database that no other test uses, migrated to the newest revision."""
    await asyncio.to_thread(upgrade, empty_database)
    async with open_resources(changed_settings(empty_database, redis_url=redis_url)) as resources:
        yield resources


async def test_a_running_api_answers_every_request_during_an_expanding_migration(
    opened: Resources, tmp_path: Path
) -> None:
    ana = await World(opened).user("Ana")
    shopping = await World(opened).list(ana)
    statuses: list[tuple[str, int]] = []
    is_over = False

    async with (
        served(opened.settings) as node,
        http_client(
            f"{node.url}/api/v1", {"Authorization": f"Bearer {token_of(opened, ana)}"}
        ) as http,
    ):

        async def use() -> None:
            while not is_over:
                made = await http.post("/todos", json={"list_id": shopping, "title": "Milk"})
                statuses.append(("create", made.status_code))
                todo = f"/todos/{made.json().get('id')}"
                answers = [
                    ("edit", await http.patch(todo, json={"title": "Oat milk"})),
                    ("read", await http.get(todo)),
                    ("list", await http.get(f"/todos?list_id={shopping}&limit=5")),
                    ("snapshot", await http.get(f"/lists/{shopping}/snapshot")),
                    ("me", await http.get("/users/me")),
                ]
                statuses.extend((name, answer.status_code) for name, answer in answers)

        users = [asyncio.create_task(use()) for _ in range(3)]
        # Every statement has been prepared on the connections of the pool.
        await wait_until(lambda: len(statuses) > 60)
        for number, step in enumerate(EXPAND, 1):
            add_revision(tmp_path, step, f"{9000 + number}")
        await asyncio.to_thread(upgrade, opened.settings, scripts=tmp_path / "migrations")
        migrated_at = len(statuses)
        await wait_until(lambda: len(statuses) > migrated_at + 60)
        is_over = True
        await asyncio.gather(*users)

    assert [found for found in statuses if found[1] >= 400] == []
