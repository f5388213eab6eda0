"""Measure how long large answers hold the event loop of an API process.

    .venv/bin/python -m bench.loop_hold                  both databases, 1 minute
    .venv/bin/python -m bench.loop_hold --only sqlite --repeats 50

While a callback of the event loop runs, every other client of the process waits. The server runs in
this process; each callback is timed, by the processor time of the loop's thread and by the clock. The
clock includes waiting for a core, and for the interpreter's lock, which a thread of the database or of the
client may hold. The client is a thread and sends one request at a time.
"""

import argparse
import asyncio
import gc
import http.client
import tempfile
import time
from asyncio.events import Handle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import orjson
from sqlalchemy import update
from websockets.sync.client import connect

from api.__main__ import tune_garbage_collector
from bench.environment import Services, services
from bench.fanout.machine import description
from bench.growth.population import Sizes, population
from bench.rest.dataset import EPOCH, insert_dataset, list_id, session_id, user_id
from shared.accounts.authentication.access_tokens import make_access_token
from shared.resources import open_resources
from shared.settings import Settings
from shared.tables.todos import TodoRow
from tests.support.api_server import InProcessNode, served

LISTS, EVENTS = 310, 5_000
# Notes with which 500 todos are a page of 1 MiB.
LARGE_NOTES = "From the market. " * 90
GOAL_MS = 10.0
ANSWER_SECONDS = 30.0
DATABASES = ("postgres", "sqlite")
_POPULATION = population(Sizes(todos=(1_000, 1_001), lists=(LISTS,), events=(EVENTS,)))
_TYPICAL, _LARGE = _POPULATION.by_size.values()
_LOG, _ = _POPULATION.by_log[EVENTS]
_MEMBER, _ = _POPULATION.users[LISTS]


@dataclass(frozen=True)
class Case:
    what: str
    user: int
    path: str
    is_gzip: bool = False


def cases() -> Iterator[Case]:
    paths = (
        ("page of 100 todos", 0, f"/todos?list_id={list_id(_TYPICAL)}&limit=100"),
        ("snapshot page of 500 todos", 0, f"/lists/{list_id(_TYPICAL)}/snapshot"),
        ("snapshot page of 1 MiB", 0, f"/lists/{list_id(_LARGE)}/snapshot"),
        ("20 list snapshots", _MEMBER, "/users/me/list-snapshots"),
        (f"account snapshot, {LISTS} lists", _MEMBER, "/users/me/snapshot"),
        ("first page of 200 lists", _MEMBER, "/lists"),
        ("500 events", 0, f"/lists/{list_id(_LOG)}/events?epoch={EPOCH}&since=0"),
    )
    for what, user, path in paths:
        yield Case(what, user, f"/api/v1{path}")
        yield Case(f"{what}, gzip", user, f"/api/v1{path}", is_gzip=True)


@dataclass
class LoopTimer:
    """The longest callback since `reset`, in milliseconds: of processor time, and by the clock."""

    cpu_ms: float = 0.0
    wall_ms: float = 0.0

    def reset(self) -> None:
        self.cpu_ms = self.wall_ms = 0.0

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Time every callback of asyncio's own event loops."""
        original = Handle._run

        def run(handle: Handle) -> None:
            cpu, wall = time.thread_time(), time.perf_counter()
            original(handle)
            self.cpu_ms = max(self.cpu_ms, (time.thread_time() - cpu) * 1000)
            self.wall_ms = max(self.wall_ms, (time.perf_counter() - wall) * 1000)

        Handle._run = run  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Handle._run = original  # type: ignore[method-assign]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=DATABASES, help="one database")
    parser.add_argument("--repeats", type=int, default=20, help="requests of each case")
    given = parser.parse_args()
    print(f"{description()}; longest callback, ms: median / most of {given.repeats} requests\n")
    print("| answer | database | kB | processor time | by the clock | |\n|---|---|---|---|---|---|")
    for database in (given.only,) if given.only else DATABASES:
        with services(database) as available, tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measure(database, available, Path(folder), given.repeats))


async def _measure(database: str, available: Services, folder: Path, repeats: int) -> None:
    settings = available.settings
    await insert_dataset(settings, _POPULATION.measured)
    async with open_resources(settings) as resources, resources.begin() as work:
        of_large = update(TodoRow).where(TodoRow.list_id == list_id(_LARGE))
        await work.connection.execute(of_large.values(notes=LARGE_NOTES))
    timer = LoopTimer()
    async with served(settings) as node:
        # As in production: a collection of everything that was imported takes a tenth of a second.
        tune_garbage_collector()
        with timer.installed():
            for case in cases():
                get = partial(_get, node, case, _token(settings, case.user))
                await _measure_case(case.what, database, timer, repeats, get)
            what = f"{EVENTS:,} missed events on a socket"
            catch_up = partial(_catch_up, node, _token(settings, 0))
            await _measure_case(what, database, timer, repeats, catch_up)
    gc.unfreeze()


async def _measure_case(
    what: str, database: str, timer: LoopTimer, repeats: int, request: Callable[[], int]
) -> None:
    await asyncio.to_thread(request)  # fills caches
    cpu, wall, size = [], [], 0
    for _ in range(repeats):
        timer.reset()
        size = await asyncio.to_thread(request)
        cpu.append(timer.cpu_ms)
        wall.append(timer.wall_ms)
    verdict = "hit" if max(cpu) <= GOAL_MS else "MISS"
    print(
        f"| {what} | {database} | {size / 1000:,.0f} | {_both(cpu)} | {_both(wall)} | {verdict} |",
        flush=True,
    )


def _both(values: Sequence[float]) -> str:
    return f"{median(values):.1f} / {max(values):.1f}"


def _token(settings: Settings, user: int) -> str:

    return make_access_token(settings, user_id(user), session_id(user), datetime.now(UTC))[0]


def _get(node: InProcessNode, case: Case, token: str) -> int:
    """Return the bytes of the answer. Raise AssertionError for another status than 200."""
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=ANSWER_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    if case.is_gzip:
        headers["Accept-Encoding"] = "gzip"
    try:
        connection.request("GET", case.path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, content[:300]
    return len(content)


def _catch_up(node: InProcessNode, token: str) -> int:
    """Subscribe from the beginning of a log; return the bytes received up to its head."""
    size = 0
    subscribe = {"list": list_id(_LOG), "epoch": EPOCH, "since": 0}
    with connect(node.socket_url, subprotocols=["livelist.v1"], proxy=None) as socket:  # type: ignore[list-item]
        socket.send(orjson.dumps({"id": 1, "type": "hello", "token": token}).decode())
        socket.send(orjson.dumps({"id": 2, "type": "subscribe", "lists": [subscribe]}).decode())
        while True:
            text = socket.recv(timeout=ANSWER_SECONDS)
            size += len(text)
            if '"type":"subscribed"' in str(text)[-400:]:
                return size


if __name__ == "__main__":
    main()
