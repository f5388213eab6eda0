"""The sync law: a stale snapshot, and the events after it, are a fresh snapshot.

For every event type there is, in sync_cases.py; a new one without a case fails here.
"""

from typing import Any

import orjson
import pytest

from shared.actor import Actor
from shared.comments.queries import comments_of
from shared.contract.events import EVENTS
from shared.event_log import Missed, read_after
from shared.ids import ListId, StreamId, TodoId
from shared.resources import Resources
from shared.snapshots.account import account_snapshot
from shared.snapshots.lists import list_snapshot
from shared.work import Read
from tests.realtime.reference_client import KNOWN, Json, ReferenceClient
from tests.realtime.sync_cases import CASES, Case, make_home
from tests.world import World

ALL = [(name, case) for name in sorted(CASES) for case in CASES[name]]


def test_every_event_has_a_case_and_a_reducer() -> None:
    assert EVENTS.keys() == CASES.keys()
    assert EVENTS.keys() == KNOWN


@pytest.mark.parametrize(
    ("event", "case"), ALL, ids=[f"{name}-{case.__name__}" for name, case in ALL]
)
async def test_a_stale_snapshot_and_its_events_are_a_fresh_one(
    resources: Resources, world: World, event: str, case: Case
) -> None:
    home = await make_home(resources, world)
    async with resources.begin_read() as read:
        stale = await fetch(read, home.ana)
        positions = await streams_of(read, home.ana)

    await case(home)

    seen = []
    async with resources.begin_read() as read:
        for frame in await frames_after(read, positions):
            seen.append(frame["event"])
            stale.apply(frame)
            for list_id in sorted(stale.missing):
                await fetch_list(read, home.ana, stale, list_id)
        fresh = await fetch(read, home.ana)
    # Made by the case, a list comes with its snapshot; its own first events were before it.
    assert event in seen or await happened_to_a_new_list(resources, fresh, positions, event)
    assert comparable(stale, looked_at(stale)) == comparable(fresh, looked_at(stale))


async def fetch(read: Read, actor: Actor) -> ReferenceClient:
    """Returns what a client that starts now holds."""
    snapshot = await account_snapshot(read, actor)
    client = ReferenceClient.from_snapshot(snapshot.model_dump(mode="json"))
    for list_id in list(client.lists):
        await fetch_list(read, actor, client, list_id)
    return client


async def fetch_list(read: Read, actor: Actor, client: ReferenceClient, list_id: str) -> None:
    snapshot = await list_snapshot(read, actor, ListId(list_id), None)
    comments = {}
    for todo in snapshot.todos:
        some, _ = await comments_of(read, TodoId(todo.id), None, 100)
        comments[todo.id] = [one.model_dump(mode="json") for one in some]
    client.take_list(snapshot.model_dump(mode="json"), comments)


async def streams_of(read: Read, actor: Actor) -> dict[StreamId, tuple[str, int]]:
    snapshot = await account_snapshot(read, actor)
    found = [snapshot.stream, *(one.stream for one in snapshot.lists)]
    return {StreamId(one.list_id): (one.epoch, one.seq) for one in found}


async def frames_after(read: Read, positions: dict[StreamId, tuple[str, int]]) -> list[Json]:
    frames: list[Any] = []
    for stream, (epoch, seq) in positions.items():
        found = await read_after(read.connection, stream, epoch, seq, 1000)
        assert isinstance(found, Missed)
        frames += [orjson.loads(frame) for _, frame in found.frames]
    # Streams have no order among themselves: persons first is as good as any, and the harder one.
    return frames


async def happened_to_a_new_list(
    resources: Resources,
    fresh: ReferenceClient,
    positions: dict[StreamId, tuple[str, int]],
    event: str,
) -> bool:
    new = [StreamId(one) for one in fresh.lists if one not in positions]
    names = [frame["event"] for one in new for frame in await World(resources).events(one)]
    return event in names


def looked_at(client: ReferenceClient) -> set[tuple[str, str]]:
    """Returns the todos, by list, whose comments the client keeps. One that moved in is not."""
    return {
        (list_id, todo_id)
        for list_id, content in client.contents.items()
        for todo_id in content.comments
        if todo_id in content.todos
    }


def comparable(client: ReferenceClient, todos: set[tuple[str, str]]) -> Json:
    """Returns the state, with the comments of these todos only."""
    return {
        "account": client.account,
        "lists": client.lists,
        "invitations": client.invitations,
        "reminders": client.reminders,
        "contents": {
            list_id: (content.members, content.labels, content.todos)
            for list_id, content in client.contents.items()
        },
        "comments": {
            todo_id: client.contents[list_id].comments.get(todo_id, {})
            for list_id, todo_id in todos
            if list_id in client.contents
        },
    }
