"""Import 100,000 todos and export them again: time, rows a second, and the memory of the process.

    .venv/bin/python -m bench.interop [--todos 100000] [--database sqlite] [--format csv]

Each combination of a database (SQLite, Postgres) and a format (JSON, CSV, iCalendar) runs in a process of
its own, which is API and worker. The memory is the resident set at its highest during the step (VmHWM of
Linux) above that of the idle process, after a small import and export. The upload is generated, and the
export is not held by its reader. In JSON each fifth todo has a comment and a reminder.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import orjson
from fastapi import FastAPI

from api.main import create_app
from console.schema.upgrade import upgrade
from shared.clock import monotonic
from shared.contract.interop.imports import ImportState
from shared.settings import Settings
from tests.support.imports import Importer
from tests.support.services import postgres
from tests.support.settings import plain_settings
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

MEBIBYTE = 1024 * 1024
# Full lists.
TODOS_PER_LIST = 10_000
DATABASES = ("sqlite", "postgres")
FORMATS = {"json": "json", "csv": "csv", "icalendar": "ics"}
TEXT = "A line or two about what is to be done. " * 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--todos", type=int, default=100_000)
    parser.add_argument("--database", choices=DATABASES)
    parser.add_argument("--format", choices=FORMATS)
    given = parser.parse_args()
    if given.database and given.format:
        asyncio.run(_run(given.database, given.format, given.todos))
        return
    print("database, format: step, seconds, rows/s, MiB above idle", flush=True)
    for database in [given.database] if given.database else DATABASES:
        for each in [given.format] if given.format else FORMATS:
            one = ["--database", database, "--format", each, "--todos", str(given.todos)]
            subprocess.run([sys.executable, "-m", "bench.interop", *one], check=True)


async def _run(database: str, file_format: str, count: int) -> None:
    async with application(database) as (app, client, settings):
        resources = app.state.resources
        importer = Importer(client, resources, await World(resources).user("Ana"))
        run = Measurement(f"{database}, {file_format}")
        await _measure(run, app, importer, WorkerHarness(resources, settings), file_format, count)


@asynccontextmanager
async def application(
    database: str,
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient, Settings]]:
    """Run the API with an empty database in a temporary folder."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/bench.db"
        if database == "postgres":
            server = postgres.start()
            stack.callback(server.stop)
            url = server.url
        settings = plain_settings(folder, database_url=url, redis_url="")
        await asyncio.to_thread(upgrade, settings)
        app = create_app(settings)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", timeout=900
            ) as client,
        ):
            yield app, client, settings


class Measurement:
    """Prints a line for each step: its time, and its memory above that of the idle process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle = self._begun = 0.0

    def begin(self) -> None:
        _reset_peak()
        self._idle, self._begun = _peak(), monotonic()
        load = " ".join(f"{each:.1f}" for each in os.getloadavg())
        print(f"{self._name}: idle process {self._idle:.0f} MiB, load average {load}", flush=True)

    def end_step(self, step: str, rows: float, unit: str = "") -> None:
        seconds, above = monotonic() - self._begun, _peak() - self._idle
        print(
            f"{self._name}: {step}, {seconds:.1f} s, {rows / seconds:,.0f}{unit}/s, {above:+.0f} MiB",
            flush=True,
        )
        _reset_peak()
        self._begun = monotonic()


async def _measure(
    run: Measurement,
    app: FastAPI,
    importer: Importer,
    worker: WorkerHarness,
    file_format: str,
    count: int,
) -> None:
    name = f"lists.{FORMATS[file_format]}"
    # So that everything is loaded, and the caches of statements are full.
    await importer.complete(worker, b"".join(_document(file_format, 300, "Warm-up ")), name)
    authorization = importer.headers["Authorization"]
    await export_lists(app, authorization, file_format)
    run.begin()
    answer = await importer.send(_parts(file_format, count), name)
    import_id = str(answer.json()["id"])
    run.end_step("upload", count)
    await worker.run_once()
    run.end_step("preview", count)
    await importer.post(import_id, "start")
    await worker.run_once()
    done = await importer.read(import_id)
    assert done["state"] == ImportState.DONE.value, done["error"]
    assert done["todos_created"] == count, done
    run.end_step("import", count)
    size = await export_lists(app, authorization, file_format)
    run.end_step(f"export of {size / MEBIBYTE:.0f} MiB", count)


async def _parts(file_format: str, count: int) -> AsyncIterator[bytes]:
    waiting = b""
    for line in _document(file_format, count, "List "):
        waiting += line
        if len(waiting) > 64 * 1024:
            yield waiting
            waiting = b""
    yield waiting


def _document(file_format: str, count: int, list_name: str) -> Iterator[bytes]:
    """Yield the lines of a file with `count` todos in full lists."""
    return {"json": _json, "csv": _csv, "icalendar": _icalendar}[file_format](count, list_name)


def _json(count: int, list_name: str) -> Iterator[bytes]:
    yield b'{"format":"livelist-lists/1","lists":['
    for first in range(0, count, TODOS_PER_LIST):
        name = f"{list_name}{first // TODOS_PER_LIST}"
        numbers = range(first, min(count, first + TODOS_PER_LIST))
        yield (b",\n" if first else b"\n") + orjson.dumps({"id": name, "name": name})[:-1]
        yield b',"todos":['
        for number in numbers:
            todo = {
                "id": f"{name}-{number}", "title": f"Todo {number} of ordinary length",
                "description": TEXT, "status": "pending", "priority": number % 6,
                "labels": [f"Label {number % 7}"], "due": {"date": "2030-12-24"},
                # As many as an account may have.
                "reminders": [{"minutes_before": 30}] if number < 5_000 and number % 5 == 0 else [],
            }  # fmt: skip
            yield (b"\n" if number == first else b",\n") + orjson.dumps(todo)
        yield b'\n],"comments":['
        for number in numbers[::5]:
            comment = {"todo_id": f"{name}-{number}", "author": {"name": "Ben"}, "body": TEXT}
            yield (b"\n" if number == first else b",\n") + orjson.dumps(comment)
        yield b"\n]}"
    yield b"\n]}\n"


def _csv(count: int, list_name: str) -> Iterator[bytes]:
    yield b"list,title,description,status,priority,due,labels,id\r\n"
    for number in range(count):
        name = f"{list_name}{number // TODOS_PER_LIST}"
        yield (
            f"{name},Todo {number} of ordinary length,{TEXT},pending,{number % 6},2030-12-24,"
            f"Label {number % 7},{name}-{number}\r\n"
        ).encode()


def _icalendar(count: int, list_name: str) -> Iterator[bytes]:
    yield b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
    for number in range(count):
        name = f"{list_name}{number // TODOS_PER_LIST}"
        yield (
            f"BEGIN:VTODO\r\nUID:{name}-{number}\r\nSUMMARY:Todo {number} of ordinary length\r\n"
            f"DESCRIPTION:{TEXT}\r\nPRIORITY:{number % 10}\r\nDUE;VALUE=DATE:20301224\r\n"
            f"CATEGORIES:Label {number % 7}\r\nX-LIVELIST-LIST:{name}\r\nEND:VTODO\r\n"
        ).encode()
    yield b"END:VCALENDAR\r\n"


async def export_lists(
    app: FastAPI, authorization: str, file_format: str, file: IO[bytes] | None = None
) -> int:
    """Export all lists into the file; return the size. The client of httpx would hold the whole answer."""
    size = 0

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal size
        size += len(message.get("body", b""))
        assert message.get("status", 200) == 200
        if file is not None:
            file.write(message.get("body", b""))

    async def receive() -> MutableMapping[str, Any]:
        return await asyncio.Future()

    path = "/api/v1/users/me/list-export"
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": f"format={file_format}".encode(), "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", authorization.encode())],
    }  # fmt: skip
    await app(scope, receive, send)
    return size


def _reset_peak() -> None:
    """Set the largest resident set to the present one (Linux, proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """Return the largest resident set since the step began."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
