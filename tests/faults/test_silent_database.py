"""A Postgres behind a line that was cut: nothing comes back, and nobody is told that nothing will."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text, update

from shared.clock import monotonic
from shared.database import engine as database_engine
from shared.database.engine import DatabaseUnavailable
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork
from tests.conftest import empty
from tests.support.api_server import client_of, running_app
from tests.support.services.smtp import SmtpServer
from tests.support.settings import changed_settings, plain_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.jobs import executor
from worker.jobs.context import save_with_retries

# In place of twenty seconds.
SILENCE_SECONDS = 0.4
NOBODY = {"email": "nobody@example.org", "password": "no password of anybody"}


@dataclass
class Cut:
    """A line to the database; once it is cut, what is connected stays so and hears nothing more, for ever.

    Also a connection on which `word` is said.
    """

    is_cut: bool = False
    cuts: int = 0
    word: bytes = b""
    is_over: bool = False
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def cut(self) -> None:
        self.is_cut, self.cuts = True, self.cuts + 1

    def mend(self) -> None:
        """New connections work; those that were cut have lost what was on its way."""
        self.is_cut, self.is_over = False, True

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        is_lost, before = False, self.cuts
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                is_lost |= (
                    self.is_cut or self.cuts > before or (self.word != b"" and self.word in data)
                )
                if not is_lost:
                    writer.write(data)
        writer.close()


@asynccontextmanager
async def a_line(url: str) -> AsyncIterator[tuple[Cut, str]]:
    """Yields a line to that database, and the address of its near end."""
    there, line = make_url(url), Cut()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(there.host, there.port)
        await asyncio.gather(line.pass_on(reader, far_writer), line.pass_on(far_reader, writer))

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        near = there.set(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        yield line, near.render_as_string(hide_password=False)
        for writer in line.writers:
            writer.close()


@pytest.fixture
async def line(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Cut, str]]:
    monkeypatch.setattr(database_engine, "SILENCE_TIMEOUT_SECONDS", SILENCE_SECONDS)
    async with a_line(postgres_url) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path, line: tuple[Cut, str], smtp: SmtpServer) -> Settings:
    return plain_settings(
        tmp_path,
        database_url=line[1],
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
        await empty(opened)
        yield opened


async def test_whoever_asks_is_not_kept_and_the_next_one_is_answered(
    resources: Resources, line: tuple[Cut, str]
) -> None:
    transport, _ = line
    began = monotonic()
    with pytest.raises(DatabaseUnavailable):
        async with resources.begin_read() as read:
            transport.cut()
            await read.connection.execute(text("SELECT 1"))
    transport.mend()

    async with resources.begin_read() as read:
        assert await read.connection.scalar(text("SELECT 2")) == 2

    # The statement, and the goodbye to its connection, which asyncpg gives two seconds.
    assert monotonic() - began < SILENCE_SECONDS + 2 + 2


async def test_a_worker_sends_what_is_due_once_the_line_is_mended(
    resources: Resources,
    settings: Settings,
    line: tuple[Cut, str],
    smtp: SmtpServer,
    postgres_url: str,
) -> None:
    transport, _ = line
    worker = WorkerHarness(resources, settings)
    beside = changed_settings(settings, database_url=postgres_url)
    async with open_resources(beside) as others:
        builder = JobBuilder(others)
        await builder.add_messages(await World(others).user(), 3)
        sweeping = asyncio.create_task(worker.sweeper.run())
        await smtp.wait_for(3)

        transport.cut()
        await asyncio.sleep(SILENCE_SECONDS)  # in the middle of some statement of its sweep
        transport.mend()
        await builder.add_messages(await World(others).user(), 3)

        await smtp.wait_for(6, 10)
        await worker.executor.drain(5)
        await sweeping
    await worker.pushes.close()


async def test_an_effect_is_saved_once_the_line_is_mended(
    resources: Resources, line: tuple[Cut, str]
) -> None:
    transport, _ = line
    await World(resources).user()

    async def write(work: UnitOfWork) -> None:
        if not transport.is_over:
            transport.cut()
            asyncio.get_running_loop().call_later(2 * SILENCE_SECONDS, transport.mend)
        await work.connection.execute(update(UserRow).values(status="disabled"))

    await save_with_retries(resources, write)

    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(UserRow.status)) == "disabled"
    assert transport.is_over


@pytest.fixture
async def patient(
    resources: Resources, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Resources]:
    """On the same line, of somebody who waits for a silent answer longer than any test."""
    monkeypatch.setattr(database_engine, "SILENCE_TIMEOUT_SECONDS", 60)
    async with open_resources(settings) as opened:
        yield opened


async def test_a_heartbeat_ends_in_time_though_its_commit_hangs(
    patient: Resources, line: tuple[Cut, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, _ = line
    monkeypatch.setattr(executor, "RENEW_SECONDS", 0.3)
    worker = WorkerHarness(patient, patient.settings)
    assert await worker.executor.renew_leases()
    transport.word, began = b"COMMIT", monotonic()

    assert not await worker.executor.renew_leases()

    assert monotonic() - began < 3
    transport.word = b""
    await worker.pushes.close()


async def test_connections_at_rest_that_were_cut_are_asked_and_not_waited_for(
    patient: Resources, line: tuple[Cut, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, _ = line
    monkeypatch.setattr(database_engine, "PING_AFTER_IDLE_SECONDS", 0)
    async with patient.begin_read() as one, patient.begin_read() as two:
        for read in (one, two):
            await read.connection.execute(text("SELECT 1"))
    transport.cut()
    transport.mend()
    began = monotonic()

    async with patient.begin_read() as one, patient.begin_read() as two:
        found = [await read.connection.scalar(text("SELECT 2")) for read in (one, two)]

    # One question, and two goodbyes, for which asyncpg waits two seconds each.
    assert monotonic() - began < database_engine.PING_TIMEOUT_SECONDS + 2 * 2 + 2
    assert found == [2, 2]


async def test_the_api_says_that_the_database_is_away_and_goes_on_when_it_is_back(
    settings: Settings, line: tuple[Cut, str]
) -> None:
    transport, _ = line
    async with running_app(settings) as app, client_of(app) as client:
        before = await client.post("/api/v1/auth/login", json=NOBODY)
        transport.cut()
        silent = await client.post("/api/v1/auth/login", json=NOBODY)
        transport.mend()
        after = await client.post("/api/v1/auth/login", json=NOBODY)

    assert [one.status_code for one in (before, silent, after)] == [401, 503, 401]
    assert silent.json()["code"] == "unavailable"


async def test_the_api_says_so_of_a_database_that_refuses_connections(settings: Settings) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = make_url(settings.database.url).set(port=nobody.getsockname()[1])
        settings = changed_settings(
            settings, database_url=away.render_as_string(hide_password=False)
        )
        async with running_app(settings) as app, client_of(app) as client:
            refused = await client.post("/api/v1/auth/login", json=NOBODY)

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
