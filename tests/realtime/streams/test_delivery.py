"""Events reach sockets: live, missed, on two nodes, with and without a broker."""

import asyncio

import pytest

from shared.contract.events import TodoPurged
from shared.event_log import trim
from shared.ids import StreamId, list_stream, new_id, user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.websocket_client import head_of, insert_list, socket_of, write_event
from tests.support.settings import changed_settings
from tests.support.world_builder import World


async def test_an_event_reaches_the_other_member_live(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, epoch = await insert_list(resources, ana, ben)

    async with socket_of(server.socket_url, resources, ben) as client:
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        await write_event(resources, list_id, ana)
        event = await client.receive_type("event")

    assert (event["list"], event["seq"], event["event"]) == (list_id, 1, "todo.purged")
    assert event["actor"] == {"id": ana.user_id, "name": "Ana"}


async def test_missed_events_come_before_the_answer_and_live_ones_after(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    for _ in range(5):
        await write_event(resources, list_id)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 2))
        answer = await client.receive_type("subscribed")
        assert client.seqs(list_id) == [3, 4, 5]
        await write_event(resources, list_id)
        await client.receive_seq(list_id, 6)

    assert (answer["seq"], answer["epoch"], answer["re"]) == (5, epoch, 2)
    assert client.seqs(list_id) == [3, 4, 5, 6]


async def test_what_cannot_be_resumed_is_reset(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    for _ in range(6):
        await write_event(resources, list_id)
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id)])
        await trim(work.connection, list_stream(list_id), 3)

    answers = []
    async with socket_of(server.socket_url, resources, ana) as client:
        for cursor in ((epoch, 2), (epoch, 3), (epoch, 4), (epoch, 6), (epoch, 7), ("other", 4)):
            client.frames.clear()
            await client.subscribe((list_id, *cursor))
            last = await client.receive_until(lambda one: one["type"] in ("subscribed", "reset"))
            answers.append((last["type"], last.get("reason"), client.seqs(list_id)))

    assert answers == [
        ("reset", "trimmed", []),
        ("subscribed", None, [4, 5, 6]),
        ("subscribed", None, [5, 6]),
        ("subscribed", None, []),
        ("reset", "ahead", []),
        ("reset", "epoch", []),
    ]


async def test_a_resume_longer_than_a_page_is_complete(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    lists = [await insert_list(resources, ana) for _ in range(25)]
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id) for list_id, _ in lists])
        for list_id, _ in lists:
            for _ in range(30):
                work.record(list_stream(list_id), _an_event(), ana)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe(*((list_id, epoch, 0) for list_id, epoch in lists))
        answered = {(await client.receive_type("subscribed"))["list"] for _ in lists}

    assert answered == {list_id for list_id, _ in lists}
    for list_id, _ in lists:
        assert client.seqs(list_id) == list(range(1, 31))


async def test_the_person_s_own_stream_is_subscribed_like_a_list(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    own, other = user_stream(ana.user_id), user_stream(ben.user_id)
    epoch, seq = await head_of(resources, own)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((own, epoch, seq), (other, epoch, 0))
        answers = [await client.receive(), await client.receive()]

    assert {one["type"] for one in answers} == {"subscribed", "error"}


async def test_a_stranger_s_list_and_a_random_id_and_nonsense_are_answered_alike(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana, eva = await world.user("Ana"), await world.user("Eva")
    list_id, epoch = await insert_list(resources, ana)

    answers = []
    async with socket_of(server.socket_url, resources, eva) as client:
        for name in (list_id, new_id(), "user:nobody", "\x00", "x" * 64):
            await client.subscribe((name, epoch, 0))
            answers.append(await client.receive())

    for answer in answers:
        assert answer.pop("list")
        assert answer.pop("re")
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["code"] == "not_found"


async def test_after_unsubscribing_nothing_more_is_heard(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    other, other_epoch = await insert_list(resources, ana)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0), (other, other_epoch, 0))
        await client.receive_type("subscribed")
        await client.send("unsubscribe", lists=[list_id])
        answer = await client.receive_type("unsubscribed")
        await write_event(resources, list_id)
        await write_event(resources, other)
        await client.receive_seq(other, 1)

    assert (answer["list"], answer["reason"]) == (list_id, "requested")
    assert client.seqs(list_id) == []


async def test_five_hundred_events_of_concurrent_writers_reach_two_nodes_in_order(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id, epoch = await insert_list(resources, ana, ben)
    count = 500

    async with (
        served(settings) as one,
        served(settings) as two,
        socket_of(one.socket_url, resources, ana) as first,
        socket_of(two.socket_url, resources, ben) as second,
    ):
        for client in (first, second):
            await client.subscribe((list_id, epoch, 0))
        writers = [one.app.state.resources, two.app.state.resources]

        async def write(number: int) -> None:
            for _ in range(count // 10):
                await write_event(writers[number % 2], list_id)

        heard = await asyncio.gather(
            first.receive_seq(list_id, count, 60),
            second.receive_seq(list_id, count, 60),
            *(write(number) for number in range(10)),
        )

    assert heard[0] == heard[1] == list(range(1, count + 1))


async def test_without_a_broker_the_sweep_delivers_within_a_second_and_a_half(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    silent = changed_settings(settings, redis_url="")

    async with (
        served(silent) as node,
        open_resources(silent) as elsewhere,
        socket_of(node.socket_url, resources, ana) as client,
    ):
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        for seq in range(1, 4):
            await write_event(elsewhere, list_id)
            await client.receive_seq(list_id, seq, 1.5)

    assert client.seqs(list_id) == [1, 2, 3]


async def test_a_node_hears_its_own_commits_without_a_broker_at_once(
    settings: Settings, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    silent = changed_settings(settings, redis_url="")

    async with served(silent) as node, socket_of(node.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        await write_event(node.app.state.resources, list_id)
        await client.receive_seq(list_id, 1, 0.25)


@pytest.mark.parametrize("size", [10, 9_000, 60_000])
async def test_frames_too_large_for_the_doorbell_arrive_all_the_same(
    settings: Settings, resources: Resources, world: World, server: InProcessNode, size: int
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        async with resources.begin() as work:
            await work.lock_streams([StreamId(list_id)])
            work.record(StreamId(list_id), _an_event("x" * size), ana)
        event = await client.receive_type("event", 1)

    assert len(event["data"]["todo_id"]) == size


def _an_event(todo_id: str = "t") -> TodoPurged:
    return TodoPurged(todo_id=todo_id)
