"""Export and import lists with attached files: time, and the memory of the process.

    .venv/bin/python -m bench.attached_files [--mebibytes 400] [--size-kibibytes 4096] [--database sqlite]

One process is API and worker. The files are in a folder, as is the archive that the export writes and the
import reads. The memory is measured as by `bench.interop`, after an export and import of one file.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from fastapi import FastAPI

from bench.interop import DATABASES, MEBIBYTE, Measurement, application, export_lists
from shared.actor import Actor
from shared.contract.interop.imports import ImportState
from shared.ids import ListId
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.attachments import insert_attachment
from tests.support.imports import Importer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

FILES_PER_TODO = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=400)
    parser.add_argument("--size-kibibytes", type=int, default=4096)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    given = parser.parse_args()
    count = given.mebibytes * 1024 // given.size_kibibytes
    asyncio.run(_run(given.database, count, given.size_kibibytes * 1024))


async def _run(database: str, count: int, size: int) -> None:
    async with application(database) as (app, client, settings):
        resources = app.state.resources
        world, worker = World(resources), WorkerHarness(resources, settings)
        ana, ben = [Importer(client, resources, await world.user(name)) for name in ("Ana", "Ben")]
        list_id = await world.list(ana.user)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lists.zip"
            await _attach(world, ana.user, list_id, 1, size)
            # So that everything is loaded, and the caches of statements are full.
            await _export(app, ana, path)
            await _import(ben, worker, path, None)
            await _attach(world, ana.user, list_id, count, size)
            run = Measurement(f"{database}, {count} files of {size // 1024} KiB")
            run.begin()
            written = await _export(app, ana, path) / MEBIBYTE
            run.end_step(f"export of {written:.0f} MiB", written, " MiB")
            await _import(ben, worker, path, run)


async def _attach(world: World, user: Actor, list_id: ListId, count: int, size: int) -> None:
    for first in range(0, count, FILES_PER_TODO):
        todo = await world.run(create_todo, user, list_id, NewTodo(title="T"), Placement())
        for number in range(first, min(count, first + FILES_PER_TODO)):
            name, content = f"{number}.bin", os.urandom(size)
            await insert_attachment(world.resources, user, todo.id, name=name, content=content)


async def _export(app: FastAPI, importer: Importer, path: Path) -> int:
    with path.open("wb") as file:
        return await export_lists(app, importer.headers["Authorization"], "zip", file)


async def _import(
    importer: Importer, worker: WorkerHarness, path: Path, run: Measurement | None
) -> None:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END) / MEBIBYTE
        file.seek(0)
        answer = await importer.send(_parts(file), "lists.zip")
    import_id = str(answer.json()["id"])
    if run:
        run.end_step("upload", size, " MiB")
    await worker.run_once()
    if run:
        run.end_step("preview", size, " MiB")
    await importer.post(import_id, "start")
    await worker.run_once()
    done = await importer.read(import_id)
    assert done["state"] == ImportState.DONE.value, done
    assert done["problem_count"] == 0, done
    if run:
        run.end_step(f"import of {done['files_done']} files", size, " MiB")


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    while part := file.read(64 * 1024):
        yield part


if __name__ == "__main__":
    main()
