"""Event messages reach the hub together, and the event loop is not held for too long."""

import asyncio
from collections.abc import Iterable

import pytest

from realtime.streams.message_inbox import MessageInbox
from shared.ids import StreamId
from shared.pubsub import EventMessage
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.realtime.hub_harness import LIST, hub_with_list

OTHER = StreamId("list2")


async def test_other_callbacks_run_between_two_parts_of_a_delivery() -> None:
    done: list[object] = []
    finished = asyncio.Event()

    def deliver(messages: Iterable[EventMessage]) -> bool:
        done.append(len(list(messages)))
        if done.count(0) == 2:
            finished.set()
        return not finished.is_set()

    at = hub_with_list()
    inbox, loop = MessageInbox(deliver), asyncio.get_running_loop()
    for _ in range(3):
        inbox.add(at.log.commit(LIST))
    loop.call_soon(done.append, "another")
    async with asyncio.timeout(DEADLINE_SECONDS):
        await finished.wait()

    assert done == [3, "another", 0, 0]


def test_a_stream_waits_for_the_next_turn_after_many_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.streams.hub.WRITES_AT_ONCE", 2)
    at = hub_with_list()
    at.log.open(OTHER)
    subscribers = [at.attach(user) for user in ("ana", "ben")]
    for subscriber in subscribers:
        at.subscribe(subscriber, LIST)
        at.subscribe(subscriber, OTHER)

    is_more_left = at.hub.receive([at.log.commit(LIST), at.log.commit(OTHER), at.log.commit(LIST)])
    first_turn = [(it.seqs(LIST), it.seqs(OTHER)) for it in subscribers]
    # What arrives meanwhile does not overtake.
    is_any_left = at.hub.receive([at.log.commit(OTHER)])

    assert (is_more_left, is_any_left) == (True, False)
    assert first_turn == [([1, 2], [])] * 2
    assert [it.seqs(OTHER) for it in subscribers] == [[1, 2]] * 2
