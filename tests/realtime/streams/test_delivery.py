"""Events reach sockets: live and missed, on two nodes, with and without a broker."""

import asyncio

import pytest

from shared.actor import Actor
from shared.contract.events import TodoPurged
from shared.ids import list_stream, new_id, user_stream
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import without_head_checks
from tests.support.realtime.websocket_client import (
    InsertedList,
    SocketClient,
    head_of,
    insert_list,
    socket_of,
    trim_events,
    write_event,
    write_events,
)
from tests.support.settings import changed_settings
from tests.support.world_builder import World


async def test_an_event_reaches_the_other_member_live(
    server: InProcessNode, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    async with socket_of(server.socket_url, resources, ben) as client:
        await client.follow(shared_list)
        await write_event(resources, shared_list.list_id, ana)
        event = await client.receive_type("event")

    assert (event["list"], event["seq"]) == (shared_list.list_id, 1)
    assert event["event"] == "todo.purged"
    assert event["actor"] == {"id": ana.user_id, "name": "Ana"}


async def test_missed_events_come_before_the_answer_and_live_ones_after(
    ana_socket: SocketClient, ana_list: InsertedList, resources: Resources
) -> None:
    list_id, epoch = ana_list
    await write_events(resources, list_id, 5)

    request_id = await ana_socket.subscribe((list_id, epoch, 2))
    answer = await ana_socket.receive_type("subscribed")
    assert ana_socket.seqs(list_id) == [3, 4, 5]
    await write_event(resources, list_id)
    await ana_socket.receive_seq(list_id, 6)

    assert (answer["seq"], answer["epoch"], answer["re"]) == (5, epoch, request_id)
    assert ana_socket.seqs(list_id) == [3, 4, 5, 6]


async def test_a_cursor_that_cannot_be_resumed_is_reset(
    ana_socket: SocketClient, ana_list: InsertedList, resources: Resources
) -> None:
    list_id, epoch = ana_list
    await write_events(resources, list_id, 6)
    await trim_events(resources, list_id, 3)

    answers = []
    for cursor in ((epoch, 2), (epoch, 3), (epoch, 4), (epoch, 6), (epoch, 7), ("other", 4)):
        ana_socket.frames.clear()
        answer = await ana_socket.receive_answer(await ana_socket.subscribe((list_id, *cursor)))
        answers.append((answer["type"], answer.get("reason"), ana_socket.seqs(list_id)))

    assert answers == [
        ("reset", "trimmed", []),
        ("subscribed", None, [4, 5, 6]),
        ("subscribed", None, [5, 6]),
        ("subscribed", None, []),
        ("reset", "ahead", []),
        ("reset", "epoch", []),
    ]


async def test_a_resume_longer_than_a_page_is_complete(
    ana_socket: SocketClient, resources: Resources, ana: Actor
) -> None:
    lists = [await insert_list(resources, ana) for _ in range(25)]
    async with resources.begin() as work:
        await work.lock_streams([list_stream(list_id) for list_id, _ in lists])
        for list_id, _ in lists:
            for _ in range(30):
                work.record(list_stream(list_id), TodoPurged(todo_id="t"), ana)

    await ana_socket.subscribe(*((list_id, epoch, 0) for list_id, epoch in lists))
    answered = {(await ana_socket.receive_type("subscribed"))["list"] for _ in lists}

    assert answered == {list_id for list_id, _ in lists}
    for list_id, _ in lists:
        assert ana_socket.seqs(list_id) == list(range(1, 31))


async def test_a_user_s_own_stream_is_subscribed_like_a_list(
    ana_socket: SocketClient, resources: Resources, ana: Actor, ben: Actor
) -> None:
    own, other = user_stream(ana.user_id), user_stream(ben.user_id)
    epoch, seq = await head_of(resources, own)

    await ana_socket.subscribe((own, epoch, seq), (other, epoch, 0))
    answers = [await ana_socket.receive(), await ana_socket.receive()]

    assert {answer["type"] for answer in answers} == {"subscribed", "error"}


async def test_a_stranger_s_list_a_random_id_and_nonsense_are_answered_alike(
    server: InProcessNode, resources: Resources, world: World, ana_list: InsertedList
) -> None:
    list_id, epoch = ana_list

    answers = []
    async with socket_of(server.socket_url, resources, await world.user("Eva")) as client:
        for name in (list_id, new_id(), "user:nobody", "\x01", "x" * 64):
            await client.subscribe((name, epoch, 0))
            answers.append(await client.receive())

    for answer in answers:
        assert answer.pop("list")
        assert answer.pop("re")
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["code"] == "not_found"


async def test_after_unsubscribing_no_more_events_are_sent(
    ana_socket: SocketClient, ana_list: InsertedList, resources: Resources, ana: Actor
) -> None:
    list_id, other = ana_list.list_id, await insert_list(resources, ana)

    await ana_socket.subscribe((*ana_list, 0), (*other, 0))
    await ana_socket.receive_type("subscribed")
    await ana_socket.send("unsubscribe", lists=[list_id])
    answer = await ana_socket.receive_type("unsubscribed")
    await write_event(resources, list_id)
    await write_event(resources, other.list_id)
    await ana_socket.receive_seq(other.list_id, 1)

    assert (answer["list"], answer["reason"]) == (list_id, "requested")
    assert ana_socket.seqs(list_id) == []


async def test_500_events_of_concurrent_writers_reach_two_nodes_in_order(
    settings: Settings, resources: Resources, ana: Actor, ben: Actor, shared_list: InsertedList
) -> None:
    list_id, count = shared_list.list_id, 500

    async with (
        served(settings) as node_a,
        served(settings) as node_b,
        socket_of(node_a.socket_url, resources, ana) as first,
        socket_of(node_b.socket_url, resources, ben) as second,
    ):
        for client in (first, second):
            await client.subscribe((*shared_list, 0))
        writers = [node_a.app.state.resources, node_b.app.state.resources]

        async def write(number: int) -> None:
            for _ in range(count // 10):
                await write_event(writers[number % 2], list_id)

        received = await asyncio.gather(
            first.receive_seq(list_id, count),
            second.receive_seq(list_id, count),
            *(write(number) for number in range(10)),
        )

    assert received[0] == received[1] == list(range(1, count + 1))


async def test_without_a_broker_the_head_check_delivers(
    settings: Settings, resources: Resources, ana: Actor, ana_list: InsertedList
) -> None:
    alone = changed_settings(settings, redis_url="")

    async with (
        served(alone) as node,
        open_resources(alone) as elsewhere,
        socket_of(node.socket_url, resources, ana) as client,
    ):
        await client.follow(ana_list)
        for seq in range(1, 4):
            await write_event(elsewhere, ana_list.list_id)
            await client.receive_seq(ana_list.list_id, seq)

    assert client.seqs(ana_list.list_id) == [1, 2, 3]


async def test_a_node_delivers_its_own_commits_at_once_without_a_broker(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ana_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_head_checks(monkeypatch)
    alone = changed_settings(settings, redis_url="")

    async with served(alone) as node, socket_of(node.socket_url, resources, ana) as client:
        await client.follow(ana_list)
        await write_event(node.app.state.resources, ana_list.list_id)
        await client.receive_seq(ana_list.list_id, 1)


@pytest.mark.parametrize("size", [10, 9_000, 60_000])
async def test_a_frame_too_large_for_a_message_arrives_all_the_same(
    ana_socket: SocketClient, ana_list: InsertedList, resources: Resources, ana: Actor, size: int
) -> None:
    await ana_socket.follow(ana_list)
    await write_events(resources, ana_list.list_id, 1, ana, size=size)
    event = await ana_socket.receive_type("event")

    assert len(event["data"]["todo_id"]) == size
