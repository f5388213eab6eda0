"""What a client may send, how often and how much of it, and how one that sends more is closed."""

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
    InsertedList,
    SocketClient,
    socket_of,
    socket_to,
    token_of,
    write_event,
)
from tests.support.world_builder import World


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "1", '"x"', "[" * 2000, "NaN", '{"a":"\\ud800"}',
        '{"id":1,"type":"unsubscribe","lists":["x"],"id":2}', '{"a":"\\u0000"}',
        '{"type":"pong","seqs":{"x":9007199254740992}}',
    ],
)  # fmt: skip
async def test_text_that_is_no_object_is_a_protocol_error(
    ana_socket: SocketClient, text: str
) -> None:
    await ana_socket.socket.send(text)

    assert await ana_socket.wait_closed() == Close.PROTOCOL_ERROR
    assert ana_socket.socket.close_reason == CLOSES[Close.PROTOCOL_ERROR].reason


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
        ({"id": 7, "type": "subscribe", "lists": [{"list": "x", "epoch": "e", "since": True}]}, "invalid"),
        ({"id": 7, "type": "subscribe", "lists": [{"list": "x", "epoch": "e", "since": 1.0}]}, "invalid"),
        ({"id": 7, "type": "subscribe", "lists": [{"list": "x", "epoch": "e", "since": "1"}]}, "invalid"),
    ],
)  # fmt: skip
async def test_a_frame_that_is_not_understood_is_answered_and_the_socket_stays_open(
    ana_socket: SocketClient, frame: dict[str, object], code: str
) -> None:
    await ana_socket.socket.send(orjson.dumps(frame).decode())
    answer = await ana_socket.receive_type("error")
    await ana_socket.send("unsubscribe", lists=["x"])
    await ana_socket.receive_type("unsubscribed")

    assert (answer["re"], answer["code"]) == (7, code)


@pytest.mark.parametrize("number", ["true", "1.0", "1e3", '"1"', "-1"])
async def test_an_id_has_one_spelling(ana_socket: SocketClient, number: str) -> None:
    await ana_socket.socket.send(f'{{"id":{number},"type":"unsubscribe","lists":["x"]}}')

    answer = await ana_socket.receive_type("error")

    assert (answer.get("re"), answer["code"]) == (None, "invalid")


@pytest.mark.parametrize("text", ["[]", "{}"], ids=["to be closed", "to be answered"])
@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_a_bad_frame_and_a_close_in_one_packet_log_no_error(
    server: InProcessNode,
    resources: Resources,
    ana: Actor,
    caplog: pytest.LogCaptureFixture,
    text: str,
    is_signed_in: bool,
) -> None:
    hello = {"token": token_of(resources, ana)} if is_signed_in else None
    packet = b"".join(
        Frame(opcode, data).serialize(mask=True)
        for opcode, data in ((Opcode.TEXT, text.encode()), (Opcode.CLOSE, b"\x03\xe8"))
    )

    async with socket_to(server.socket_url, hello=hello) as client:
        client.socket.transport.write(packet)
        await client.wait_closed()

    assert [record for record in caplog.records if record.exc_info] == []


async def test_more_than_200_lists_are_too_many(
    ana_socket: SocketClient, ana_list: InsertedList, resources: Resources
) -> None:
    await ana_socket.follow(ana_list)
    await ana_socket.subscribe(*((new_id(), "e", 0) for _ in range(200)))
    answer = await ana_socket.receive_type("error")
    await write_event(resources, ana_list.list_id)
    await ana_socket.receive_seq(ana_list.list_id, 1)

    assert answer["code"] == "too_many_lists"


@pytest.fixture
def short_wait_for_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a node wait half a second, not 5 s, for a client that does not answer its close."""
    monkeypatch.setattr("realtime.transports.websocket_protocol.CLOSE_SECONDS", 0.5)


@pytest.mark.usefixtures("short_wait_for_the_peer")
async def test_a_burst_of_40_frames_is_answered_and_a_flood_is_closed(
    ana_socket: SocketClient,
) -> None:
    for _ in range(38):
        await ana_socket.send("unsubscribe", lists=["x"])
    for _ in range(38):
        await ana_socket.receive_type("unsubscribed")
    for _ in range(60):
        await ana_socket.send("unsubscribe", lists=["x"])

    assert await ana_socket.wait_closed() == Close.TOO_MANY_FRAMES


@pytest.mark.usefixtures("short_wait_for_the_peer")
async def test_a_flood_of_protocol_pings_is_closed_too(ana_socket: SocketClient) -> None:
    with contextlib.suppress(websockets.ConnectionClosed):
        for number in range(200):
            await ana_socket.socket.ping(str(number))

    assert await ana_socket.wait_closed() == Close.TOO_MANY_FRAMES


async def test_a_frame_beyond_64_kib_closes_the_socket(ana_socket: SocketClient) -> None:
    await ana_socket.socket.send("x" * (64 * 1024 + 1))

    # By the WebSocket protocol itself, before the frame is read to its end.
    assert await ana_socket.wait_closed() == 1009


async def test_a_socket_that_sends_no_hello_is_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, hello_seconds=0.2)

    async with served(settings) as node, socket_to(node.socket_url) as client:
        assert await client.wait_closed() == Close.NOT_AUTHENTICATED


async def test_a_ping_carries_the_heads_and_a_missing_pong_closes_the_socket(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ana_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limits(monkeypatch, heartbeat_seconds=1, pong_seconds=1, deadline_check_seconds=0.1)
    list_id = ana_list.list_id
    await write_event(resources, list_id)

    async with served(settings) as node, socket_of(node.socket_url, resources, ana) as client:
        await client.subscribe((*ana_list, 0))
        client.answers_pings = False
        first = await client.receive_type("ping")
        await client.socket.send(orjson.dumps({"type": "pong", "seqs": {list_id: 1}}).decode())
        await client.receive_type("ping")
        code = await client.wait_closed()

    assert first["heads"] == {list_id: 1}
    assert code == Close.NO_PONG


async def test_a_node_that_stops_closes_every_socket_with_1012(
    settings: Settings, resources: Resources, world: World
) -> None:
    users = [await world.user(f"User {number}") for number in range(8)]
    ready = asyncio.Semaphore(0)

    async def stay(url: str, user: Actor) -> int:
        async with socket_of(url, resources, user) as client:
            ready.release()
            return await client.wait_closed()

    async with asyncio.TaskGroup() as group, served(settings) as node:
        tasks = [group.create_task(stay(node.socket_url, user)) for user in users]
        for _ in tasks:
            await ready.acquire()

    assert {task.result() for task in tasks} == {Close.GOING_AWAY}


async def test_the_sockets_of_a_node_that_stops_are_closed_one_after_another(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.transports.websocket_protocol.DRAIN_SECONDS_PER_SOCKET", 0.05)
    users = [ana, ben] * 8
    ready = asyncio.Semaphore(0)
    times: list[float] = []

    async def stay(url: str, user: Actor) -> None:
        async with socket_of(url, resources, user) as client:
            ready.release()
            assert await client.wait_closed() == Close.GOING_AWAY
            times.append(monotonic())

    async with asyncio.TaskGroup() as group, served(settings) as node:
        for user in users:
            group.create_task(stay(node.socket_url, user))
        for _ in users:
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


async def test_nothing_that_a_client_sends_breaks_the_server(
    server: InProcessNode, resources: Resources, ana: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()

    async def send_all(texts: list[str | bytes]) -> None:
        async with socket_of(server.socket_url, resources, ana) as client:
            try:
                for text in texts:
                    await client.socket.send(text)
                await client.send("unsubscribe", lists=["end"])
                await client.receive_until(lambda frame: frame.get("list") == "end")
            except websockets.ConnectionClosed:
                assert client.socket.close_code in (Close.PROTOCOL_ERROR, Close.TOO_MANY_FRAMES)

    @hypothesis_settings(
        max_examples=60, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(
        st.lists(
            _Fuzz.frames.map(
                lambda body: orjson.dumps(
                    body, default=str, option=orjson.OPT_NON_STR_KEYS
                ).decode()
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
