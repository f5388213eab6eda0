"""The sync law: a stale snapshot and the events after it equal a fresh snapshot.

It is tested for every event type with the cases of sync_cases.py; a type without a case fails.
"""

from typing import Any

import orjson
import pytest

from livelist_client import State
from livelist_client.live.reducer import KNOWN_EVENTS, apply_event
from livelist_client.shapes import EventFrame
from shared.actor import Actor
from shared.contract.events import EVENTS
from shared.contract.notifications import NotificationKind
from shared.event_log import EventPage, read_after_several
from shared.ids import ListId, StreamId, TodoId, new_id, user_stream
from shared.notifications.commands import notify, remove_notifications_of_list
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.unit_of_work import ReadTransaction, UnitOfWork
from tests.support.realtime import (  # registers their cases
    sync_cases_attachments,  # noqa: F401
    sync_cases_comments,  # noqa: F401
    sync_cases_guests,  # noqa: F401
    sync_cases_notifications,  # noqa: F401
    sync_cases_personal_labels,  # noqa: F401
    sync_cases_placement,  # noqa: F401
)
from tests.support.realtime.snapshots import (
    account_snapshot,
    as_json,
    comparable,
    fetch,
    fetch_list,
    todos_with_comments,
)
from tests.support.realtime.sync_cases import CASES, Case, build_fixture
from tests.support.world_builder import World

ALL = [(name, case) for name in sorted(CASES) for case in CASES[name]]


def test_every_event_has_a_case_and_a_reducer() -> None:
    assert EVENTS.keys() == CASES.keys()
    assert EVENTS.keys() == KNOWN_EVENTS


@pytest.mark.parametrize(
    ("event", "case"), ALL, ids=[f"{name}-{case.__name__}" for name, case in ALL]
)
async def test_a_stale_snapshot_and_its_events_equal_a_fresh_one(
    resources: Resources, world: World, event: str, case: Case
) -> None:
    given = await build_fixture(resources, world)
    async with resources.begin_read() as read:
        stale = await fetch(read, given.ana)
        positions = await streams_of(read, given.ana)

    await case(given)

    seen = []
    async with resources.begin_read() as read:
        for frame in await frames_after(read, positions):
            seen.append(frame["event"])
            apply_event(stale, frame)
            for list_id in sorted(stale.missing_lists):
                await fetch_list(read, given.ana, stale, list_id)
        fresh = await fetch(read, given.ana)
    # A list that the case created comes as a snapshot, which contains its first events.
    assert event in seen or await is_event_of_new_list(resources, fresh, positions, event)
    todos = todos_with_comments(stale)
    assert comparable(stale, todos) == comparable(fresh, todos)


async def test_when_most_notifications_are_removed_the_older_ones_are_fetched(
    resources: Resources, world: World
) -> None:
    given = await build_fixture(resources, world)
    ana_id = given.ana.user_id
    for list_id in (given.work, given.groceries):
        notifications = [
            NewNotification(ana_id, NotificationKind.MENTIONED, list_id, TodoId(new_id()))
            for _ in range(30)
        ]
        await given.do(notify, given.ben, notifications)
    async with resources.begin_read() as read:
        stale = await fetch(read, given.ana)
        positions = await streams_of(read, given.ana)

    await given.do(_remove_notifications_of_list, given.ana, given.groceries)

    async with resources.begin_read() as read:
        for frame in await frames_after(read, positions):
            apply_event(stale, frame)
        remaining = len(stale.notifications)
        assert stale.needs_notifications
        stale.set_notifications(as_json(await account_snapshot(read, given.ana)))
        fresh = await fetch(read, given.ana)
    assert remaining < len(fresh.notifications)
    assert comparable(stale, set()) == comparable(fresh, set())


async def _remove_notifications_of_list(work: UnitOfWork, user: Actor, list_id: ListId) -> None:
    await work.lock_streams([user_stream(user.user_id)])
    await remove_notifications_of_list(work, user, list_id, user.user_id)


async def streams_of(read: ReadTransaction, actor: Actor) -> dict[StreamId, tuple[str, int]]:
    snapshot = await account_snapshot(read, actor)
    positions = [snapshot.stream, *(shape.stream for shape in snapshot.lists)]
    return {StreamId(it.list_id): (it.epoch, it.seq) for it in positions}


async def frames_after(
    read: ReadTransaction, positions: dict[StreamId, tuple[str, int]]
) -> list[EventFrame]:
    frames: list[Any] = []
    for stream, (epoch, seq) in positions.items():
        cursors = {stream: (epoch, seq)}
        page = (await read_after_several(read.connection, cursors, 1000))[stream]
        assert isinstance(page, EventPage)
        frames += [orjson.loads(frame) for _, frame in page.frames]
    # Streams have no order among themselves. The user's own stream first is the harder case.
    return frames


async def is_event_of_new_list(
    resources: Resources,
    fresh: State,
    positions: dict[StreamId, tuple[str, int]],
    event: str,
) -> bool:
    new = [StreamId(list_id) for list_id in fresh.lists if list_id not in positions]
    events = [frame["event"] for stream in new for frame in await World(resources).events(stream)]
    return event in events
