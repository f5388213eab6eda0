"""What a worker counts: each mail once, and by whoever it happened to."""

import asyncio
import logging
from datetime import timedelta

import httpx
import pytest
from prometheus_client import Counter

from shared import metrics
from shared.contract.jobs import SendAdminMessage
from shared.jobs import claims
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker import main

KIND = SendAdminMessage.kind


class Counted:
    """How far a counter rose since the test began."""

    def __init__(self, counter: Counter, *labels: str) -> None:
        self._one = counter.labels(*labels)
        self._before = self._one._value.get()

    @property
    def risen(self) -> float:
        return float(self._one._value.get() - self._before)


async def test_a_mail_handed_over_and_one_refused_are_counted_once_each(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    sent, failed = Counted(metrics.mail_sent, KIND), Counted(metrics.mail_failed, KIND, "transient")
    done, retried = (
        Counted(metrics.jobs_finished, KIND, "done"),
        Counted(metrics.jobs_retried, KIND),
    )
    await builder.add_messages(await world.user())
    smtp.reject("451 later")

    await worker.run_once()
    await worker.run_once()

    assert (sent.risen, failed.risen, done.risen, retried.risen) == (1, 1, 1, 1)


async def test_a_mail_in_doubt_is_counted_by_the_worker_that_takes_it_over_and_no_other(
    world: World, builder: JobBuilder, resources: Resources, settings: Settings
) -> None:
    (job,) = await builder.add_messages(await world.user())
    past = builder.now - timedelta(seconds=1)
    await builder.update_row(JobRow, job, state="sending", fence=1, lease_until=past)
    doubt, lost = Counted(metrics.mail_in_doubt, KIND), Counted(metrics.jobs_abandoned, KIND)
    async with resources.begin_read() as read:
        (abandoned,) = await claims.find_abandoned(read.connection)
    workers = [WorkerHarness(resources, settings).sweeper for _ in range(4)]

    took_over = await asyncio.gather(*(one.recover(abandoned) for one in workers))

    assert sorted(took_over) == [False, False, False, True]
    assert (doubt.risen, lost.risen) == (1, 1)
    assert (await builder.read_job(job)).in_doubt_count == 1


@pytest.mark.parametrize(("moment", "doubts"), [(Moment.BEFORE_DOT, 0), (Moment.AFTER_DOT, 1)])
async def test_a_mail_given_back_in_doubt_is_counted(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    moment: Moment,
    doubts: int,
) -> None:
    doubt = Counted(metrics.mail_in_doubt, KIND)
    await builder.add_messages(await world.user())
    smtp.hang(moment)
    await worker.sweeper.sweep()
    await smtp.wait_for_attempts(1)
    if moment is Moment.AFTER_DOT:
        await smtp.wait_for(1)

    await worker.executor.drain(0.1)

    assert doubt.risen == doubts


def test_a_worker_shows_its_metrics_and_a_second_one_on_the_port_does_without(
    settings: Settings, caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    shown = changed_settings(
        settings, worker_metrics_port=unused_tcp_port, worker_metrics_host="127.0.0.1"
    )

    with caplog.at_level(logging.ERROR):
        main.serve_metrics(shown)
        main.serve_metrics(shown)
    page = httpx.get(f"http://127.0.0.1:{unused_tcp_port}/metrics")

    assert "livelist_mail_sent_total" in page.text
    assert [f":{unused_tcp_port}:" in line for line in caplog.messages] == [True]
