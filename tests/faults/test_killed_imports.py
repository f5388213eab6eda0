"""A worker that is killed while it imports a file: the next one goes on, with nothing doubled or lost."""

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from shared.resources import Resources
from shared.settings import Settings
from shared.tables.interop.imports import ImportRow
from shared.tables.jobs import JobRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.attachments import insert_attachment
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.forked_workers import fork_worker, worker_environment
from tests.support.imports import Importer
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.conftest import builder, settings, smtp, worker

__all__ = ["builder", "settings", "smtp", "worker"]

TODOS = 450


async def _end_leases(resources: Resources) -> None:
    """End the lease of the dead worker, which would last for thirty seconds."""
    async with resources.begin() as work:
        await work.connection.execute(
            update(JobRow).where(JobRow.state == "leased").values(lease_until=work.now)
        )


async def _wait_for_state(resources: Resources, state: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with resources.begin_read() as read:
                states = set(await read.connection.scalars(select(ImportRow.state)))
            if states == {state}:
                return
            await asyncio.sleep(0.02)  # another process writes the database


async def _kill_and_complete(settings: Settings, resources: Resources, failpoint: str) -> None:
    """Run a worker that the failpoint kills, and another until the import is done."""
    environment = worker_environment(settings, settings.mail.server, settings.mail.port)
    folder = Path(settings.data_dir)
    async with fork_worker("first", folder, environment | {"FAILPOINT": failpoint}) as first:
        assert await first.wait(DEADLINE_SECONDS) == -9
    await _end_leases(resources)
    async with fork_worker("second", folder, environment):
        await _wait_for_state(resources, "done")


@pytest.mark.parametrize("failpoint", ["import_page_saved:kill:3", "job_finished:kill"])
async def test_an_import_whose_worker_is_killed_is_completed_once(
    client: httpx.AsyncClient,
    settings: Settings,
    resources: Resources,
    world: World,
    builder: JobBuilder,
    smtp: SmtpServer,
    worker: WorkerHarness,
    failpoint: str,
) -> None:
    importer = Importer(client, resources, await world.user("Ana"))
    content = b"".join(b"Todo %d\n" % number for number in range(TODOS))
    import_id = await importer.upload(content, "todo.txt")
    await worker.run_once()
    await builder.skip_chores()
    await importer.post(import_id, "start")

    await _kill_and_complete(settings, resources, failpoint)

    done = await importer.read(import_id)
    assert (done["todos_created"], done["todos_skipped"]) == (TODOS, 0)
    (exported,) = (await importer.export())["lists"]
    assert [todo["title"] for todo in exported["todos"]] == [f"Todo {n}" for n in range(TODOS)]


@pytest.mark.parametrize("failpoint", ["attachment_stored:kill:2", "import_page_saved:kill:3"])
async def test_an_import_of_files_whose_worker_is_killed_attaches_each_once(
    client: httpx.AsyncClient,
    settings: Settings,
    resources: Resources,
    world: World,
    builder: JobBuilder,
    smtp: SmtpServer,
    worker: WorkerHarness,
    failpoint: str,
) -> None:
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    todo = await world.run(create_todo, ana, list_id, NewTodo(title="Trip"), Placement())
    names = [f"{number}.txt" for number in range(45)]
    for name in names:
        await insert_attachment(resources, ana, todo.id, name=name)
    importer = Importer(client, resources, await world.user("Ben"))
    exported = await client.get(
        f"/api/v1/lists/{list_id}/export?format=zip",
        headers=Importer(client, resources, ana).headers,
    )
    import_id = await importer.upload(exported.content, "livelist.zip")
    await worker.run_once()
    await builder.skip_chores()
    await importer.post(import_id, "start")

    await _kill_and_complete(settings, resources, failpoint)

    done = await importer.read(import_id)
    assert (done["todos_created"], done["files_done"], done["problem_count"]) == (1, 45, 0)
    (attached,) = (await importer.export())["lists"][0]["todos"]
    assert [file["name"] for file in attached["attachments"]] == names
