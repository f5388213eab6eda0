"""A worker that is killed while it writes an export: the next one goes on, to one document and one mail."""

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.personal_data import DataExportRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.forked_workers import fork_worker, worker_environment
from tests.support.personal_data import Exporter, add_long_todos
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from tests.worker.conftest import builder, settings, smtp

__all__ = ["builder", "settings", "smtp"]


async def _end_leases(resources: Resources) -> None:
    """End the lease of the dead worker, which would last for thirty seconds."""
    async with resources.begin() as work:
        await work.connection.execute(
            update(JobRow).where(JobRow.state == "leased").values(lease_until=work.now)
        )


async def _wait_until_done(resources: Resources) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with resources.begin_read() as read:
                states = set(await read.connection.scalars(select(DataExportRow.state)))
            if states == {"done"}:
                return
            await asyncio.sleep(0.02)  # another process writes the database


@pytest.mark.parametrize("failpoint", ["export_page_saved:kill:2", "job_finished:kill"])
async def test_an_export_whose_worker_is_killed_is_completed_once(
    client: httpx.AsyncClient,
    settings: Settings,
    resources: Resources,
    world: World,
    builder: JobBuilder,
    smtp: SmtpServer,
    failpoint: str,
) -> None:
    ana = await world.user("Ana")
    ids = await add_long_todos(resources, await world.list(ana), ana, 120)
    await builder.skip_chores()
    exporter = Exporter(client, resources, ana)
    await exporter.request()
    environment = worker_environment(settings, settings.mail.server, settings.mail.port)

    folder = Path(settings.data_dir)
    async with fork_worker("first", folder, environment | {"FAILPOINT": failpoint}) as first:
        assert await first.wait(DEADLINE_SECONDS) == -9
    await _end_leases(resources)
    async with fork_worker("second", folder, environment):
        await _wait_until_done(resources)
        await smtp.wait_for(1, DEADLINE_SECONDS)

        todos = (await exporter.document())["todos"]
        assert [todo["id"] for todo in todos] == sorted(ids)
    assert [mail.subject for mail in smtp.received] == ["Your data are ready"]
