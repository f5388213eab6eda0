"""The fan-out benchmark counts deliveries, and detects lost, repeated and misrouted events."""

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import websockets
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from bench.fanout.competitors.base import BenchEnv, Competitor, Shape
from bench.fanout.competitors.livelist import Livelist
from bench.fanout.load.load_client import LoadClient, LoadError, compile_client, open_load_client
from bench.fanout.machine import UnavailableError, cores
from shared.cancellation import end_tasks
from tests.support.services.valkey import Valkey

SHAPE = Shape(20, 2)
MARK = re.compile(r"(bench@\d{19})\.\d{5}\.(\d{9})")


@pytest.fixture
async def env(tmp_path: Path) -> AsyncIterator[BenchEnv]:
    broker = Valkey()
    broker.start()
    try:
        yield BenchEnv(broker, tmp_path, tmp_path, cores()[0])
    except UnavailableError as error:
        pytest.skip(str(error))
    finally:
        broker.close()


@asynccontextmanager
async def open_load(
    env: BenchEnv, competitor: Competitor, port: int, pid: int
) -> AsyncIterator[LoadClient]:
    try:
        client = await compile_client(env.cache)
    except UnavailableError as error:
        pytest.skip(str(error))
    async with open_load_client(
        client,
        env.folder,
        port=port,
        pid=pid,
        protocol=competitor.protocol,
        scripts=await competitor.scripts(env, SHAPE),
        publisher_config=await competitor.publisher_config(env, SHAPE),
        timeout_ms=1000,
    ) as load:
        await load.open(SHAPE.sockets)
        yield load


@asynccontextmanager
async def broken_server(
    env: BenchEnv, replace: Callable[[int, str], Sequence[str]]
) -> AsyncIterator[int]:
    """Yield the port of a server that sends `replace(number, text)` instead of each message."""
    sockets: defaultdict[str, list[websockets.ServerConnection]] = defaultdict(list)

    async def serve_socket(socket: websockets.ServerConnection) -> None:
        sockets[str(await socket.recv()).removeprefix("list ")].append(socket)
        await socket.send("ok")
        await socket.wait_closed()

    async def forward(subscription: PubSub) -> None:
        async for message in subscription.listen():
            if message["type"] == "pmessage":
                text = message["data"].decode()
                mark = MARK.search(text)
                assert mark is not None
                for socket in sockets[message["channel"].decode().removeprefix("bench:")]:
                    for sent in replace(int(mark[2]), text):
                        await socket.send(sent)

    async with (
        Redis.from_url(env.broker_url) as redis,
        redis.pubsub() as subscription,
        websockets.serve(serve_socket, "127.0.0.1", 0) as server,
    ):
        await subscription.psubscribe("bench:*")
        task = asyncio.create_task(forward(subscription))
        yield server.sockets[0].getsockname()[1]
        await end_tasks([task])


async def test_every_subscriber_of_livelist_receives_every_event_once_and_in_order(
    env: BenchEnv,
) -> None:
    livelist = Livelist()
    await livelist.prepare(env)
    async with (
        livelist.serve(env) as server,
        open_load(env, livelist, server.port, server.pid) as load,
    ):
        measured = await load.deliver(8, 100)

    assert (measured.messages, measured.deliveries) == (100, 100 * SHAPE.sockets // SHAPE.lists)
    assert (measured.lost, measured.repeated, measured.misrouted) == (0, 0, 0)


async def test_repeated_and_misrouted_events_are_counted(env: BenchEnv) -> None:
    def replace(number: int, text: str) -> Sequence[str]:
        return (text, text, MARK.sub(r"\1.00009.\2", text)) if number == 3 else (text,)

    plain = Competitor("plain", "a server that repeats and misroutes")
    async with (
        broken_server(env, replace) as port,
        open_load(env, plain, port, os.getpid()) as load,
    ):
        measured = await load.deliver(4, 10)

    assert measured.messages == 10
    assert (measured.repeated, measured.misrouted) == (SHAPE.sockets, SHAPE.sockets)


async def test_a_lost_event_fails_the_measurement(env: BenchEnv) -> None:
    def replace(number: int, text: str) -> Sequence[str]:
        return () if number == 3 else (text,)

    plain = Competitor("plain", "a server that loses an event")
    async with (
        broken_server(env, replace) as port,
        open_load(env, plain, port, os.getpid()) as load,
    ):
        with pytest.raises(LoadError, match="never reached all subscribers"):
            await load.deliver(4, 10)
