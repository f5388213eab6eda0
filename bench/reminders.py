"""How fast a worker mails reminders that are all due at once, and what else waits behind them.

Real rows, a real worker process, a real SMTP conversation with a lean server on loopback. Half-way a
security mail is added: how long does it wait? Beside it, in the same run, raw arq doing nothing.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import orjson
from arq.connections import ArqRedis
from arq.worker import Function, func
from sqlalchemy import insert

from bench.sink import Arrivals, Sink
from console.commands.migrate import upgrade
from shared.clock import monotonic
from shared.contract.jobs import SendAlreadyRegistered
from shared.ids import UserId, list_stream, new_id, user_stream
from shared.resources import Resources, open_resources, redis_pool
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import StreamRow
from shared.tables.todos import TodoRow
from tests.support.services import postgres
from tests.support.services.processes import Child, running
from tests.support.services.valkey import Valkey
from tests.support.settings import plain_settings

MAX_REMINDERS_PER_USER = 10
URGENT = "You already have an account"
EMPTY_JOBS = 3000
# Rows of one INSERT: SQLite binds at most 32,766 parameters.
CHUNK = 1000


@dataclass(frozen=True)
class Result:
    database: str
    reminders: int
    seconds: float
    urgent_ms: float
    cpu_ms: float  # of the worker, for each mail
    megabytes: tuple[float, float, float]  # ready, half-way, at the end


async def _nothing(ctx: dict[Any, Any]) -> None:
    return


class EmptyJobs:
    """An arq worker as its documentation has it, with a job that does nothing."""

    functions: ClassVar[list[Function]] = [func(_nothing, name="nothing")]
    max_jobs = 100
    poll_delay = 0.05
    keep_result = 0
    job_serializer = orjson.dumps
    job_deserializer = orjson.loads
    redis_settings = None


async def drain(settings: Settings, count: int) -> Result:
    """Returns how one worker drained so many due reminders."""
    arrivals = Arrivals()
    server = await asyncio.get_running_loop().create_server(
        lambda: Sink(arrivals.hear), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with server, open_resources(settings) as resources:
        person = await _seed(resources, count)
        async with _worker(settings, port) as worker:
            await worker.wait_for_line("worker ready", 60)
            began, ready = monotonic(), _megabytes(worker.pid)
            idle = _cpu_seconds(worker.pid)
            await _until(lambda: arrivals.count >= count // 2)
            half, asked = _megabytes(worker.pid), monotonic()
            async with resources.begin() as work:
                work.add_job(SendAlreadyRegistered(user_id=person))
            await _until(lambda: URGENT in arrivals.first)
            urgent = arrivals.first[URGENT] - asked
            await _until(lambda: arrivals.count >= count + 1)
            took = arrivals.last_at - began
            end, cpu = _megabytes(worker.pid), _cpu_seconds(worker.pid) - idle
    name = "SQLite" if settings.database.is_sqlite else "Postgres"
    return Result(name, count, took, urgent * 1000, cpu / count * 1000, (ready, half, end))


@asynccontextmanager
async def _worker(settings: Settings, port: int) -> AsyncIterator[Child]:
    environment = {
        "DATABASE_URL": settings.database.url,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis.url,
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(port),
        "MAIL_STARTTLS": "false",
        "LOG_FORMAT": "text",
    }
    line = [sys.executable, "-m", "worker"]
    async with running("worker", line, environment) as child:
        yield child


async def _until(condition: Any) -> None:
    async with asyncio.timeout(3600):
        while not condition():
            await asyncio.sleep(0.005)  # short beside a mail


def _megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _seed(resources: Resources, count: int) -> UserId:
    """People with a list, todos and reminders that are due; returns one of them."""
    people = [UserId(new_id()) for _ in range(max(1, count // MAX_REMINDERS_PER_USER))]
    lists = {one: new_id() for one in people}
    todos = [(new_id(), people[number % len(people)]) for number in range(count)]
    async with resources.begin() as work:
        now = work.now
        made = {"created_at": now, "updated_at": now}
        streams = [*map(user_stream, people), *map(list_stream, lists.values())]  # type: ignore[arg-type]
        for table, rows in (
            (StreamRow, [{"id": one, "epoch": "bench", "head": 0, "floor": 0} for one in streams]),
            (UserRow, [_user(one) | made | {"verified_at": now} for one in people]),
            (ListRow, [made | {"id": one, "name": "Groceries"} for one in lists.values()]),
            (
                MemberRow,
                [
                    {"list_id": lists[one], "user_id": one, "role": "owner", "joined_at": now}
                    for one in people
                ],
            ),
            (
                TodoRow,
                [
                    made | {"id": todo, "list_id": lists[one], "title": f"todo {n}", "rank": "a"}
                    for n, (todo, one) in enumerate(todos)
                ],
            ),
            (
                ReminderRow,
                [
                    {
                        "id": new_id(), "todo_id": todo, "user_id": one, "at": now,
                        "next_fire_at": now, "created_at": now,
                    }
                    for todo, one in todos
                ],
            ),
        ):  # fmt: skip
            for start in range(0, len(rows), CHUNK):
                await work.connection.execute(insert(table), rows[start : start + CHUNK])
    return people[0]


def _user(user_id: UserId) -> dict[str, Any]:
    email = f"{user_id}@example.com"
    return {
        "id": user_id, "email": email, "email_key": email, "password_hash": "!", "name": "Ana",
        "time_zone": "Europe/Berlin", "search_key": "ana", "status": "active",
    }  # fmt: skip


async def empty_jobs(url: str) -> float:
    """Returns how many jobs a second raw arq runs that do nothing."""
    queue = ArqRedis(redis_pool(url), job_serializer=orjson.dumps, job_deserializer=orjson.loads)
    for _ in range(EMPTY_JOBS):
        await queue.enqueue_job("nothing")
    code = (
        "import bench.reminders as b, arq, redis.asyncio as r, sys;"
        "from arq.worker import create_worker;"
        "from shared.resources import redis_pool;"
        "from arq.connections import ArqRedis; import orjson, logging;"
        "q = ArqRedis(redis_pool(sys.argv[1]), job_serializer=orjson.dumps,"
        " job_deserializer=orjson.loads);"
        "s = {k: v for k, v in vars(b.EmptyJobs).items() if k[0] != '_' and k != 'redis_settings'};"
        "create_worker(s, redis_pool=q).run()"
    )
    async with running("arq", [sys.executable, "-c", code, url]):
        async with asyncio.timeout(300):
            while await queue.zcard("arq:queue") == EMPTY_JOBS:
                await asyncio.sleep(0.002)
            began = monotonic()
            while await queue.zcard("arq:queue"):
                await asyncio.sleep(0.01)
            took = monotonic() - began
    await queue.aclose()
    return EMPTY_JOBS / took


@contextmanager
def _databases(chosen: str) -> Iterator[list[str]]:
    """Yields the addresses of empty databases, migrated."""
    with tempfile.TemporaryDirectory(prefix="livelist-bench-") as folder:
        urls = []
        if chosen in ("sqlite", "both"):
            urls.append(f"sqlite+aiosqlite:///{folder}/livelist.db")
        server = postgres.start() if chosen in ("postgres", "both") else None
        if server is not None:
            urls.append(server.url)
        try:
            for url in urls:
                upgrade(plain_settings(Path(folder), database_url=url))
            yield urls
        finally:
            if server is not None:
                server.stop()


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="reminders; the promise: 100000")
    parser.add_argument("--on", choices=("sqlite", "postgres", "both"), default="both")
    asked = parser.parse_args()
    broker = Valkey()
    broker.start()
    try:
        with _databases(asked.on) as urls, tempfile.TemporaryDirectory() as folder:
            results = []
            for number, url in enumerate(urls):
                settings = plain_settings(
                    Path(folder), database_url=url, redis_url=f"{broker.url}/{number}"
                )
                results.append(asyncio.run(drain(settings, asked.count)))
            raw = asyncio.run(empty_jobs(f"{broker.url}/9"))
    finally:
        broker.close()
    _print(results, raw)


def _print(results: list[Result], raw: float) -> None:
    load = os.getloadavg()[0]
    print(
        f"\n{os.cpu_count()} cores (load {load:.1f}), Python {sys.version.split()[0]}, one worker\n"
    )
    heads = "reminders", "drained in s", "mails/s", "CPU ms a mail", "urgent waited ms"
    print(f"| database | {' | '.join(heads)} | MB ready / half / end |")
    print("|---|---|---|---|---|---|---|")
    for one in results:
        rate = (one.reminders + 1) / one.seconds
        memory = " / ".join(f"{value:.0f}" for value in one.megabytes)
        print(
            f"| {one.database} | {one.reminders} | {one.seconds:.1f} | {rate:.0f} "
            f"| {one.cpu_ms:.1f} | {one.urgent_ms:.0f} | {memory} |"
        )
    print(f"\nraw arq, a job that does nothing: {raw:.0f} jobs/s ({EMPTY_JOBS} jobs)")


if __name__ == "__main__":
    main()
