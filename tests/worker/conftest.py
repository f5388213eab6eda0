"""Fixtures for tests of the worker: a real mail server, settings, builders, a push service."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.clock import ManualClock
from tests.support.services.push_service import PushService
from tests.support.services.smtp import SmtpServer
from tests.support.settings import plain_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.push import PushScenario, subscribe_browser
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

# The time in tests of clean-up.
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
        push_to_private_addresses=True,
        webhooks_to_private_addresses=True,
    )


@pytest.fixture
def builder(resources: Resources) -> JobBuilder:
    return JobBuilder(resources)


@pytest_asyncio.fixture
async def worker(resources: Resources, settings: Settings) -> AsyncIterator[WorkerHarness]:
    opened = WorkerHarness(resources, settings)
    yield opened
    await opened.pushes.close()
    await opened.webhooks.close()


@pytest_asyncio.fixture
async def service() -> AsyncIterator[PushService]:
    """The push service of the test's browsers."""
    async with PushService() as opened:
        yield opened


@pytest.fixture
async def home(world: World) -> tuple[Actor, Actor, ListId]:
    """Ana, Ben, and Ben's list, of which Ana is an editor."""
    ana, ben = await world.user("Ana"), await world.user("Ben")
    return ana, ben, await world.list(ben, (ana, Role.EDITOR), name="House move")


@pytest_asyncio.fixture
async def scenario(
    world: World, worker: WorkerHarness, service: PushService, home: tuple[Actor, Actor, ListId]
) -> PushScenario:
    ana, ben, list_id = home
    phone = await subscribe_browser(world, ana, service, worker.pushes.public_key)
    return PushScenario(world, worker, service, ana, ben, list_id, phone)


@pytest_asyncio.fixture
async def later(settings: Settings, resources: Resources) -> AsyncIterator[Resources]:
    """The same database at the time NOW."""
    async with open_resources(settings, ManualClock(NOW)) as opened:
        yield opened
