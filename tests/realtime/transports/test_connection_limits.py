"""What a client may ask, how often, and how much of it; and what happens to those who are rude."""

import asyncio
import contextlib

import orjson
import pytest
import websockets
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import CLOSES, Close
from shared.ids import new_id
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import InProcessNode, served
from tests.support.realtime.limits import set_limits
from tests.support.realtime.websocket_client import (
    insert_list,
    socket_of,
    socket_to,
    token_of,
    write_event,
)
from tests.support.world_builder import World


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '"x"', "[" * 2000, "NaN", '{"a":"\\ud800"}'])
async def test_what_is_not_an_object_is_a_protocol_error(
    server: InProcessNode, resources: Resources, world: World, text: str
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.socket.send(text)
        assert await client.wait_closed() == Close.PROTOCOL_ERROR
        assert client.socket.close_reason == CLOSES[Close.PROTOCOL_ERROR].reason


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"id": 7, "type": "dance"}, "unknown_type"),
        ({"id": 7}, "unknown_type"),
        ({"id": 7, "type": "subscribe"}, "invalid"),
        ({"id": 7, "type": "subscribe", "lists": []}, "invalid"),
        ({"id": 7, "type": "subscribe", "lists": [{"list": "x", "epoch": "e", "since": -1}]}, "invalid"),
        ({"id": 7, "type": "unsubscribe", "lists": ["x"], "more": 1}, "invalid"),
        ({"id": 7, "type": "hello", "token": "x"}, "invalid"),
    ],
)  # fmt: skip
async def test_a_frame_that_is_not_understood_is_answered_and_the_socket_stays(
    server: InProcessNode, resources: Resources, world: World, frame: dict[str, object], code: str
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.socket.send(orjson.dumps(frame).decode())
        answer = await client.receive_type("error")
        await client.send("unsubscribe", lists=["x"])
        await client.receive_type("unsubscribed")

    assert (answer["re"], answer["code"]) == (7, code)


@pytest.mark.parametrize("text", ["[]", "{}"], ids=["to be closed", "to be answered"])
@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_whoever_says_goodbye_in_the_breath_of_a_bad_frame_is_gone_in_silence(
    server: InProcessNode,
    resources: Resources,
    world: World,
    caplog: pytest.LogCaptureFixture,
    text: str,
    is_signed_in: bool,
) -> None:
    hello = {"token": token_of(resources, await world.user())} if is_signed_in else None
    breath = b"".join(
        Frame(opcode, data).serialize(mask=True)
        for opcode, data in ((Opcode.TEXT, text.encode()), (Opcode.CLOSE, b"\x03\xe8"))
    )

    async with socket_to(server.socket_url, hello=hello) as client:
        client.socket.transport.write(breath)
        await client.wait_closed()

    assert [record for record in caplog.records if record.exc_info] == []


async def test_more_than_200_lists_are_too_many(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0))
        await client.receive_type("subscribed")
        await client.subscribe(*((new_id(), "e", 0) for _ in range(200)))
        answer = await client.receive_type("error")
        await write_event(resources, list_id)
        await client.receive_seq(list_id, 1)

    assert answer["code"] == "too_many_lists"


async def test_a_burst_of_40_frames_is_fine_and_a_flood_is_not(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        for _ in range(38):
            await client.send("unsubscribe", lists=["x"])
        for _ in range(38):
            await client.receive_type("unsubscribed")
        for _ in range(60):
            await client.send("unsubscribe", lists=["x"])
        code = await client.wait_closed()

    assert code == Close.TOO_MANY_FRAMES


async def test_a_flood_of_protocol_pings_is_a_flood_too(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        with contextlib.suppress(websockets.ConnectionClosed):
            for number in range(200):
                await client.socket.ping(str(number))
        code = await client.wait_closed()

    assert code == Close.TOO_MANY_FRAMES


async def test_a_frame_beyond_64_kib_closes_the_socket(
    server: InProcessNode, resources: Resources, world: World
) -> None:
    ana = await world.user()

    async with socket_of(server.socket_url, resources, ana) as client:
        await client.socket.send("x" * (64 * 1024 + 1))
        code = await client.wait_closed()

    # By the WebSocket protocol itself, before the frame is even read to its end.
    assert code == 1009


async def test_silence_instead_of_a_hello_is_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, hello_seconds=0.2)

    async with served(settings) as node, socket_to(node.socket_url) as client:
        assert await client.wait_closed(3) == Close.NOT_AUTHENTICATED


async def test_a_ping_carries_the_heads_and_a_missing_pong_closes(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, heartbeat_seconds=1, pong_seconds=1, deadline_check_seconds=0.1)
    ana = await world.user()
    list_id, epoch = await insert_list(resources, ana)
    await write_event(resources, list_id)

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        await client.subscribe((list_id, epoch, 0))
        client.answers_pings = False
        first = await client.receive_type("ping")
        await client.socket.send(orjson.dumps({"type": "pong", "seqs": {list_id: 1}}).decode())
        await client.receive_type("ping")
        code = await client.wait_closed()

    assert first["heads"] == {list_id: 1}
    assert code == Close.NO_PONG


async def test_a_node_that_stops_says_so(
    settings: Settings, resources: Resources, world: World
) -> None:
    people = [await world.user(f"Person {number}") for number in range(8)]

    async with asyncio.TaskGroup() as group:
        ready, leave = asyncio.Semaphore(0), asyncio.Event()

        async def stay(number: int, url: str) -> int:
            async with socket_of(url, resources, people[number]) as client:
                ready.release()
                return await client.wait_closed()

        async with served(settings) as node:
            tasks = [group.create_task(stay(number, node.socket_url)) for number in range(8)]
            for _ in tasks:
                await ready.acquire()
            leave.set()

    assert {task.result() for task in tasks} == {Close.GOING_AWAY}


async def test_the_sockets_of_a_node_that_stops_are_closed_one_after_another(
    settings: Settings, resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.transports.websocket_protocol.DRAIN_SECONDS_PER_SOCKET", 0.05)
    people = [await world.user(name) for name in ("Ana", "Ben")] * 8
    ready = asyncio.Semaphore(0)
    times: list[float] = []

    async def stay(url: str, person: Actor) -> None:
        async with socket_of(url, resources, person) as client:
            ready.release()
            assert await client.wait_closed() == Close.GOING_AWAY
            times.append(monotonic())

    async with asyncio.TaskGroup() as group, served(settings) as node:
        for person in people:
            group.create_task(stay(node.socket_url, person))
        for _ in people:
            await ready.acquire()

    # Each at a random time within 0.8 s: all in one quarter of it, once in 10**7 runs.
    assert max(times) - min(times) > 0.2


class _Fuzz:
    """Bodies that look like frames, and some that look like nothing."""

    scalars = (
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63)
        | st.floats()
        | st.text(max_size=80)
    )
    values = st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=12,
    )
    frames = st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["subscribe", "unsubscribe", "auth", "pong", "hello", "presence"]
            )
        },
        optional={"id": values, "lists": values, "token": values, "seqs": values, "ticket": values},
    )


async def test_nothing_anybody_sends_breaks_the_server(
    server: InProcessNode, resources: Resources, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ana = await world.user()
    token = token_of(resources, ana)
    loop = asyncio.get_running_loop()

    async def send_all(texts: list[str | bytes]) -> None:
        async with socket_to(server.socket_url, hello={"token": token}) as client:
            try:
                for text in texts:
                    await client.socket.send(text)
                await client.send("unsubscribe", lists=["end"])
                await client.receive_until(lambda one: one.get("list") == "end")
            except websockets.ConnectionClosed:
                assert client.socket.close_code in (Close.PROTOCOL_ERROR, Close.TOO_MANY_FRAMES)

    @hypothesis_settings(
        max_examples=60, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(
        st.lists(
            _Fuzz.frames.map(
                lambda one: orjson.dumps(one, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
            )
            | st.text(max_size=200)
            | st.binary(max_size=50),
            max_size=6,
        )
    )
    def fuzz(texts: list[str | bytes]) -> None:
        asyncio.run_coroutine_threadsafe(send_all(texts), loop).result(30)

    await asyncio.to_thread(fuzz)

    assert [record for record in caplog.records if record.exc_info] == []
