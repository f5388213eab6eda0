"""The sync law: a stale snapshot, and the events after it, are a fresh snapshot.

For every event type there is, in sync_cases.py; a new one without a case fails here.
"""

from typing import Any

import orjson
import pytest

from shared.actor import Actor
from shared.contract.events import EVENTS
from shared.contract.notifications import NotificationKind
from shared.event_log import EventPage, read_after
from shared.ids import ListId, StreamId, TodoId, new_id, user_stream
from shared.notifications.commands import notify, remove_notifications_of_list
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.snapshots.account import account_snapshot
from shared.unit_of_work import ReadTransaction, UnitOfWork
from tests.support.realtime import sync_cases_notifications  # noqa: F401  registers its cases
from tests.support.realtime.reference_client import KNOWN, Json, ReferenceClient
from tests.support.realtime.snapshots import comparable, fetch, fetch_list, todos_with_comments
from tests.support.realtime.sync_cases import CASES, Case, make_home
from tests.support.world_builder import World

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
    assert comparable(stale, todos_with_comments(stale)) == comparable(
        fresh, todos_with_comments(stale)
    )


async def test_when_most_of_what_somebody_was_told_is_gone_the_older_ones_are_asked_for(
    resources: Resources, world: World
) -> None:
    home = await make_home(resources, world)
    for where in (home.work, home.groceries):
        notices = [
            NewNotification(home.ana.user_id, NotificationKind.MENTIONED, where, TodoId(new_id()))
            for _ in range(30)
        ]
        await home.do(notify, home.ben, notices)
    async with resources.begin_read() as read:
        stale = await fetch(read, home.ana)
        positions = await streams_of(read, home.ana)

    await home.do(_forget_what_was_told_of, home.ana, home.groceries)

    async with resources.begin_read() as read:
        for frame in await frames_after(read, positions):
            stale.apply(frame)
        lacking = len(stale.notifications)
        assert stale.lacks_notifications
        stale.take_notifications((await account_snapshot(read, home.ana)).model_dump(mode="json"))
        fresh = await fetch(read, home.ana)
    assert lacking < len(fresh.notifications)
    assert comparable(stale, set()) == comparable(fresh, set())


async def _forget_what_was_told_of(work: UnitOfWork, person: Actor, list_id: ListId) -> None:
    await work.lock_streams([user_stream(person.user_id)])
    await remove_notifications_of_list(work, person, list_id, person.user_id)


async def streams_of(read: ReadTransaction, actor: Actor) -> dict[StreamId, tuple[str, int]]:
    snapshot = await account_snapshot(read, actor)
    found = [snapshot.stream, *(one.stream for one in snapshot.lists)]
    return {StreamId(one.list_id): (one.epoch, one.seq) for one in found}


async def frames_after(
    read: ReadTransaction, positions: dict[StreamId, tuple[str, int]]
) -> list[Json]:
    frames: list[Any] = []
    for stream, (epoch, seq) in positions.items():
        found = await read_after(read.connection, stream, epoch, seq, 1000)
        assert isinstance(found, EventPage)
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
