"""Postgres behind a network connection that was cut: no answer comes, and no error either."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text, update

from shared.clock import monotonic
from shared.database import postgres
from shared.database.errors import DatabaseUnavailable
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork
from tests.support.api_server import client_of, running_app
from tests.support.faults.network_proxy import DatabaseProxy, open_database_proxy
from tests.support.services.smtp import SmtpServer
from tests.support.settings import changed_settings, plain_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs import executor
from worker.jobs.saving import save_with_retries

# Replaces the timeout of twenty seconds.
SILENCE_SECONDS = 0.4
UNKNOWN_USER = {"email": "nobody@example.org", "password": "no password of anybody"}


@pytest.fixture
async def proxy(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[DatabaseProxy]:
    monkeypatch.setattr(postgres, "SILENCE_TIMEOUT_SECONDS", SILENCE_SECONDS)
    async with open_database_proxy(empty_postgres_url) as proxy:
        yield proxy


@pytest.fixture
def settings(tmp_path: Path, proxy: DatabaseProxy, smtp: SmtpServer) -> Settings:
    return plain_settings(
        tmp_path,
        database_url=proxy.url,
        redis_url="",
        mail_server=smtp.host,
        mail_port=smtp.port,
        mail_starttls=False,
        mail_from="livelist@example.com",
    )


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    async with SmtpServer() as server:
        yield server


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    async with open_resources(settings) as opened:
        yield opened


async def test_a_statement_times_out_and_the_next_one_is_answered(
    resources: Resources, proxy: DatabaseProxy
) -> None:
    began = monotonic()
    with pytest.raises(DatabaseUnavailable):
        async with resources.begin_read() as read:
            proxy.cut()
            await read.connection.execute(text("SELECT 1"))
    proxy.mend()

    async with resources.begin_read() as read:
        assert await read.connection.scalar(text("SELECT 2")) == 2

    # The statement, and closing its connection, for which asyncpg waits two seconds; the rest is for
    # a busy machine.
    assert monotonic() - began < SILENCE_SECONDS + 2 + 8


async def test_a_worker_sends_due_mails_once_the_connection_is_mended(
    resources: Resources,
    settings: Settings,
    proxy: DatabaseProxy,
    smtp: SmtpServer,
    postgres_url: str,
) -> None:
    worker = WorkerHarness(resources, settings)
    direct = changed_settings(settings, database_url=postgres_url)
    async with open_resources(direct) as outside:
        builder = JobBuilder(outside)
        await builder.add_messages(await World(outside).user(), 3)
        sweeping = asyncio.create_task(worker.sweeper.run())
        await smtp.wait_for(3)

        proxy.cut()
        await asyncio.sleep(SILENCE_SECONDS)  # in the middle of some statement of its sweep
        proxy.mend()
        await builder.add_messages(await World(outside).user(), 3)

        await smtp.wait_for(6)
        await worker.executor.drain(5)
        await sweeping
    await worker.pushes.close()


async def test_an_effect_is_saved_once_the_connection_is_mended(
    resources: Resources, proxy: DatabaseProxy
) -> None:
    await World(resources).user()

    async def write(work: UnitOfWork) -> None:
        if not proxy.is_mended:
            proxy.cut()
            asyncio.get_running_loop().call_later(2 * SILENCE_SECONDS, proxy.mend)
        await work.connection.execute(update(UserRow).values(status="disabled"))

    await save_with_retries(resources, write)

    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(UserRow.status)) == "disabled"
    assert proxy.is_mended


@pytest.fixture
async def resources_with_long_timeout(
    resources: Resources, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Resources]:
    """Resources behind the same proxy whose timeout is longer than any test."""
    monkeypatch.setattr(postgres, "SILENCE_TIMEOUT_SECONDS", 60)
    async with open_resources(settings) as opened:
        yield opened


async def test_a_heartbeat_ends_in_time_even_if_its_commit_hangs(
    resources_with_long_timeout: Resources, proxy: DatabaseProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "RENEW_SECONDS", 0.3)
    worker = WorkerHarness(resources_with_long_timeout, resources_with_long_timeout.settings)
    assert await worker.executor.renew_leases()
    proxy.cut_at, began = b"COMMIT", monotonic()

    assert not await worker.executor.renew_leases()

    # Far less than the time limit of a statement here, a minute.
    assert monotonic() - began < 15
    proxy.cut_at = b""
    await worker.pushes.close()


async def test_idle_connections_that_were_cut_are_pinged_and_replaced(
    resources_with_long_timeout: Resources, proxy: DatabaseProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PING_AFTER_IDLE_SECONDS", 0)
    async with (
        resources_with_long_timeout.begin_read() as first,
        resources_with_long_timeout.begin_read() as second,
    ):
        for read in (first, second):
            await read.connection.execute(text("SELECT 1"))
    proxy.cut()
    proxy.mend()
    began = monotonic()

    async with (
        resources_with_long_timeout.begin_read() as first,
        resources_with_long_timeout.begin_read() as second,
    ):
        found = [await read.connection.scalar(text("SELECT 2")) for read in (first, second)]

    # One ping, and closing two connections, for which asyncpg waits two seconds each.
    assert monotonic() - began < postgres.PING_TIMEOUT_SECONDS + 2 * 2 + 8
    assert found == [2, 2]


async def test_the_api_answers_503_while_the_database_is_unavailable(
    settings: Settings, proxy: DatabaseProxy
) -> None:
    async with running_app(settings) as app, client_of(app) as client:
        before = await client.post("/api/v1/auth/login", json=UNKNOWN_USER)
        proxy.cut()
        silent = await client.post("/api/v1/auth/login", json=UNKNOWN_USER)
        proxy.mend()
        after = await client.post("/api/v1/auth/login", json=UNKNOWN_USER)

    assert [answer.status_code for answer in (before, silent, after)] == [401, 503, 401]
    assert silent.json()["code"] == "unavailable"


async def test_the_api_answers_503_if_the_database_refuses_connections(settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = make_url(settings.database.url).set(port=unused.getsockname()[1])
        settings = changed_settings(
            settings, database_url=away.render_as_string(hide_password=False)
        )
        async with running_app(settings) as app, client_of(app) as client:
            refused = await client.post("/api/v1/auth/login", json=UNKNOWN_USER)

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
