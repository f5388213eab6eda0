"""The benchmark of REST requests: every server gives right answers, and wrong answers are found."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from bench.fanout.machine import UnavailableError, cores
from bench.rest.cases import CASES, Size
from bench.rest.dataset import insert_dataset
from bench.rest.load_client import LoadClient, LoadError, Request, compile_client
from bench.rest.measure import Results, Run, profile
from bench.rest.plan import Plan
from bench.rest.servers import SERVERS, Livelist, RestEnv
from shared.resources import Resources
from shared.settings import ROOT, Settings

SIZE = Size(users=6, lists=3)
PLAN = Plan(rounds=1, warm_up_ms=0, window_ms=30, connections=2)
CASE_OF = {case.key: case for case in CASES}
# Where the benchmark has installed its packages, if it ever ran on this machine.
CACHE = ROOT / "data" / "bench" / "rest"


@pytest.fixture
async def client(tmp_path: Path) -> LoadClient:
    try:
        cores()
        return LoadClient(await compile_client(tmp_path), tmp_path)
    except UnavailableError as error:
        pytest.skip(str(error))


async def test_every_server_gives_right_answers_in_every_case(
    resources: Resources, settings: Settings, client: LoadClient, tmp_path: Path
) -> None:
    await insert_dataset(settings, SIZE.dataset())
    name = "sqlite" if settings.database.is_sqlite else "postgres"
    servers = [server for server in SERVERS if server.database == name]
    has_packages = (CACHE / "python" / "installed-from").is_file()
    servers = [server for server in servers if has_packages or not server.needs_packages]
    env = RestEnv({name: settings}, tmp_path, CACHE, cores()[0])
    results = Results()

    await Run(env, client, PLAN, SIZE, CASES, servers, None).measure_round(0, results)

    assert results.failures == []
    assert set(results.by_case) == {
        (case, server.key) for server in servers for case in server.cases
    }


async def test_a_profiled_server_writes_its_report_when_it_is_terminated(
    resources: Resources, settings: Settings, client: LoadClient, tmp_path: Path
) -> None:
    await insert_dataset(settings, SIZE.dataset())
    name = "sqlite" if settings.database.is_sqlite else "postgres"
    server = next(
        server for server in SERVERS if isinstance(server, Livelist) and server.database == name
    )
    env = RestEnv({name: settings}, tmp_path, CACHE, cores()[0])
    run = Run(env, client, PLAN, SIZE, CASES, [server], None)

    report = await profile(run, CASE_OF["patch"], server)

    assert "samples, one every" in report
    assert "in it and what it calls" in report


@asynccontextmanager
async def answering_server(answer: Callable[[bytes], bytes]) -> AsyncIterator[int]:
    """Yield the port of a server that sends `answer(body)` with status 200 to each request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
                body = answer(await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]


REQUEST = Request(
    200,
    b'PATCH / HTTP/1.1\r\nContent-Length: 24\r\n\r\n{"title":"@@@@@@@@@@@@"}',
    b"@@@@@@@@@@@@",
)


async def measure(client: LoadClient, port: int, requests: list[Request]) -> set[str]:
    """Return the titles of the sampled answers."""
    measured, samples = await client.run(
        port, os.getpid(), requests, connections=3, warm_up_ms=0, window_ms=50
    )
    assert measured.total >= measured.requests > 0
    assert len(samples) >= 3
    return {orjson.loads(sample.body)["title"] for sample in samples} & {
        sample.number for sample in samples
    }


async def test_each_request_has_a_number_of_its_own(client: LoadClient) -> None:
    sent: list[bytes] = []

    def echo(body: bytes) -> bytes:
        sent.append(body)
        return body

    async with answering_server(echo) as port:
        titles = await measure(client, port, [REQUEST])

    assert len(titles) >= 3
    assert len(set(sent)) == len(sent)


async def test_a_wrong_body_fails_the_measurement(client: LoadClient) -> None:
    async with answering_server(lambda body: b'{"title":"another"}') as port:
        with pytest.raises(LoadError, match="another body"):
            await measure(client, port, [REQUEST])


async def test_a_wrong_status_fails_the_measurement(client: LoadClient) -> None:
    expects_201 = Request(201, REQUEST.sent, REQUEST.expected)

    async with answering_server(lambda body: body) as port:
        with pytest.raises(LoadError, match="another status"):
            await measure(client, port, [expects_201])
