"""Import 100,000 todos from our JSON and export them again: the time, and the memory of the process.

    .venv/bin/python -m bench.import_memory [--todos 100000]

Worker and API are this process, on SQLite. The memory is the resident set at its highest during the step
(VmHWM of Linux), less what it is before the first upload. The export is not held by its reader.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from api.main import create_app
from console.schema.upgrade import upgrade
from shared.clock import monotonic
from shared.contract.interop.imports import ImportState
from shared.ids import new_id
from tests.support.imports import Importer
from tests.support.settings import plain_settings
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

MEBIBYTE = 1024 * 1024
TODOS_PER_LIST = 10_000


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--todos", type=int, default=100_000)
    count: int = parser.parse_args().todos
    with tempfile.TemporaryDirectory() as folder:
        await _measure(Path(folder), count)


async def _measure(folder: Path, count: int) -> None:
    settings = plain_settings(
        folder, database_url=f"sqlite:///{folder}/bench.db", redis_url="", rate_limits=False
    )
    await asyncio.to_thread(upgrade, settings)
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=600) as client,
    ):
        resources = app.state.resources
        importer = Importer(client, resources, await World(resources).user("Ana"))
        worker = WorkerHarness(resources, settings)
        await importer.upload(b"Milk\n", "todo.txt")
        await worker.run_once()
        _begin_step()
        base = _peak()
        print(f"before: {base:.0f} MiB")
        begun = monotonic()
        answer = await importer.send(_document(count), "lists.json")
        import_id = str(answer.json()["id"])
        begun = _report("upload", begun, base)
        await worker.run_once()
        begun = _report("preview", begun, base)
        await importer.post(import_id, "start")
        await worker.run_once()
        done = await importer.read(import_id)
        assert done["state"] == ImportState.DONE.value, done["error"]
        begun = _report(f"import of {done['todos_created']}", begun, base)
        size = await _export(app, importer.headers["Authorization"])
        _report(f"export of {size / MEBIBYTE:.0f} MiB", begun, base)


async def _document(count: int) -> AsyncIterator[bytes]:
    """Yield our JSON with `count` todos in full lists."""
    yield b'{"format":"livelist-lists/1","lists":['
    for number in range(count):
        place = number % TODOS_PER_LIST
        if place == 0:
            separator = b"" if number == 0 else b"\n]},"
            head = {"id": new_id(), "name": f"List {number // TODOS_PER_LIST}", "labels": []}
            yield separator + orjson.dumps(head)[:-1] + b',"todos":['
        todo = {
            "id": new_id(), "title": f"Todo {number} of a list of ordinary length",
            "description": "A line or two about what is to be done. " * 3, "status": "pending",
            "priority": number % 6, "labels": [f"Label {number % 7}"],
            "due": {"date": "2030-12-24"},
        }  # fmt: skip
        yield (b"\n" if place == 0 else b",\n") + orjson.dumps(todo)
    yield b"\n]}]}"


async def _export(app: FastAPI, authorization: str) -> int:
    """Export all lists; return the size. The client of httpx would hold the whole answer."""
    size = 0

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal size
        size += len(message.get("body", b""))
        assert message.get("status", 200) == 200

    async def receive() -> MutableMapping[str, Any]:
        return await asyncio.Future()

    path = "/api/v1/users/me/list-export"
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", authorization.encode())],
    }  # fmt: skip
    await app(scope, receive, send)
    return size


def _report(step: str, begun: float, base: float) -> float:
    now = monotonic()
    print(f"{step}: {now - begun:.1f} s, {_peak() - base:+.0f} MiB", flush=True)
    _begin_step()
    return now


def _begin_step() -> None:
    """Set the largest resident set to the present one (Linux, proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """Return the largest resident set since the step began."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    asyncio.run(main())
