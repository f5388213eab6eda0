"""A worker's surroundings: a real mail server, and settings that name it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from shared.clock import SetClock
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.conftest import plain_settings
from tests.services.smtp import SmtpServer
from tests.worker.scene import Bench, Scene

# When the tests of clean-up take place.
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


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


@pytest_asyncio.fixture
async def later(settings: Settings, resources: Resources) -> AsyncIterator[Resources]:
    """The same database, seen at NOW."""
    async with open_resources(settings, SetClock(NOW)) as opened:
        yield opened
