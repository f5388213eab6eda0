"""One transaction: a change, its events and its jobs are committed together, or not at all.

    async with resources.begin() as work:       # BEGIN (IMMEDIATE on SQLite)
        todo = await edit_todo(work, actor, …)  # lock streams → authorize → write → record
                                                # write events, heads and jobs; COMMIT
                                                # after it, `begin` publishes the events
                                                # and wakes the workers

This module is the only place that commits. It does not use Redis: `Resources.begin`
(shared/resources.py) publishes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Executable, bindparam, func, select

from shared import event_log
from shared.actor import Actor
from shared.contract.events import Event
from shared.contract.jobs import Job
from shared.database.connection import Connection
from shared.database.server_clock import db_now
from shared.database.statements import defer_inserts
from shared.event_log import Head, RecordedEvent
from shared.ids import Epoch, JobId, ListId, StreamId, TodoId, UserId, new_id
from shared.tables.jobs import IS_QUEUED, JobRow

# Fair queueing: one job of a user per interval while jobs of other users wait, at once otherwise.
FAIR_INTERVAL = timedelta(seconds=1)

_DATABASE_NOW = select(db_now())
_NEWEST_DUE = (
    select(JobRow.fairness_key, JobRow.priority, func.max(JobRow.fair_run_at), db_now())
    # A mail that waits for its window to end does not delay a reminder that is due now.
    .where(
        IS_QUEUED,
        JobRow.fairness_key.in_(bindparam("users", expanding=True)),
        JobRow.run_at <= db_now(),
    )
    .group_by(JobRow.fairness_key, JobRow.priority)
)


@dataclass
class ReadTransaction:
    """A read-only transaction, whose reads all see the same moment."""

    connection: Connection
    now: datetime


@dataclass
class UnitOfWork(ReadTransaction):
    """A writing transaction, with the events it recorded and the jobs it added."""

    mutation: str | None = None
    request_id: str = ""
    # The event of a list that the commands undo which run now.
    undoes: int | None = None
    recorded: list[RecordedEvent] = field(default_factory=list)
    earliest_due: datetime | None = None
    _heads: dict[StreamId, Head] = field(default_factory=dict)
    _job_rows: list[dict[str, Any]] = field(default_factory=list)

    async def lock_streams(
        self, streams: Iterable[StreamId], *, skip_locked: bool = False
    ) -> dict[StreamId, Head]:
        """Lock the streams that exist until the transaction ends; return their heads.

        Streams of lists are locked before those of users, each kind in id order and in one call;
        any other order could deadlock with another transaction, so it is a bug and raises
        RuntimeError. `skip_locked`: leave out streams that another transaction has locked, instead
        of waiting for them.
        """
        wanted = sorted(
            {stream for stream in streams if stream not in self._heads}, key=_lock_order
        )
        if wanted and self._heads and _lock_order(wanted[0]) < max(map(_lock_order, self._heads)):
            raise RuntimeError("streams locked out of order: lists first, then users, by id")
        for is_user in (False, True):
            some = [stream for stream in wanted if _is_user_stream(stream) is is_user]
            if some:
                locked = await event_log.lock_heads(self.connection, some, skip_locked=skip_locked)
                self._heads.update(locked)
        return {stream: self._heads[stream] for stream in streams if stream in self._heads}

    async def lock_streams_of_todos(
        self, todo_ids: Sequence[TodoId], list_ids: Sequence[ListId]
    ) -> None:
        """Lock the streams of the lists that the todos are in, and of `list_ids`, in one statement.

        Must be the first lock of the transaction, or it could be out of order: RuntimeError.
        """
        if self._heads:
            raise RuntimeError("the streams of todos' lists are locked first")
        self._heads |= await event_log.lock_heads_of_todos(self.connection, todo_ids, list_ids)

    async def lock_with(self, statement: Executable, values: Mapping[str, Any]) -> Any | None:
        """Lock a stream and read a row in one statement, of `event_log.with_lock`; None without a row.

        The caller reads again unless the row `is_current`. Must be the first lock of the transaction,
        or it could be out of order: RuntimeError.
        """
        if self._heads:
            raise RuntimeError("a lock with a read is the first one")
        row = (await self.connection.execute(statement, values)).one_or_none()
        if row is not None:
            stream = StreamId(row.stream)
            self._heads[stream] = Head(stream, Epoch(row.epoch), row.head, row.floor)
        return row

    @property
    def has_locks(self) -> bool:
        """Return True if this transaction holds the lock of any stream."""
        return bool(self._heads)

    def has_locked(self, stream: StreamId) -> bool:
        """Return True if this transaction holds the lock of the stream."""
        return stream in self._heads

    async def open_stream(self, stream: StreamId) -> Head:
        """Create a stream, locked by this transaction. Return its head."""
        self._heads[stream] = await event_log.create_stream(self.connection, stream)
        return self._heads[stream]

    def head(self, stream: StreamId) -> Head:
        """Return the head of a locked stream, moved by the events recorded so far."""
        return self._heads[stream]

    def record(
        self,
        stream: StreamId,
        event: Event,
        actor: Actor | None,
        *,
        context: Mapping[str, Any] = MappingProxyType({}),
    ) -> Head:
        """Give `event` the next position of `stream`, which must be locked. Return the new head.

        `context` is what the activity of a list tells besides, such as values before the change.
        """
        head = self._heads[stream]
        head = self._heads[stream] = head._replace(seq=head.seq + 1)
        frame = event_log.encode(stream, head.seq, event, self.now, actor, self.mutation)
        stored = None if _is_user_stream(stream) else self._encode_context(context, actor)
        self.recorded.append(
            RecordedEvent(stream, head.epoch, head.seq, event.name, self.now, frame, stored)
        )
        return head

    def _encode_context(self, context: Mapping[str, Any], actor: Actor | None) -> str | None:
        if actor is not None and actor.via is not None:
            context = {**context, "via": actor.via}
        if self.undoes is not None:
            context = {**context, "undoes": self.undoes}
        return event_log.encode_context(context)

    def add_job(
        self,
        job: Job,
        *,
        run_at: datetime | None = None,
        dedupe_key: str | None = None,
        fairness_key: UserId | None = None,
    ) -> JobId:
        """Add `job`, to be run by a worker from `run_at` on. Return its id.

        Nothing is added when a job with the same `dedupe_key` exists. `fairness_key`: the job waits
        behind the other jobs of that user, and so does not delay the jobs of others.
        """
        job_id = JobId(new_id())
        self.wake_workers_at(run_at or self.now)
        self._job_rows.append(
            {
                "id": job_id,
                "kind": job.kind,
                "payload": job.model_dump(mode="json"),
                "dedupe_key": dedupe_key,
                "priority": int(job.priority),
                "run_at": run_at,
                "fair_run_at": run_at,
                "fairness_key": fairness_key,
                "created_at": self.now,
                "request_id": self.request_id,
            }
        )
        return job_id

    def wake_workers_at(self, due_at: datetime) -> None:
        """Let workers know after the commit that a row of this transaction falls due at `due_at`.

        Without it a worker that sleeps sees the row in its next sweep, up to ten seconds later.
        """
        if self.earliest_due is None or due_at < self.earliest_due:
            self.earliest_due = due_at

    def new_heads(self) -> list[Head]:
        """Return the heads that the streams written to have once this is committed."""
        streams = dict.fromkeys([event.stream for event in self.recorded])
        return [self._heads[stream] for stream in streams]

    async def commit(self) -> None:
        """Write events, heads and jobs, and commit; only `Resources.begin` calls this.

        The commit runs to its end even when the task is cancelled meanwhile.
        """
        if self.recorded:
            event_log.append(self.connection, self.recorded)
        if self._job_rows:
            await self._assign_fair_run_at()
            defer_inserts(
                self.connection,
                JobRow,
                self._job_rows,
                skip_taken=("dedupe_key",),
                expression=_or_database_now,
            )
        await self.connection.commit()

    async def _assign_fair_run_at(self) -> None:
        """Queue each job of a user behind the due jobs of that user that have the same priority."""
        users = {row["fairness_key"] for row in self._job_rows if row["fairness_key"] is not None}
        if not users:
            return
        queued = await self.connection.execute(_NEWEST_DUE, {"users": sorted(users)})
        free_from = {
            (user, priority): last + FAIR_INTERVAL
            for user, priority, last, now in queued
            if last + FAIR_INTERVAL > now
        }
        sizes = Counter((row["fairness_key"], row["priority"]) for row in self._job_rows)
        count: Counter[tuple[str, int]] = Counter()
        now: datetime | None = None
        for row in self._job_rows:
            if row["fairness_key"] is None:
                continue
            queue = row["fairness_key"], row["priority"]
            starts = [at for at in (row["run_at"], free_from.get(queue)) if at is not None]
            if not starts and sizes[queue] > 1:
                # A single one gets the database's now with its insert, which may be much later.
                now = now or await self.connection.scalar(_DATABASE_NOW)
                starts = [now]
            if starts:
                row["fair_run_at"] = max(starts) + count[queue] * FAIR_INTERVAL
            count[queue] += 1


def _or_database_now(column: str, value: BindParameter[Any]) -> ColumnElement[Any]:
    # Jobs of a host whose clock is ahead would otherwise wait.
    if column in ("run_at", "fair_run_at"):
        return func.coalesce(value, db_now())
    return value


def _is_user_stream(stream: StreamId) -> bool:
    return stream.startswith("user:")


def _lock_order(stream: StreamId) -> tuple[bool, str]:
    return _is_user_stream(stream), stream
