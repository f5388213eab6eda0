"""A mail server that fails is visible in /health and in the API's metrics, with or without a worker."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio
from sqlalchemy import select, update

from shared.clock import as_rfc3339
from shared.contract.jobs import JOBS
from shared.jobs.mail_status import FAILURE_COUNTS_FOR, LATE_AFTER, MAIL_KINDS, record_failure
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.mail_kinds import MailKindRow
from tests.support.api_server import client_of, running_app
from tests.support.deadlines import http_client
from tests.support.faults.api_nodes import api_process
from tests.support.services.processes import running
from tests.support.services.smtp import SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


class Api:
    """What an operator sees of mail at the API, each time without its cache."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def health(self) -> dict[str, Any]:
        async with running_app(self._settings) as app, client_of(app) as client:
            answer = await client.get("/health")
            ready = await client.get("/health/ready")
        assert (answer.status_code, ready.status_code) == (200, 200)
        body: dict[str, Any] = answer.json()
        return {"state": body["checks"]["mail"], **body["mail"]}

    async def metric(self, name: str) -> float:
        async with running_app(self._settings) as app, client_of(app) as client:
            text = (await client.get("/metrics")).text
        (value,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(value)


@pytest_asyncio.fixture
async def api(settings: Settings, resources: Resources) -> AsyncIterator[Api]:
    yield Api(settings)


async def test_mail_that_is_sent_is_ok(
    world: World, builder: JobBuilder, worker: WorkerHarness, api: Api
) -> None:
    await builder.add_messages(await world.user())
    await worker.run_once()

    mail = await api.health()

    assert mail["state"] == "ok"
    assert mail["last_sent_at"] is not None
    assert (mail["waiting_since"], mail["last_failed_at"], mail["paused"]) == (None, None, [])
    assert await api.metric("livelist_mail_waiting_seconds") == 0


async def test_a_mail_server_that_is_away_is_degraded_until_a_mail_is_sent(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, api: Api
) -> None:
    ana = await world.user()
    await builder.add_messages(ana)
    await worker.run_once()
    await smtp.close()
    await builder.add_messages(ana)
    began_at = builder.now
    await worker.run_once()
    first = await api.health()
    await worker.run_once()

    away = await api.health()
    waiting = await api.metric("livelist_mail_waiting_seconds")
    async with smtp:
        await worker.run_once()
    back = await api.health()

    assert away["state"] == "degraded"
    assert away["answer"].startswith("the mail server is away")
    assert "127.0.0.1" not in away["answer"]
    # Since the first failure, not the last.
    assert away["waiting_since"] == first["waiting_since"]
    since = datetime.fromisoformat(away["waiting_since"])
    assert abs(since - began_at) < timedelta(seconds=10)
    assert waiting > 0
    assert (back["state"], back["waiting_since"], back["answer"]) == ("ok", None, "")


async def test_a_refused_sign_in_names_the_paused_kind_and_the_answer(
    world: World, builder: JobBuilder, settings: Settings, resources: Resources, api: Api
) -> None:
    async with SmtpServer(username="livelist", password="right") as smtp:
        smtp.reject_auth("535 5.7.8 mx1.intern [192.0.2.7]: user livelist may not")
        login = {"mail_username": "livelist", "mail_password": "wr0ng pass"}
        wrong = changed_settings(settings, mail_port=smtp.port, **login)
        await builder.add_messages(await world.user(), 2)
        await WorkerHarness(resources, wrong).run_once()

    mail = await api.health()

    assert mail["state"] == "degraded"
    assert mail["answer"].startswith("the mail server answered 535 5.7.8: ")
    assert not re.search("intern|192|livelist", mail["answer"])
    (paused,) = mail["paused"]
    assert (paused["kind"], paused["answer"]) == ("send_admin_message", mail["answer"])
    left = datetime.fromisoformat(paused["until"]) - builder.now
    assert timedelta(seconds=40) < left <= timedelta(seconds=60)
    assert await api.metric('livelist_job_kind_paused{kind="send_admin_message"}') == 1
    assert await api.metric('livelist_job_kind_paused{kind="send_reminder"}') == 0


async def test_a_rejection_of_one_mail_is_no_failure_of_mail(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, api: Api
) -> None:
    await builder.add_messages(await world.user(), 2)
    smtp.reject("451 4.3.0 try again later", "550 5.7.1 spam")

    await worker.run_once()

    assert (await api.health())["state"] == "ok"


async def test_mail_that_no_worker_sends_is_degraded_after_five_minutes(
    world: World, builder: JobBuilder, resources: Resources, api: Api
) -> None:
    (job,) = await builder.add_messages(await world.user())
    due_at = (await builder.read_job(job)).run_at
    fresh = await api.health()
    late = due_at - LATE_AFTER - timedelta(seconds=1)
    await builder.update_row(JobRow, job, run_at=late)

    mail = await api.health()

    assert fresh["state"] == "ok"
    assert (mail["state"], mail["waiting_since"]) == ("degraded", as_rfc3339(late))
    assert await api.metric("livelist_mail_waiting_seconds") > 300


async def test_a_failure_that_no_mail_waits_for_any_more_is_forgotten(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer,
    resources: Resources, api: Api,
) -> None:  # fmt: skip
    await builder.add_messages(await world.user())
    await smtp.close()
    await worker.run_once()
    long_ago = builder.now - FAILURE_COUNTS_FOR - timedelta(seconds=1)
    async with resources.begin() as work:
        await work.connection.execute(update(MailKindRow).values(failed_at=long_ago))

    assert (await api.health())["state"] == "ok"


async def test_a_second_mail_within_seconds_writes_no_status(
    world: World, builder: JobBuilder, worker: WorkerHarness, resources: Resources
) -> None:
    ana = await world.user()
    await builder.add_messages(ana)
    await worker.run_once()
    before = await _sent_at(resources)
    await builder.add_messages(ana)
    await worker.run_once()

    assert before is not None
    assert await _sent_at(resources) == before


async def test_a_failure_that_another_worker_recorded_is_over_with_the_next_mail(
    world: World, builder: JobBuilder, worker: WorkerHarness, resources: Resources, api: Api
) -> None:
    ana = await world.user()
    await builder.add_messages(ana)
    await worker.run_once()
    async with resources.begin() as work:
        await record_failure(work, "send_admin_message", "the mail server is away")
    failing = await api.health()
    await builder.add_messages(ana)
    await worker.run_once()

    assert failing["state"] == "degraded"
    assert (await api.health())["state"] == "ok"


async def _sent_at(resources: Resources) -> object:
    async with resources.single_read() as read:
        return await read.connection.scalar(select(MailKindRow.sent_at))


def test_every_kind_that_is_a_mail_is_known() -> None:
    assert set(JOBS) - MAIL_KINDS == {
        "send_push",
        "clean_up",
        "erase_events",
        "erase_from_events",
        "export_data",
        "end_share_link",
    }


async def test_a_process_shows_only_the_metrics_that_it_sets(
    settings: Settings, resources: Resources, unused_tcp_port: int
) -> None:
    environment = {
        "DATABASE_URL": settings.database.url,
        "DATA_DIR": str(settings.data_dir),
        "WORKER_METRICS_PORT": str(unused_tcp_port),
    }

    async with (
        api_process(settings) as node,
        running("worker", [sys.executable, "-m", "worker"], environment) as worker,
        http_client() as client,
    ):
        await worker.wait_for_line("worker ready")
        of_api, of_worker = await asyncio.gather(
            client.get(f"{node.url}/metrics"),
            client.get(f"http://127.0.0.1:{unused_tcp_port}/metrics"),
        )

    both = {"livelist_build_info", "livelist_tasks", "livelist_publish_failures_total"}
    names = [_names(answer.text) for answer in (of_api, of_worker)]
    assert names[0] & names[1] == both
    assert {"livelist_sockets", "livelist_workers", "livelist_job_kind_paused"} <= names[0]
    assert {"livelist_sweep_failures_total", "livelist_mail_sent_total"} <= names[1]


def _names(text: str) -> set[str]:
    return set(re.findall(r"^# TYPE (livelist_\S+)", text, re.MULTILINE))
