"""A worker inside the test's process that claims and runs jobs when the test says so."""

import asyncio
from dataclasses import dataclass, field

from shared.ids import JobId
from shared.resources import Resources
from shared.settings import Settings
from tests.support.services.smtp import Moment, SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from worker.jobs.context import open_job_context
from worker.jobs.executor import JobExecutor
from worker.jobs.handlers import HANDLERS
from worker.jobs.runner import JobRunner
from worker.jobs.scheduler import Scheduler
from worker.jobs.sweeper import Sweeper
from worker.mail.mailer import Mailer, open_mailer
from worker.mail.renderer import EmailRenderer
from worker.push.sender import PushSender
from worker.webhooks.sender import WebhookSender


@dataclass
class WorkerHarness:
    """The parts of a worker, without periodic jobs, heartbeats and wake-ups."""

    resources: Resources
    settings: Settings
    mailer: Mailer | None = None
    executor: JobExecutor = field(init=False)
    sweeper: Sweeper = field(init=False)
    pushes: PushSender = field(init=False)
    webhooks: WebhookSender = field(init=False)

    def __post_init__(self) -> None:
        mailer = self.mailer or open_mailer(self.settings, self.resources.clock)
        self.pushes = PushSender(self.settings, self.resources.clock)
        self.webhooks = WebhookSender(self.settings, self.resources.clock)
        self.webhooks.pause_seconds = lambda failures: 0.0
        renderer = EmailRenderer(self.settings)
        context = open_job_context(self.resources, mailer, renderer, self.pushes, self.webhooks)
        # Without jitter a retry is due at once, so the next run_once() runs it.
        self.executor = JobExecutor(JobRunner(context, HANDLERS, jitter=lambda: 0.0))
        self.sweeper = Sweeper(self.executor, _NoPeriodicJobs())
        # Each run_once() looks for webhooks.
        self.sweeper.webhook_scan.pause_factor = 0

    async def run_once(self) -> None:
        """Sweep once, and wait until the claimed jobs have ended."""
        await self.sweeper.sweep()
        await self.wait_for_jobs()

    async def wait_for_jobs(self) -> None:
        await asyncio.gather(*self.executor.tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the tasks' done callbacks


class _NoPeriodicJobs(Scheduler):
    async def add_digest_jobs(self, resources: Resources) -> bool:
        return False

    async def add_cleanup_jobs(self, resources: Resources) -> bool:
        return False


async def start_hanging_mail(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer
) -> JobId:
    """Return a running job whose mail was offered to a server that does not answer."""
    (job,) = await builder.add_messages(await world.user())
    smtp.hang(Moment.BEFORE_DOT)
    await worker.sweeper.sweep()
    await smtp.wait_for_attempts(1)
    return job
