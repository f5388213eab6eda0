"""The endpoints for monitoring: health and metrics."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from api.main import create_app
from api.operations import health
from api.operations.health import HealthChecker
from realtime.presence import broadcaster
from shared.clock import monotonic
from shared.contract.jobs import CleanUp
from shared.database.connection import Connection
from shared.database.connections import Database
from shared.ids import new_id
from shared.pubsub import EVENT_CHANNELS
from shared.resources import open_resources
from shared.settings import Settings
from shared.tables.jobs import WorkerRow
from shared.version import VERSION
from tests.support.api_server import client_of, running_app
from tests.support.deadlines import DEADLINE_SECONDS, http_client
from tests.support.faults.api_nodes import api_process
from tests.support.services.processes import wait_until
from tests.support.services.silent_server import silent_server
from tests.support.settings import changed_settings, plain_settings

NO_MAIL_YET: dict[str, object] = {
    "waiting_since": None,
    "last_sent_at": None,
    "last_failed_at": None,
    "answer": "",
    "paused": [],
}


@pytest.fixture
def migrated(settings: Settings) -> Settings:
    """Return settings with a migrated database, and without broker and worker."""
    return settings


async def add_heartbeat(settings: Settings, seconds_ago: int) -> None:
    async with open_resources(settings) as resources, resources.begin() as work:
        seen = work.now - timedelta(seconds=seconds_ago)
        await work.connection.execute(
            insert(WorkerRow).values(id=new_id(), host="box", started_at=seen, seen_at=seen)
        )


async def subscribed(app: FastAPI) -> None:
    """Wait until messages of every channel arrive, shortly after the start."""
    pubsub = app.state.realtime.pubsub
    await wait_until(lambda: pubsub.is_receiving_events(), what="the subscription")


async def test_health_is_ok_with_database_broker_and_worker(
    migrated: Settings, redis_url: str
) -> None:
    await add_heartbeat(migrated, seconds_ago=1)
    with_broker = changed_settings(migrated, redis_url=redis_url)

    async with running_app(with_broker) as app, client_of(app) as client:
        await subscribed(app)
        summary = await client.get("/health")
        ready = await client.get("/health/ready")

    assert (summary.status_code, ready.status_code) == (200, 200)
    report = summary.json()
    [connection] = report.pop("pubsub")
    assert connection["is_up"] is True
    assert {*EVENT_CHANNELS, broadcaster.CHANNEL} == set(connection["channels"])
    assert report == {
        "status": "ok",
        "checks": {"database": "ok", "broker": "ok", "worker": "ok", "mail": "ok"},
        "mail": NO_MAIL_YET,
        "version": VERSION,
        "time": summary.json()["time"],
    }


async def test_without_a_broker_it_is_degraded_and_ready(migrated: Settings) -> None:
    await add_heartbeat(migrated, seconds_ago=1)

    async with running_app(migrated) as app, client_of(app) as client:
        summary = await client.get("/health")
        ready = await client.get("/health/ready")

    assert (summary.status_code, ready.status_code) == (200, 200)
    assert summary.json() == {
        "status": "degraded",
        "checks": {"database": "ok", "broker": "degraded", "worker": "ok", "mail": "ok"},
        "mail": NO_MAIL_YET,
        "pubsub": [],
        "version": VERSION,
        "time": summary.json()["time"],
    }


@pytest.mark.parametrize("seconds_ago", [None, 60])
async def test_without_a_worker_it_is_degraded_and_ready(
    migrated: Settings, redis_url: str, seconds_ago: int | None
) -> None:
    if seconds_ago is not None:
        await add_heartbeat(migrated, seconds_ago=seconds_ago)
    with_broker = changed_settings(migrated, redis_url=redis_url)

    async with running_app(with_broker) as app, client_of(app) as client:
        await subscribed(app)
        ready = await client.get("/health/ready")

    assert ready.status_code == 200
    assert ready.json()["checks"] == {
        "database": "ok",
        "broker": "ok",
        "worker": "degraded",
        "mail": "ok",
    }


async def test_metrics_show_the_state_of_the_queue(migrated: Settings) -> None:
    await add_heartbeat(migrated, seconds_ago=1)
    async with open_resources(migrated) as resources, resources.begin() as work:
        work.add_job(CleanUp(chore="tokens"), run_at=work.now - timedelta(minutes=5))

    async with running_app(migrated) as app, client_of(app) as client:
        text = (await client.get("/metrics")).text

    assert 'livelist_jobs{kind="clean_up",state="queued"} 1.0' in text
    assert "livelist_workers 1.0" in text
    (late,) = [line for line in text.splitlines() if line.startswith("livelist_jobs_oldest_due")]
    assert 299 < float(late.split()[1]) < 330


async def test_metrics_answer_without_the_queue(tmp_path: Path) -> None:
    never_migrated = plain_settings(tmp_path / "empty")

    async with running_app(never_migrated) as app, client_of(app) as client:
        answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert "livelist_workers NaN" in answer.text


async def test_with_a_silent_broker_the_process_is_ready(
    settings: Settings,
) -> None:
    async with silent_server() as port:
        stuck = changed_settings(settings, redis_url=f"redis://127.0.0.1:{port}")
        async with running_app(stuck) as app, client_of(app) as client:
            ready = await client.get("/health/ready")

    assert ready.status_code == 200
    assert ready.json()["checks"]["broker"] == "degraded"


async def test_a_check_that_never_ends_does_not_delay_the_health_report(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(checker: health.HealthChecker) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(health.HealthChecker, "_broker", hang)
    async with running_app(settings) as app, client_of(app) as client:
        async with asyncio.timeout(DEADLINE_SECONDS):
            ready = await client.get("/health/ready")

    assert ready.status_code == 200
    assert ready.json()["checks"]["broker"] == "degraded"


@pytest.mark.parametrize("kind", ["refuses", "silent"])
async def test_without_its_database_the_process_is_down_but_alive(
    settings: Settings, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The report does not wait for the silent one: that would take far longer than the rest.
    monkeypatch.setattr("shared.database.postgres.CONNECT_TIMEOUT_SECONDS", DEADLINE_SECONDS)
    async with silent_server() as port:
        address = port if kind == "silent" else 1
        away = plain_settings(
            settings.data_dir, database_url=f"postgresql+asyncpg://a:b@127.0.0.1:{address}/a"
        )
        async with running_app(away) as app, client_of(app) as client:
            began_at = monotonic()
            summary, ready = await asyncio.gather(
                client.get("/health"), client.get("/health/ready")
            )
            took = monotonic() - began_at
            live = await client.get("/health/live")

    assert (summary.status_code, ready.status_code, live.status_code) == (503, 503, 200)
    assert summary.json()["status"] == "down"
    assert took < DEADLINE_SECONDS / 2


async def test_many_requests_at_once_cost_one_check(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read = Database.single_read_connection

    @asynccontextmanager
    async def count_reads(database: Database) -> AsyncIterator[Connection]:
        nonlocal reads
        reads += 1
        async with read(database) as connection:
            yield connection

    monkeypatch.setattr(Database, "single_read_connection", count_reads)
    async with open_resources(settings) as resources:
        checker = HealthChecker(resources)
        await asyncio.gather(*(checker.report() for _ in range(50)))
        before = reads
        await checker.report()
        await checker.close()

    assert before == reads
    # One for the database and one for the worker; and before the first of them and that for mail, one
    # for the revision of the schema each. Without the cache it would be a hundred.
    assert 2 <= reads <= 7


async def test_a_cancelled_request_does_not_cancel_the_check_of_the_others(
    settings: Settings,
) -> None:
    async with open_resources(settings) as resources:
        checker = HealthChecker(resources)
        cancelled = asyncio.create_task(checker.report())
        waiting = asyncio.create_task(checker.report())
        await asyncio.wait([cancelled, waiting], timeout=0)
        cancelled.cancel()

        report = await waiting
        await checker.close()

    assert report.checks["database"] == "ok"


async def test_metrics_answer_to_this_machine(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "livelist_http_requests_total" in answer.text


@pytest.mark.parametrize(
    "headers", [{"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=127.0.0.1"}, {"via": "1.1 a"}]
)
async def test_a_client_behind_a_proxy_is_not_this_machine(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get("/metrics", headers=headers)

    assert answer.status_code == 403


async def test_metrics_do_not_answer_to_other_machines(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/metrics")

    assert answer.status_code == 403


async def test_metrics_with_a_token_answer_only_to_clients_that_send_it(settings: Settings) -> None:
    with_token = plain_settings(settings.data_dir, metrics_token="a metrics token")
    async with running_app(with_token) as app, client_of(app) as client:
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


async def test_creating_the_application_opens_nothing(tmp_path: Path) -> None:
    create_app(plain_settings(tmp_path / "data"))

    assert not (tmp_path / "data").exists()


async def test_a_stopped_api_has_written_every_log_line(migrated: Settings) -> None:
    async with api_process(migrated) as node, http_client() as client:
        for number in range(20):
            await client.get(f"{node.url}/nothing/{number}")
        code = await node.process.terminate()

    assert code == 0
    assert [f"GET /nothing/{number} 404" in node.process.log for number in range(20)] == [True] * 20
    assert "Finished server process" in node.process.log
