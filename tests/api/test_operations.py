"""Health and metrics, as machines ask for them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.main import create_app
from api.operations import health
from api.operations.health import HealthChecker
from shared.clock import monotonic
from shared.contract.jobs import CleanUp
from shared.database.connections import Database
from shared.ids import new_id
from shared.resources import open_resources
from shared.settings import Settings
from shared.tables.jobs import WorkerRow
from tests.support.api_server import client_of, running_app
from tests.support.settings import changed_settings, plain_settings


@asynccontextmanager
async def a_silent_server() -> AsyncIterator[int]:
    """Yields the port of a server that accepts and never says a word."""
    held: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in held:
            writer.close()


@pytest.fixture
def migrated(settings: Settings, sqlite_template: Path) -> Settings:
    """Settings with a migrated database, and neither broker nor worker."""
    shutil.copy(sqlite_template, settings.data_dir / "livelist.db")
    return settings


async def see_worker(settings: Settings, seconds_ago: int) -> None:
    async with open_resources(settings) as resources, resources.begin() as work:
        seen = work.now - timedelta(seconds=seconds_ago)
        await work.connection.execute(
            insert(WorkerRow).values(id=new_id(), host="box", started_at=seen, seen_at=seen)
        )


async def test_all_is_well(migrated: Settings, redis_url: str) -> None:
    await see_worker(migrated, seconds_ago=1)
    with_broker = changed_settings(migrated, redis_url=redis_url)

    async with running_app(with_broker) as app, client_of(app) as client:
        summary = await client.get("/health")
        ready = await client.get("/health/ready")

    assert (summary.status_code, ready.status_code) == (200, 200)
    assert summary.json() == {
        "status": "ok",
        "checks": {"database": "ok", "broker": "ok", "worker": "ok"},
    }


async def test_without_a_broker_it_is_degraded_and_ready(migrated: Settings) -> None:
    await see_worker(migrated, seconds_ago=1)

    async with running_app(migrated) as app, client_of(app) as client:
        summary = await client.get("/health")
        ready = await client.get("/health/ready")

    assert (summary.status_code, ready.status_code) == (200, 200)
    assert summary.json() == {
        "status": "degraded",
        "checks": {"database": "ok", "broker": "degraded", "worker": "ok"},
    }


@pytest.mark.parametrize("seen", [None, 60])
async def test_without_a_worker_it_is_degraded_and_ready(
    migrated: Settings, redis_url: str, seen: int | None
) -> None:
    if seen is not None:
        await see_worker(migrated, seconds_ago=seen)
    with_broker = changed_settings(migrated, redis_url=redis_url)

    async with running_app(with_broker) as app, client_of(app) as client:
        ready = await client.get("/health/ready")

    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "broker": "ok", "worker": "degraded"}


async def test_metrics_tell_how_the_queue_stands(migrated: Settings) -> None:
    await see_worker(migrated, seconds_ago=1)
    async with open_resources(migrated) as resources, resources.begin() as work:
        work.add_job(CleanUp(chore="tokens"), run_at=work.now - timedelta(minutes=5))

    async with running_app(migrated) as app, client_of(app) as client:
        told = (await client.get("/metrics")).text

    assert 'livelist_jobs{kind="clean_up",state="queued"} 1.0' in told
    assert "livelist_workers 1.0" in told
    (late,) = [line for line in told.splitlines() if line.startswith("livelist_jobs_oldest_due")]
    assert 299 < float(late.split()[1]) < 330


async def test_metrics_answer_without_the_queue(client: httpx.AsyncClient) -> None:
    # No database: it was never migrated.
    told = await client.get("/metrics")

    assert told.status_code == 200
    assert "livelist_workers NaN" in told.text


async def test_a_broker_that_does_not_answer_is_given_up_in_time(settings: Settings) -> None:
    async with a_silent_server() as port:
        stuck = changed_settings(settings, redis_url=f"redis://127.0.0.1:{port}")
        async with running_app(stuck) as app, client_of(app) as client:
            began = monotonic()
            ready = await client.get("/health/ready")
            took = monotonic() - began

    assert ready.status_code == 200
    assert ready.json()["checks"]["broker"] == "degraded"
    assert took < health.CHECK_TIMEOUT_SECONDS + 1


@pytest.mark.parametrize("kind", ["refuses", "silent"])
async def test_without_its_database_it_is_down_but_alive(settings: Settings, kind: str) -> None:
    async with a_silent_server() as port:
        address = port if kind == "silent" else 1
        away = plain_settings(
            settings.data_dir, database_url=f"postgresql+asyncpg://a:b@127.0.0.1:{address}/a"
        )
        async with running_app(away) as app, client_of(app) as client:
            began = monotonic()
            summary, ready = await asyncio.gather(
                client.get("/health"), client.get("/health/ready")
            )
            took = monotonic() - began
            live = await client.get("/health/live")

    assert (summary.status_code, ready.status_code, live.status_code) == (503, 503, 200)
    assert summary.json()["status"] == "down"
    assert took < health.CHECK_TIMEOUT_SECONDS + 1


async def test_a_crowd_that_asks_costs_one_look(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    read = Database.read_connection

    @asynccontextmanager
    async def counted(database: Database) -> AsyncIterator[AsyncConnection]:
        nonlocal looks
        looks += 1
        async with read(database) as connection:
            yield connection

    monkeypatch.setattr(Database, "read_connection", counted)
    async with open_resources(settings) as resources:
        watched = HealthChecker(resources)
        await asyncio.gather(*(watched.report() for _ in range(50)))
        before = looks
        await watched.report()
        await watched.close()

    assert before == looks
    # One for the database, one for the worker; twice when a second passed meanwhile.
    assert 2 <= looks <= 4


async def test_one_who_stops_asking_does_not_disappoint_the_others(settings: Settings) -> None:
    async with open_resources(settings) as resources:
        watched = HealthChecker(resources)
        impatient = asyncio.create_task(watched.report())
        patient = asyncio.create_task(watched.report())
        await asyncio.wait([impatient, patient], timeout=0)
        impatient.cancel()

        report = await patient
        await watched.close()

    assert report.checks["database"] == "ok"


async def test_metrics_answer_to_this_machine(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "livelist_http_requests_total" in answer.text


@pytest.mark.parametrize(
    "headers", [{"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=127.0.0.1"}, {"via": "1.1 a"}]
)
async def test_whoever_stands_behind_a_proxy_is_not_this_machine(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get("/metrics", headers=headers)

    assert answer.status_code == 403


async def test_metrics_do_not_answer_to_other_machines(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/metrics")

    assert answer.status_code == 403


async def test_metrics_with_a_token_answer_to_whoever_has_it(settings: Settings) -> None:
    named = plain_settings(settings.data_dir, metrics_token="a metrics token")
    async with running_app(named) as app, client_of(app) as client:
        statuses = [
            (await client.get("/metrics", headers=httpx.Headers(headers, "latin-1"))).status_code
            for headers in (
                {},
                {"authorization": "Bearer wrong"},
                {"authorization": "a metrics token"},
                {"authorization": "Bearer \u00e4"},
                {"authorization": "bearer a metrics token", "host": "10.0.0.7"},
            )
        ]

    assert statuses == [401, 401, 401, 401, 200]


async def test_nothing_is_opened_before_the_start(settings: Settings) -> None:
    create_app(settings)

    assert not (settings.data_dir / "livelist.db").exists()
