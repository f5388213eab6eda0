"""The worker processes of a scenario, the mail server they send to, and the check of the result.

The check after every scenario:

    acknowledged ⊆ database      every job whose commit was acknowledged is a row
    effects (effects.py)         one mail for each effect, and no other mail; two mails, or none for a
                                 digest, only where a worker died or the mail server stopped responding
    no stuck job                 no row is leased longer than two leases; no due row is waiting
    no leak                      workers that survived have their initial descriptors and memory
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.jobs import Job
from shared.database.server_clock import db_later
from shared.ids import JobId
from shared.jobs.claims import LEASE_SECONDS
from shared.tables.jobs import JobRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.effects import JobRecord, compare_effects, effects_of
from tests.support.faults.forked_workers import (
    ResourceUse,
    WorkerProcess,
    WorkerVariant,
    fork_worker,
    worker_environment,
)
from tests.support.faults.scenarios import Outcome, ScenarioEnv
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder

FINISHED_STATES = ("done", "dead", "cancelled")
# New connections of the database pool and some to the broker. Those to the mail server, one for each
# concurrent job, stay open for 2 s more; the short size does not wait for their end.
MAX_NEW_DESCRIPTORS, MAX_NEW_DESCRIPTORS_SHORT = 20, 32
# Longer than any idle connection is kept.
SETTLE_SECONDS = 8.0
# Imports and caches of the first mail. A leak of a kilobyte a job would soon exceed this.
MAX_NEW_MEGABYTES = 25.0


@dataclass
class WorkerPool:
    """Expect one mail for each of the acknowledged `jobs` except those in `jobs_without_mail`.

    `effects` are further mails to expect, from jobs that a worker adds.
    """

    env: ScenarioEnv
    smtp: SmtpServer
    workers: AsyncExitStack
    jobs: list[JobId] = field(default_factory=list)
    jobs_without_mail: set[JobId] = field(default_factory=set)
    effects: set[str] = field(default_factory=set)
    _initial_use: list[tuple[WorkerProcess, ResourceUse | None]] = field(default_factory=list)

    @property
    def builder(self) -> JobBuilder:
        return JobBuilder(self.env.resources)

    async def start(
        self, name: str, *variants: WorkerVariant, is_ready: bool = True, **changes: str
    ) -> WorkerProcess:
        """Start a worker process and return it, ready unless `is_ready` is false.

        `changes` are environment variables.
        """
        settings = self.env.settings
        environment = {
            **worker_environment(settings, self.smtp.host, self.smtp.port),
            "PUSH_TO_PRIVATE_ADDRESSES": "true",
            "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
            "FAILPOINT": "",
            **changes,
        }
        folder = Path(settings.data_dir)
        worker = await self.workers.enter_async_context(
            fork_worker(name, folder, environment, *variants)
        )
        if is_ready:
            await worker.wait_for_line("worker ready")
            self._initial_use.append((worker, worker.resource_use()))
        return worker

    async def add(self, count: int, user: Actor | None = None) -> list[JobId]:
        """Add jobs that each mail one message to the user, and return their ids."""
        user = user or await self.env.world.user()
        added = await self.builder.add_messages(user, count)
        self.jobs += added
        return added

    def expect(self, *jobs: Job) -> None:
        """Expect one mail for each of these jobs, whichever process adds them to the table."""
        self.effects |= {effect for job in jobs for effect in effects_of(job)}

    async def find(self, job: Job) -> Any:
        """Return the row with the same effect, or None. Raise AssertionError if there are two."""
        [wanted] = effects_of(job)
        rows = [row for row in (await self.rows()).values() if wanted in _record(row).effects]
        assert len(rows) < 2, f"{len(rows)} jobs for {wanted}"
        return rows[0] if rows else None

    def count_mails(self, job_id: str) -> int:
        """Return how many mails arrived with the Message-ID of that job."""
        return self._mailed_job_ids().count(job_id)

    async def wait_until_finished(self, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until all jobs but clean-up have finished, or time is up; check() reports the rest."""
        with contextlib.suppress(TimeoutError):
            await self.wait_for_count(JobRow.state.not_in(FINISHED_STATES), 0, seconds)

    async def wait_for_count(
        self, condition: Any, count: int, seconds: float = DEADLINE_SECONDS
    ) -> None:
        """Wait until the condition is true for exactly `count` jobs. Raise TimeoutError if never."""
        async with asyncio.timeout(seconds):
            while await self._count(condition) != count:
                await asyncio.sleep(0.02)  # another process writes the database

    async def expire_leases(self) -> None:
        """Move the end of every lease into the past, as if thirty seconds had passed."""
        async with self.env.resources.begin() as work:
            await work.connection.execute(
                update(JobRow)
                .where(JobRow.state.in_(("leased", "sending")))
                .values(lease_until=db_later(-1))
            )

    async def make_all_due(self) -> None:
        """Make every waiting job due, as if an hour had passed."""
        async with self.env.resources.begin() as work:
            await work.connection.execute(
                update(JobRow)
                .where(JobRow.state.in_(("queued", "parked")), JobRow.kind != "clean_up")
                .values(run_at=db_later(-1), fair_run_at=db_later(-1))
            )

    async def check(self, note: str = "") -> Outcome:
        """Return the outcome of all jobs. Raise AssertionError for a lost or stuck job, or a leak."""
        rows = await self.rows()
        missing = [job_id for job_id in self.jobs if job_id not in rows]
        assert not missing, f"{len(missing)} acknowledged jobs are not in the database"
        await self._check_no_stuck_job()
        await self._check_no_leak()
        return self._compare_effects(rows, note)

    async def rows(self) -> dict[str, Any]:
        async with self.env.resources.begin_read() as read:
            found = await read.connection.execute(select(*JobRow.__table__.c))
            return {row.id: row for row in found}

    def _compare_effects(self, rows: dict[str, Any], note: str) -> Outcome:
        mailing = [job_id for job_id in self.jobs if job_id not in self.jobs_without_mail]
        added = {effect for job_id in mailing for effect in _record(rows[job_id]).effects}
        expected = added | self.effects
        records = map(_record, rows.values())
        return compare_effects(expected, records, self._mailed_job_ids()) + Outcome(note=note)

    def _mailed_job_ids(self) -> list[str]:
        ids = [str(mail.message["Message-ID"]) for mail in self.smtp.received]
        return [message_id.strip("<>").split("@")[0] for message_id in ids]

    async def _check_no_stuck_job(self) -> None:
        # A lease that ended one lease ago was taken two leases ago.
        a_lease_ago = db_later(-LEASE_SECONDS)
        held = await self._count(
            JobRow.state.in_(("leased", "sending")), JobRow.lease_until < a_lease_ago
        )
        assert not held, f"{held} jobs are leased longer than two leases"
        waiting = await self._count(
            JobRow.state.in_(("queued", "parked", "leased", "sending")),
            JobRow.run_at <= db_later(0),
        )
        assert not waiting, f"{waiting} jobs never finished"

    async def _check_no_leak(self) -> None:
        for worker, before in self._initial_use:
            after = (
                await self._use_after_settling(worker, before)
                if before and worker.is_alive
                else None
            )
            if before is None or after is None:
                continue
            more = after.descriptors - before.descriptors
            assert more <= self._max_new_descriptors, (
                f"{worker.name} has {more} more open descriptors"
            )
            grown = after.megabytes - before.megabytes
            assert grown <= MAX_NEW_MEGABYTES, f"{worker.name} has grown by {grown:.0f} MB"

    @property
    def _max_new_descriptors(self) -> int:
        return MAX_NEW_DESCRIPTORS if self.env.is_full else MAX_NEW_DESCRIPTORS_SHORT

    async def _use_after_settling(
        self, worker: WorkerProcess, before: ResourceUse
    ) -> ResourceUse | None:
        """Return what the worker uses once it has closed its idle connections."""
        use = worker.resource_use()
        deadline = monotonic() + SETTLE_SECONDS
        while use and use.descriptors - before.descriptors > self._max_new_descriptors:
            if monotonic() > deadline:
                break
            await asyncio.sleep(0.1)  # another process closes them
            use = worker.resource_use()
        return use

    async def _count(self, *conditions: Any) -> int:
        async with self.env.resources.begin_read() as read:
            counted = select(func.count()).select_from(JobRow)
            counted = counted.where(JobRow.kind != "clean_up", *conditions)
            return int(await read.connection.scalar(counted) or 0)


def _record(row: Any) -> JobRecord:
    return JobRecord(row.id, row.kind, row.payload, row.in_doubt_count)


@asynccontextmanager
async def open_worker_pool(
    env: ScenarioEnv, smtp: SmtpServer | None = None
) -> AsyncIterator[WorkerPool]:
    """Yield a pool without workers, with this hour's clean-up jobs marked as done."""
    async with smtp or SmtpServer() as server, AsyncExitStack() as workers:
        pool = WorkerPool(env, server, workers)
        await pool.builder.skip_chores()
        yield pool
