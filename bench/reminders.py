"""Measure how fast a worker mails reminders that are all due at once, and how long an urgent mail waits.

Rows, worker process and SMTP are real; the mail server is a lean one on loopback. Half-way a security mail
is added, and its delay is measured. For comparison the same run measures arq alone with empty jobs.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import orjson
from arq.connections import ArqRedis
from arq.worker import Function, func
from sqlalchemy import insert

from bench.smtp_sink import ReceivedMails, SmtpSink
from console.commands.migrate import upgrade
from shared.clock import monotonic
from shared.contract.jobs import SendAlreadyRegistered
from shared.database.column_types import Base
from shared.ids import ListId, TodoId, UserId, list_stream, new_id, user_stream
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
URGENT_SUBJECT = "You already have an account"
EMPTY_JOBS = 3000
# Rows of one INSERT. SQLite allows at most 32,766 parameters.
BATCH = 1000


@dataclass(frozen=True)
class Result:
    database: str
    reminders: int
    seconds: float
    urgent_ms: float
    cpu_ms: float  # CPU time of the worker for each mail
    megabytes: tuple[float, float, float]  # memory of the worker when ready, half-way, at the end


async def _do_nothing(ctx: dict[Any, Any]) -> None:
    return


class EmptyJobs:
    """Settings of an arq worker, as in arq's documentation, with a job that does nothing."""

    functions: ClassVar[list[Function]] = [func(_do_nothing, name="nothing")]
    max_jobs = 100
    poll_delay = 0.05
    keep_result = 0
    job_serializer = orjson.dumps
    job_deserializer = orjson.loads
    redis_settings = None


async def measure(settings: Settings, count: int) -> Result:
    """Let one worker mail `count` due reminders and return the measurements."""
    received = ReceivedMails()
    server = await asyncio.get_running_loop().create_server(
        lambda: SmtpSink(received.record), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with server, open_resources(settings) as resources:
        user_id = await _insert_reminders(resources, count)
        async with _worker(settings, port) as worker:
            await worker.wait_for_line("worker ready", 60)
            started_at, ready = monotonic(), _megabytes(worker.pid)
            idle = _cpu_seconds(worker.pid)
            await _wait_until(lambda: received.count >= count // 2)
            half, added_at = _megabytes(worker.pid), monotonic()
            async with resources.begin() as work:
                work.add_job(SendAlreadyRegistered(user_id=user_id))
            await _wait_until(lambda: URGENT_SUBJECT in received.first_at)
            urgent = received.first_at[URGENT_SUBJECT] - added_at
            await _wait_until(lambda: received.count >= count + 1)
            seconds = received.last_at - started_at
            end, cpu = _megabytes(worker.pid), _cpu_seconds(worker.pid) - idle
    name = "SQLite" if settings.database.is_sqlite else "Postgres"
    return Result(name, count, seconds, urgent * 1000, cpu / count * 1000, (ready, half, end))


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
    async with running("worker", [sys.executable, "-m", "worker"], environment) as child:
        yield child


async def _wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3600):
        while not condition():
            await asyncio.sleep(0.005)  # short compared with a mail


def _megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _insert_reminders(resources: Resources, count: int) -> UserId:
    """Insert users with a list, todos and due reminders; return the first user."""
    users = [UserId(new_id()) for _ in range(max(1, count // MAX_REMINDERS_PER_USER))]
    lists = {user_id: ListId(new_id()) for user_id in users}
    todos = [(TodoId(new_id()), users[number % len(users)]) for number in range(count)]
    async with resources.begin() as work:
        for table, rows in _rows(users, lists, todos, work.now):
            for start in range(0, len(rows), BATCH):
                await work.connection.execute(insert(table), rows[start : start + BATCH])
    return users[0]


def _rows(
    users: list[UserId],
    lists: dict[UserId, ListId],
    todos: list[tuple[TodoId, UserId]],
    now: datetime,
) -> Iterator[tuple[type[Base], list[dict[str, Any]]]]:
    """Yield the rows of each table."""
    dates = {"created_at": now, "updated_at": now}
    streams = [*map(user_stream, users), *map(list_stream, lists.values())]
    yield StreamRow, [{"id": id_, "epoch": "bench", "head": 0, "floor": 0} for id_ in streams]
    yield UserRow, [_user(user_id) | dates | {"verified_at": now} for user_id in users]
    yield ListRow, [dates | {"id": list_id, "name": "Groceries"} for list_id in lists.values()]
    yield (
        MemberRow,
        [
            {"list_id": lists[user_id], "user_id": user_id, "role": "owner", "joined_at": now}
            for user_id in users
        ],
    )
    yield (
        TodoRow,
        [
            dates
            | {"id": todo_id, "list_id": lists[user_id], "title": f"todo {number}", "rank": "a"}
            for number, (todo_id, user_id) in enumerate(todos)
        ],
    )
    yield ReminderRow, [
        {
            "id": new_id(), "todo_id": todo_id, "user_id": user_id, "at": now,
            "next_fire_at": now, "created_at": now,
        }
        for todo_id, user_id in todos
    ]  # fmt: skip


def _user(user_id: UserId) -> dict[str, Any]:
    email = f"{user_id}@example.com"
    return {
        "id": user_id, "email": email, "email_key": email, "password_hash": "!", "name": "Ana",
        "time_zone": "Europe/Berlin", "search_key": "ana", "status": "active",
    }  # fmt: skip


async def measure_empty_jobs(url: str) -> float:
    """Return how many empty jobs arq alone runs in a second."""
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
            started_at = monotonic()
            while await queue.zcard("arq:queue"):
                await asyncio.sleep(0.01)
            seconds = monotonic() - started_at
    await queue.aclose()
    return EMPTY_JOBS / seconds


@contextmanager
def _databases(chosen: str) -> Iterator[list[str]]:
    """Yield the URLs of empty, migrated databases."""
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
    """Run the benchmark and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="reminders; documented: 100000")
    parser.add_argument("--on", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args()
    broker = Valkey()
    broker.start()
    try:
        with _databases(options.on) as urls, tempfile.TemporaryDirectory() as folder:
            results = []
            for number, url in enumerate(urls):
                settings = plain_settings(
                    Path(folder), database_url=url, redis_url=f"{broker.url}/{number}"
                )
                results.append(asyncio.run(measure(settings, options.count)))
            empty_jobs_rate = asyncio.run(measure_empty_jobs(f"{broker.url}/9"))
    finally:
        broker.close()
    _print(results, empty_jobs_rate)


def _print(results: list[Result], empty_jobs_rate: float) -> None:
    load = os.getloadavg()[0]
    print(
        f"\n{os.cpu_count()} cores (load {load:.1f}), Python {sys.version.split()[0]}, one worker\n"
    )
    heads = "reminders", "drained in s", "mails/s", "CPU ms a mail", "urgent waited ms"
    print(f"| database | {' | '.join(heads)} | MB ready / half / end |")
    print("|---|---|---|---|---|---|---|")
    for result in results:
        rate = (result.reminders + 1) / result.seconds
        memory = " / ".join(f"{value:.0f}" for value in result.megabytes)
        print(
            f"| {result.database} | {result.reminders} | {result.seconds:.1f} | {rate:.0f} "
            f"| {result.cpu_ms:.1f} | {result.urgent_ms:.0f} | {memory} |"
        )
    print(f"\narq alone with empty jobs: {empty_jobs_rate:.0f} jobs/s ({EMPTY_JOBS} jobs)")


if __name__ == "__main__":
    main()
