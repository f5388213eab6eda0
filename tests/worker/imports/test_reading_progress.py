"""How far the reading of a file is, while it is read."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from itertools import accumulate, count, takewhile
from typing import Any

import httpx
import pytest

from shared.actor import Actor
from shared.contract.interop.imports import ImportKind
from shared.database.errors import DatabaseError
from shared.ids import ImportId, user_stream
from shared.imports.commands import record_change
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork
from tests.support.imports import Importer
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.imports import kinds, reading_progress
from worker.imports.items import ImportedList, ImportedTodo, Item, Options, Reader
from worker.imports.source import Source

PATIENCE_SECONDS = 20


@pytest.fixture
async def ana(world: World) -> Actor:
    return await world.user("Ana")


@pytest.fixture
def importer(client: httpx.AsyncClient, resources: Resources, ana: Actor) -> Importer:
    return Importer(client, resources, ana)


class SlowReader:
    """Reads two todos, and two more each time it is let go on, up to six; or one a millisecond."""

    def __init__(self) -> None:
        self.go_on, self.is_endless = threading.Semaphore(0), False

    def read(self, source: Source, options: Options) -> Iterator[Item]:
        yield ImportedList("one", "One")
        for number in count(1):
            yield ImportedTodo("one", str(number), f"Todo {number}", number)
            if self.is_endless:
                time.sleep(0.001)
            elif number % 2 == 0:
                self.go_on.acquire()
                if number == 6:
                    return


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowReader]:
    reader = SlowReader()
    readers: Mapping[ImportKind, Reader] = {**kinds.READERS, ImportKind.TODO_TXT: reader.read}
    monkeypatch.setattr(kinds, "READERS", readers)
    monkeypatch.setattr(reading_progress, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(reading_progress, "GROWTH", 1.0)
    yield reader
    # A test that failed leaves no thread behind.
    reader.go_on.release(3)


async def _read_until(importer: Importer, import_id: str, done: int) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (shown := await importer.read(import_id))["todos_done"] != done:
            await asyncio.sleep(0.01)
    return shown


async def test_clients_see_how_many_todos_were_read(
    importer: Importer, world: World, ana: Actor, worker: WorkerHarness, slow: SlowReader
) -> None:
    import_id = await importer.upload(b"Milk\n", "todo.txt")
    reading = asyncio.create_task(worker.run_once())

    for done in (2, 4, 6):
        shown = await _read_until(importer, import_id, done)
        assert (shown["state"], shown["todos_total"]) == ("previewing", 0)
        slow.go_on.release()
    await reading

    events = await world.events(user_stream(ana.user_id))
    states = [
        (each["data"]["file_import"]["state"], each["data"]["file_import"]["todos_done"])
        for each in events
        if each["event"] == "import.changed"
    ]
    # What did not change is not told again.
    assert states == [
        ("previewing", 0), ("previewing", 2), ("previewing", 4), ("previewing", 6), ("ready", 0),
    ]  # fmt: skip
    assert (await importer.read(import_id))["todos_total"] == 6


async def test_a_database_that_refuses_to_show_progress_does_not_end_the_reading(
    importer: Importer, worker: WorkerHarness, slow: SlowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [DatabaseError("deadlock detected", sqlstate="40P01", is_transient=True)]

    async def refuse_once(work: UnitOfWork, import_id: ImportId) -> None:
        if errors:
            raise errors.pop()
        await record_change(work, import_id)

    monkeypatch.setattr(reading_progress, "record_change", refuse_once)
    import_id = await importer.upload(b"Milk\n", "todo.txt")
    reading = asyncio.create_task(worker.run_once())

    await _read_until(importer, import_id, 2)
    slow.go_on.release(3)
    await reading

    shown = await importer.read(import_id)
    assert (errors, shown["state"], shown["todos_total"]) == ([], "ready", 6)


@pytest.mark.parametrize("how", ["cancel", "read in another way"])
async def test_a_reading_that_nobody_wants_any_more_stops(
    importer: Importer, worker: WorkerHarness, slow: SlowReader, how: str
) -> None:
    slow.is_endless = True
    import_id = await importer.upload(b"Milk\n", "todo.txt")
    reading = asyncio.create_task(worker.run_once())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await importer.read(import_id))["todos_done"] == 0:
            await asyncio.sleep(0.01)

    if how == "cancel":
        await importer.post(import_id, "cancel")
    else:
        body = {"kind": "markdown"}
        path = f"/api/v1/imports/{import_id}"
        await importer.client.patch(path, json=body, headers=importer.headers)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reading

    state = (await importer.read(import_id))["state"]
    assert state == ("cancelled" if how == "cancel" else "previewing")


async def test_a_file_that_is_refused_later_shows_no_progress(
    importer: Importer, worker: WorkerHarness, slow: SlowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.imports.staging.MAX_TODOS", 3)
    import_id = await importer.upload(b"Milk\n", "todo.txt")
    reading = asyncio.create_task(worker.run_once())
    await _read_until(importer, import_id, 2)

    slow.go_on.release()
    await reading

    shown = await importer.read(import_id)
    assert (shown["state"], shown["todos_done"]) == ("failed", 0)


def test_the_number_of_events_is_bounded_however_long_a_file_takes() -> None:
    def events_within(seconds: float) -> int:
        return len(list(takewhile(lambda at: at < seconds, accumulate(reading_progress.pauses()))))

    assert events_within(10) == 5
    assert events_within(15 * 60) == 24
