"""Workers on a stage, the mail server they send to, and the check of what came of it.

The checker, after every scenario:

    acknowledged ⊆ database      every job whose commit was told is a row
    effects (effects.py)         one mail each; one or two, or of a digest perhaps none, where a worker
                                 died or the server fell silent; and no other mail
    nothing stuck                no row is held longer than two leases; none waits that is due
    back to the start            descriptors and memory of the workers that lived through it
"""

import asyncio
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
from tests.support.faults.effects import Done, effect_of, score
from tests.support.faults.forked_workers import (
    ResourceUse,
    WorkerProcess,
    WorkerVariant,
    fork_worker,
)
from tests.support.faults.scenarios import Outcome, ScenarioEnv
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder

# The jobs of a scenario take seconds; with every core busy, tens.
DEADLINE_SECONDS = 60.0
FINISHED_STATES = ("done", "dead", "cancelled")
# Connections to the database that the pool has made since, and some to the broker. Those to the mail
# server, one a slot, are kept for 2 s more: the small size does not wait for that.
MORE_DESCRIPTORS, MORE_AT_ONCE = 20, 32
# Longer than anything idle is kept.
SETTLED_SECONDS = 8.0
# What is imported and cached at the first mail. A leak of a kilobyte a job would be more in no time.
MORE_MEGABYTES = 25.0


@dataclass
class WorkerPool:
    """`jobs` were acknowledged; each is one mail, unless it is in `no_mail`.

    `effects` are further mails to come, of jobs that a worker adds.
    """

    env: ScenarioEnv
    smtp: SmtpServer
    workers: AsyncExitStack
    jobs: list[JobId] = field(default_factory=list)
    jobs_without_mail: set[JobId] = field(default_factory=set)
    effects: set[str] = field(default_factory=set)
    _begun: list[tuple[WorkerProcess, ResourceUse | None]] = field(default_factory=list)

    @property
    def builder(self) -> JobBuilder:
        return JobBuilder(self.env.resources)

    async def start(
        self, name: str, *variants: WorkerVariant, is_ready: bool = True, **changes: str
    ) -> WorkerProcess:
        """Returns a worker process, ready if it is to live so long."""
        settings = self.env.settings
        environment = {
            "DATABASE_URL": settings.database.url,
            "DATA_DIR": str(settings.data_dir),
            "REDIS_URL": settings.redis.url,
            "MAIL_SERVER": self.smtp.host,
            "MAIL_PORT": str(self.smtp.port),
            "MAIL_STARTTLS": "false",
            "MAIL_FROM": "livelist@example.com",
            "PUSH_TO_PRIVATE_ADDRESSES": "true",
            "LOG_FORMAT": "text",
            "FAILPOINT": "",
            **changes,
        }
        folder = Path(settings.data_dir)
        worker = await self.workers.enter_async_context(
            fork_worker(name, folder, environment, *variants)
        )
        if is_ready:
            await worker.wait_for_line("worker ready")
            self._begun.append((worker, worker.use()))
        return worker

    async def add(self, count: int, person: Actor | None = None) -> list[JobId]:
        """Returns jobs that each mail one message, acknowledged."""
        person = person or await self.env.world.user()
        added = await self.builder.add_messages(person, count)
        self.jobs += added
        return added

    def expect(self, *jobs: Job) -> None:
        """Each is one mail, whoever adds it to the table."""
        self.effects |= {effect_of(job) for job in jobs}

    async def find(self, job: Job) -> Any:
        """Returns the row that is for the same, or None. Raises AssertionError if there are two."""
        rows = [row for row in (await self.rows()).values() if _done(row).effect == effect_of(job)]
        assert len(rows) < 2, f"{len(rows)} jobs for {effect_of(job)}"
        return rows[0] if rows else None

    def count_mails(self, job_id: str) -> int:
        """Returns how many came with that job's Message-ID."""
        return self._mailed().count(job_id)

    async def over(self, seconds: float = DEADLINE_SECONDS) -> None:
        """All jobs but clean-up have ended, or time is up: then the check says what has not."""
        try:
            await self.until(JobRow.state.not_in(FINISHED_STATES), 0, seconds)
        except TimeoutError:
            pass

    async def until(self, condition: Any, count: int, seconds: float = DEADLINE_SECONDS) -> None:
        """So many jobs are as the condition says."""
        async with asyncio.timeout(seconds):
            while await self._count(condition) != count:
                await asyncio.sleep(0.02)  # another process writes the database

    async def expire_leases(self) -> None:
        """What thirty seconds would do: whoever holds a lease has lost it."""
        async with self.env.resources.begin() as work:
            await work.connection.execute(
                update(JobRow)
                .where(JobRow.state.in_(("leased", "sending")))
                .values(lease_until=db_later(-1))
            )

    async def make_all_due(self) -> None:
        """What an hour would do: whatever waits for its time is due."""
        async with self.env.resources.begin() as work:
            await work.connection.execute(
                update(JobRow)
                .where(JobRow.state.in_(("queued", "parked")), JobRow.kind != "clean_up")
                .values(run_at=db_later(-1), fair_run_at=db_later(-1))
            )

    async def check(self, note: str = "") -> Outcome:
        """Returns what came of the jobs. Raises AssertionError in words."""
        rows = await self.rows()
        missing = [one for one in self.jobs if one not in rows]
        assert not missing, f"{len(missing)} acknowledged jobs are not in the database"
        await self._check_nothing_stuck()
        await self._check_back_to_the_start()
        return self._count_effects(rows, note)

    async def rows(self) -> dict[str, Any]:
        async with self.env.resources.begin_read() as read:
            found = await read.connection.execute(select(*JobRow.__table__.c))
            return {row.id: row for row in found}

    def _count_effects(self, rows: dict[str, Any], note: str) -> Outcome:
        own = {_done(rows[one]).effect for one in self.jobs if one not in self.jobs_without_mail}
        counted = score(own | self.effects, map(_done, rows.values()), self._mailed())
        return counted + Outcome(note=note)

    def _mailed(self) -> list[str]:
        ids = [str(one.message["Message-ID"]) for one in self.smtp.received]
        return [one.strip("<>").split("@")[0] for one in ids]

    async def _check_nothing_stuck(self) -> None:
        twice = db_later(-LEASE_SECONDS)  # over since a lease: held since two
        held = await self._count(
            JobRow.state.in_(("leased", "sending")), JobRow.lease_until < twice
        )
        assert not held, f"{held} jobs are held longer than two leases"
        waiting = await self._count(
            JobRow.state.in_(("queued", "parked", "leased", "sending")),
            JobRow.run_at <= db_later(0),
        )
        assert not waiting, f"{waiting} jobs never ended"

    async def _check_back_to_the_start(self) -> None:
        for worker, before in self._begun:
            after = await self._settled(worker, before) if before and worker.is_alive else None
            if before is None or after is None:
                continue
            more = after.descriptors - before.descriptors
            assert more <= self._allowed, f"{worker.name} holds {more} descriptors more"
            grown = after.megabytes - before.megabytes
            assert grown <= MORE_MEGABYTES, f"{worker.name} has grown by {grown:.0f} MB"

    @property
    def _allowed(self) -> int:
        return MORE_DESCRIPTORS if self.env.is_full else MORE_AT_ONCE

    async def _settled(self, worker: WorkerProcess, before: ResourceUse) -> ResourceUse | None:
        """Returns what it holds once it has let go of what it keeps for a moment."""
        use = worker.use()
        deadline = monotonic() + SETTLED_SECONDS
        while use and use.descriptors - before.descriptors > self._allowed:
            if monotonic() > deadline:
                break
            await asyncio.sleep(0.1)  # another process lets go of them
            use = worker.use()
        return use

    async def _count(self, *conditions: Any) -> int:
        async with self.env.resources.begin_read() as read:
            counted = select(func.count()).select_from(JobRow)
            counted = counted.where(JobRow.kind != "clean_up", *conditions)
            return int(await read.connection.scalar(counted) or 0)


def _done(row: Any) -> Done:
    return Done(row.id, row.kind, row.payload, row.in_doubt_count)


@asynccontextmanager
async def open_worker_pool(
    env: ScenarioEnv, smtp: SmtpServer | None = None
) -> AsyncIterator[WorkerPool]:
    """Yields a crew without workers yet, this hour's chores out of the way."""
    async with smtp or SmtpServer() as server, AsyncExitStack() as workers:
        pool = WorkerPool(env, server, workers)
        await pool.builder.skip_chores()
        yield pool
