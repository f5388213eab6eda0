"""Exports and imports with files whose bytes are in a bucket of an S3 server."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from shared.resources import Resources
from shared.settings import Settings
from tests.support.imports import Importer
from tests.support.services.s3 import S3Server, s3_server
from tests.support.services.smtp import SmtpServer
from tests.support.settings import plain_settings
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.imports.test_file_round_trip import archive_of, contents, make_list

# The storage does not depend on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest_asyncio.fixture(scope="module")
async def s3() -> AsyncIterator[S3Server]:
    async with s3_server() as server:
        yield server


@pytest.fixture
def settings(
    tmp_path: Path, database_url: str, redis_url: str, smtp: SmtpServer, s3: S3Server
) -> Settings:
    return plain_settings(
        tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        mail_server=smtp.host,
        mail_port=smtp.port,
        mail_starttls=False,
        mail_from="livelist@example.com",
        **s3.settings,
    )


async def test_files_are_the_same_after_a_round_trip_by_a_bucket(
    client: httpx.AsyncClient,
    resources: Resources,
    world: World,
    worker: WorkerHarness,
    tmp_path: Path,
) -> None:
    ana, ben = [Importer(client, resources, await world.user(name)) for name in ("Ana", "Ben")]
    await make_list(world, ana.user)
    exported = await archive_of(ana)

    done = await ben.complete(worker, exported, "livelist.zip")

    assert (done["state"], done["files_done"], done["problem_count"]) == ("done", 7, 0)
    files = contents(await archive_of(ben))[1]
    assert {title: [data for _, _, data in each] for title, each in files.items()} == {
        title: [data for _, _, data in each] for title, each in contents(exported)[1].items()
    }
    assert not (tmp_path / "attachments").exists()
