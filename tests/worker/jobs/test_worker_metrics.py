"""The worker's metrics count each event once, in the worker where it happened."""

import asyncio
import logging
from datetime import timedelta

import httpx
import pytest

from shared.contract.jobs import SendAdminMessage
from shared.jobs import abandoned_claims
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.metrics import MetricIncrease
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker import main
from worker.jobs import recovery

KIND = SendAdminMessage.kind


async def test_a_sent_mail_and_a_rejected_one_are_counted_once_each(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    sent = MetricIncrease("livelist_mail_sent_total", kind=KIND)
    failed = MetricIncrease("livelist_mail_failed_total", kind=KIND, reason="transient")
    done = MetricIncrease("livelist_jobs_finished_total", kind=KIND, state="done")
    retried = MetricIncrease("livelist_jobs_retried_total", kind=KIND)
    await builder.add_messages(await world.user())
    smtp.reject("451 later")

    await worker.run_once()
    await worker.run_once()

    assert (sent.value, failed.value, done.value, retried.value) == (1, 1, 1, 1)


async def test_a_mail_in_doubt_is_counted_once_by_the_worker_that_recovers_the_job(
    world: World, builder: JobBuilder, resources: Resources, settings: Settings
) -> None:
    (job,) = await builder.add_messages(await world.user())
    past = builder.now - timedelta(seconds=1)
    await builder.update_row(JobRow, job, state="sending", fence=1, lease_until=past)
    in_doubt = MetricIncrease("livelist_mail_in_doubt_total", kind=KIND)
    recovered = MetricIncrease("livelist_jobs_abandoned_total", kind=KIND)
    async with resources.begin_read() as read:
        (abandoned,) = await abandoned_claims.find_abandoned(read.connection)
    runners = [WorkerHarness(resources, settings).executor.runner for _ in range(4)]

    has_recovered = await asyncio.gather(
        *(recovery.recover(runner, abandoned) for runner in runners)
    )

    assert sorted(has_recovered) == [False, False, False, True]
    assert (in_doubt.value, recovered.value) == (1, 1)
    assert (await builder.read_job(job)).in_doubt_count == 1


@pytest.mark.parametrize(("moment", "count"), [(Moment.BEFORE_DOT, 0), (Moment.AFTER_DOT, 1)])
async def test_a_mail_in_doubt_that_is_released_is_counted(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    moment: Moment,
    count: int,
) -> None:
    in_doubt = MetricIncrease("livelist_mail_in_doubt_total", kind=KIND)
    await builder.add_messages(await world.user())
    smtp.hang(moment)
    await worker.sweeper.sweep()
    await smtp.wait_for_attempts(1)
    if moment is Moment.AFTER_DOT:
        await smtp.wait_for(1)

    await worker.executor.drain(0.1)

    assert in_doubt.value == count


def test_a_worker_serves_its_metrics_and_a_second_one_on_the_port_runs_without(
    settings: Settings, caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    with_port = changed_settings(
        settings, worker_metrics_port=unused_tcp_port, worker_metrics_host="127.0.0.1"
    )

    with caplog.at_level(logging.ERROR):
        main.serve_metrics(with_port)
        main.serve_metrics(with_port)
    page = httpx.get(f"http://127.0.0.1:{unused_tcp_port}/metrics", timeout=DEADLINE_SECONDS)

    assert "livelist_mail_sent_total" in page.text
    assert [f":{unused_tcp_port}:" in line for line in caplog.messages] == [True]
