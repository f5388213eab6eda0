"""The fan-out bench counts what is delivered: everything once, and it would see if not."""

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

from bench.fanout.contestant import Bench, Contestant, Shape
from bench.fanout.machine import NotHereError, cores
from bench.fanout.ours import Ours
from bench.fanout.subscribers import LoadError, Subscribers, compile_client, subscribers
from shared.cancellation import end_tasks
from tests.support.services.valkey import Valkey

SHAPE = Shape(20, 2)
MARK = re.compile(r"(bench@\d{19})\.\d{5}\.(\d{9})")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    broker = Valkey()
    broker.start()
    try:
        yield Bench(broker, tmp_path, tmp_path, cores()[0])
    except NotHereError as error:
        pytest.skip(str(error))
    finally:
        broker.close()


@asynccontextmanager
async def load_on(
    bench: Bench, contestant: Contestant, port: int, pid: int
) -> AsyncIterator[Subscribers]:
    try:
        client = await compile_client(bench.cache)
    except NotHereError as error:
        pytest.skip(str(error))
    async with subscribers(
        client,
        bench.folder,
        port=port,
        pid=pid,
        manners=contestant.manners,
        scripts=await contestant.scripts(bench, SHAPE),
        orders=await contestant.orders(bench, SHAPE),
        silence_ms=1000,
    ) as load:
        await load.open(SHAPE.sockets)
        yield load


@asynccontextmanager
async def broken_server(
    bench: Bench, says: Callable[[int, str], Sequence[str]]
) -> AsyncIterator[int]:
    """Yields the port of a server that turns a list's message of some number into what `says` has."""
    sockets: defaultdict[str, list[websockets.ServerConnection]] = defaultdict(list)

    async def hold(socket: websockets.ServerConnection) -> None:
        sockets[str(await socket.recv()).removeprefix("list ")].append(socket)
        await socket.send("ok")
        await socket.wait_closed()

    async def forward(subscription: PubSub) -> None:
        async for message in subscription.listen():
            if message["type"] == "pmessage":
                text = message["data"].decode()
                mark = MARK.search(text)
                assert mark is not None
                for one in sockets[message["channel"].decode().removeprefix("bench:")]:
                    for said in says(int(mark[2]), text):
                        await one.send(said)

    async with (
        Redis.from_url(bench.broker_url) as redis,
        redis.pubsub() as subscription,
        websockets.serve(hold, "127.0.0.1", 0) as server,
    ):
        await subscription.psubscribe("bench:*")
        task = asyncio.create_task(forward(subscription))
        yield server.sockets[0].getsockname()[1]
        await end_tasks([task])


async def test_every_subscriber_of_ours_hears_every_event_once_and_in_order(bench: Bench) -> None:
    ours = Ours()
    await ours.prepare(bench)
    async with (
        ours.serve(bench) as served,
        load_on(bench, ours, served.port, served.pid) as load,
    ):
        found = await load.count(8, 100)

    assert (found.messages, found.deliveries) == (100, 100 * SHAPE.sockets // SHAPE.lists)
    assert (found.lost, found.repeated, found.strays) == (0, 0, 0)


async def test_an_event_twice_or_of_a_strange_list_is_counted(bench: Bench) -> None:
    def says(number: int, text: str) -> Sequence[str]:
        return (text, text, MARK.sub(r"\1.00009.\2", text)) if number == 3 else (text,)

    plain = Contestant("plain", "a server that says too much")
    async with (
        broken_server(bench, says) as port,
        load_on(bench, plain, port, os.getpid()) as load,
    ):
        found = await load.count(4, 10)

    assert found.messages == 10
    assert (found.repeated, found.strays) == (SHAPE.sockets, SHAPE.sockets)


async def test_an_event_that_never_comes_fails_the_measurement(bench: Bench) -> None:
    def says(number: int, text: str) -> Sequence[str]:
        return () if number == 3 else (text,)

    plain = Contestant("plain", "a server that forgets")
    async with (
        broken_server(bench, says) as port,
        load_on(bench, plain, port, os.getpid()) as load,
    ):
        with pytest.raises(LoadError, match="never reached everybody"):
            await load.count(4, 10)
