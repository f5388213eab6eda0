"""The transaction: the only place that commits.

    async with resources.begin() as work:      # BEGIN (IMMEDIATE)
        todo = await edit_todo(work, actor, …)       #   lock heads → decide → write → record
                                                     # events, heads and jobs written; COMMIT
                                                     # then rung: Redis is told to look

A change, its events and its jobs are rows of one transaction. Nothing in here talks to Redis.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import event_log
from shared.actor import Actor
from shared.contract.events import Event
from shared.contract.jobs import Job
from shared.contract.shapes import Position
from shared.database import Database, db_later, db_now, finish, insert_new
from shared.event_log import Head, RecordedEvent
from shared.ids import JobId, StreamId, UserId, new_id
from shared.tables.jobs import IS_QUEUED, JobRow

# What one person has queued is taken at this pace while others wait, and at once while none do.
FAIR_INTERVAL = timedelta(seconds=1)


@dataclass
class ReadTransaction:
    """A read-only transaction that sees one moment."""

    connection: AsyncConnection
    now: datetime


@dataclass(frozen=True)
class AddedJob:
    id: JobId
    run_at: datetime


@dataclass
class UnitOfWork(ReadTransaction):
    """One transaction, what it recorded and what it left for later."""

    mutation: str | None = None
    request_id: str = ""
    recorded: list[RecordedEvent] = field(default_factory=list)
    jobs: list[AddedJob] = field(default_factory=list)
    _heads: dict[StreamId, Head] = field(default_factory=dict)
    _job_rows: list[dict[str, Any]] = field(default_factory=list)

    async def lock_streams(
        self, streams: Iterable[StreamId], *, only_free: bool = False
    ) -> dict[StreamId, Head]:
        """Holds the heads of those streams that exist, and returns them.

        Lists are locked before persons, each kind in id order and in one call; any other order
        could deadlock with another transaction, so it is a bug and raises RuntimeError.
        `only_free`: those that somebody else holds are left out, instead of waited for.
        """
        wanted = sorted(
            {stream for stream in streams if stream not in self._heads}, key=_lock_order
        )
        if wanted and self._heads and _lock_order(wanted[0]) < max(map(_lock_order, self._heads)):
            raise RuntimeError("streams locked out of order: lists first, then persons, by id")
        for kind in (False, True):
            some = [stream for stream in wanted if _is_person(stream) is kind]
            if some:
                held = await event_log.lock_heads(self.connection, some, only_free=only_free)
                self._heads.update(held)
        return {stream: self._heads[stream] for stream in streams if stream in self._heads}

    async def open_stream(self, stream: StreamId) -> Head:
        """Creates a stream, held by this transaction."""
        self._heads[stream] = await event_log.create_stream(self.connection, stream)
        return self._heads[stream]

    def head(self, stream: StreamId) -> Head:
        """Returns the position of a held stream, with what was recorded so far."""
        return self._heads[stream]

    def record(self, stream: StreamId, event: Event, actor: Actor | None) -> Position:
        """Gives `event` the next position of `stream`, which must be held. Returns the position."""
        head = self._heads[stream]
        head = self._heads[stream] = replace(head, seq=head.seq + 1)
        frame = event_log.encode(stream, head.seq, event, self.now, actor, self.mutation)
        self.recorded.append(
            RecordedEvent(stream, head.epoch, head.seq, event.name, self.now, frame)
        )
        return head.position()

    def add_job(
        self,
        job: Job,
        *,
        run_at: datetime | None = None,
        dedupe_key: str | None = None,
        fairness_key: UserId | None = None,
    ) -> JobId:
        """Leaves `job` for the worker, not before `run_at`. A dedupe key that exists wins silently.

        `fairness_key`: it waits behind that person's other jobs, and so not before everybody else's.
        """
        job_id = JobId(new_id())
        # "Now" is the database's: a host whose clock is ahead would else have its jobs wait.
        due = run_at or db_now()
        self.jobs.append(AddedJob(job_id, run_at or self.now))
        self._job_rows.append(
            {
                "id": job_id,
                "kind": job.kind,
                "payload": job.model_dump(mode="json"),
                "dedupe_key": dedupe_key,
                "priority": int(job.priority),
                "run_at": due,
                "fair_run_at": due,
                "fairness_key": fairness_key,
                "created_at": self.now,
                "request_id": self.request_id,
            }
        )
        return job_id

    def positions(self) -> list[Position]:
        """Returns where each stream written to will stand once this is committed."""
        return [
            self._heads[stream].position()
            for stream in dict.fromkeys(one.stream for one in self.recorded)
        ]

    async def flush(self) -> None:
        """Writes events, heads and jobs; still uncommitted."""
        if self.recorded:
            await event_log.append(self.connection, self.recorded)
        if self._job_rows:
            await self._assign_fair_run_at()
            await insert_new(self.connection, JobRow, self._job_rows, key="dedupe_key")

    async def _assign_fair_run_at(self) -> None:
        """Each job of a person has its turn after those of theirs as urgent that are due already."""
        theirs = {row["fairness_key"] for row in self._job_rows if row["fairness_key"] is not None}
        if not theirs:
            return
        waiting = await self.connection.execute(
            select(JobRow.fairness_key, JobRow.priority, func.max(JobRow.fair_run_at), db_now())
            # A mail that waits for its window to end keeps no reminder of now waiting.
            .where(IS_QUEUED, JobRow.fairness_key.in_(theirs), JobRow.run_at <= db_now())
            .group_by(JobRow.fairness_key, JobRow.priority)
        )
        free = {
            (user, priority): last + FAIR_INTERVAL
            for user, priority, last, now in waiting
            if last + FAIR_INTERVAL > now
        }
        count: Counter[tuple[str, int]] = Counter()
        for row in self._job_rows:
            if row["fairness_key"] is not None:
                line = row["fairness_key"], row["priority"]
                row["fair_run_at"] = _fair_run_at(row["run_at"], free.get(line), count[line])
                count[line] += 1


def _fair_run_at(run_at: Any, free: datetime | None, number: int) -> Any:
    """Returns the turn of the `number`-th new job of a person, who has none free before `free`.

    `run_at` is an instant, or the database's now.
    """
    if isinstance(run_at, datetime):
        return (run_at if free is None else max(run_at, free)) + number * FAIR_INTERVAL
    return (
        db_later(number * FAIR_INTERVAL.total_seconds())
        if free is None
        else free + number * FAIR_INTERVAL
    )


@asynccontextmanager
async def transaction(
    database: Database, now: datetime, *, mutation: str | None = None, request_id: str = ""
) -> AsyncIterator[UnitOfWork]:
    """Yields a Work that is committed when the block ends and rolled back when it raises."""
    async with database.write() as connection:
        work = UnitOfWork(connection, now, mutation, request_id)
        try:
            yield work
            await work.flush()
        except BaseException:
            await finish(connection.rollback())
            raise
        await finish(connection.commit())


def _is_person(stream: StreamId) -> bool:
    return stream.startswith("user:")


def _lock_order(stream: StreamId) -> tuple[bool, str]:
    return _is_person(stream), stream
