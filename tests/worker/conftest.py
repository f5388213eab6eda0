"""A worker's surroundings: a real mail server, and settings that name it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.resources import Resources
from shared.settings import Settings
from tests.conftest import plain_settings
from tests.services.smtp import SmtpServer
from tests.worker.scene import Bench, Scene


@pytest_asyncio.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    async with SmtpServer() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str, smtp: SmtpServer) -> Settings:
    return plain_settings(
        tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        mail_server=smtp.host,
        mail_port=smtp.port,
        mail_starttls=False,
        mail_from="livelist@example.com",
    )


@pytest.fixture
def scene(resources: Resources) -> Scene:
    return Scene(resources)


@pytest.fixture
def bench(resources: Resources, settings: Settings) -> Bench:
    return Bench(resources, settings)
