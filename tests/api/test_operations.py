"""Health and metrics, as machines ask for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from api import health
from api.health import Health
from api.main import create_app
from shared.clock import monotonic
from shared.database import Database
from shared.resources import open_resources
from shared.settings import Settings
from tests.conftest import plain_settings
from tests.serving import client_of, running_app


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


async def test_all_is_well(settings: Settings, redis_url: str) -> None:
    with_broker = settings.model_copy(update={"redis_url": redis_url})

    async with running_app(with_broker) as app, client_of(app) as client:
        summary = await client.get("/health")
        ready = await client.get("/health/ready")

    assert (summary.status_code, ready.status_code) == (200, 200)
    assert summary.json()["checks"]["database"] == "ok"
    assert summary.json()["checks"]["broker"] == "ok"


async def test_without_a_broker_it_is_degraded_and_ready(client: httpx.AsyncClient) -> None:
    summary = await client.get("/health")
    ready = await client.get("/health/ready")

    assert (summary.status_code, ready.status_code) == (200, 200)
    assert summary.json()["status"] == "degraded"
    assert summary.json()["checks"]["broker"] == "degraded"


async def test_a_broker_that_does_not_answer_is_given_up_in_time(settings: Settings) -> None:
    async with a_silent_server() as port:
        stuck = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{port}"})
        async with running_app(stuck) as app, client_of(app) as client:
            began = monotonic()
            ready = await client.get("/health/ready")
            took = monotonic() - began

    assert ready.status_code == 200
    assert ready.json()["checks"]["broker"] == "degraded"
    assert took < health.CHECK_SECONDS + 1


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
    assert took < health.CHECK_SECONDS + 1


async def test_a_crowd_that_asks_costs_one_look(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    read = Database.read

    @asynccontextmanager
    async def counted(database: Database) -> AsyncIterator[AsyncConnection]:
        nonlocal looks
        looks += 1
        async with read(database) as connection:
            yield connection

    monkeypatch.setattr(Database, "read", counted)
    async with open_resources(settings) as resources:
        watched = Health(resources)
        await asyncio.gather(*(watched.report() for _ in range(50)))
        before = looks
        await watched.report()
        await watched.close()

    assert before == looks
    assert 1 <= looks <= 2


async def test_one_who_stops_asking_does_not_disappoint_the_others(settings: Settings) -> None:
    async with open_resources(settings) as resources:
        watched = Health(resources)
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
