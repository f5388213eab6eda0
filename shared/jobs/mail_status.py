"""Record how the mail server treats each kind of mail, and read whether mail works.

Workers write a row of `mail_kinds` for each kind: at a failure that any mail would meet in the same way
(no connection, a refused sign-in), and at a sent mail. API processes read them for /health and /metrics,
so both work while no worker runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shared.contract.jobs import (
    JOBS,
    CleanUp,
    EndShareLink,
    EraseEvents,
    EraseFromEvents,
    ExportData,
    Priority,
    SendPush,
)
from shared.database.column_types import UtcDateTime
from shared.jobs.retries import MAX_DELAY_SECONDS
from shared.tables.jobs import IS_QUEUED, JobRow
from shared.tables.mail_kinds import MailKindRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

MAIL_KINDS = frozenset(JOBS) - {
    SendPush.kind,
    CleanUp.kind,
    EndShareLink.kind,
    EraseEvents.kind,
    EraseFromEvents.kind,
    ExportData.kind,
}
# Due mail is sent within seconds; a full hour of digests takes minutes.
LATE_AFTER = timedelta(minutes=5)
# While mail waits for the server, some attempt fails within the longest delay between attempts. After
# that nothing waits for it any more: the mails were discarded or given up.
FAILURE_COUNTS_FOR = timedelta(seconds=MAX_DELAY_SECONDS + 600)
# A pause is renewed by the next attempt, which takes up to this time after the pause has ended.
PAUSE_GRACE = timedelta(seconds=30)
MAX_ANSWER_LENGTH = 200


@dataclass(frozen=True)
class PausedKind:
    """A kind of mail of which nothing is sent until a setting is corrected."""

    kind: str
    answer: str
    until: datetime


@dataclass(frozen=True)
class MailStatus:
    """Whether mail works. `waiting_since` is None unless mail waits for the server or is late."""

    read_at: datetime
    waiting_since: datetime | None
    sent_at: datetime | None
    failed_at: datetime | None
    # Of the failure at `failed_at`; empty while mail works.
    answer: str
    paused: tuple[PausedKind, ...]

    @property
    def waiting_seconds(self) -> float:
        return (self.read_at - (self.waiting_since or self.read_at)).total_seconds()

    @property
    def is_working(self) -> bool:
        return self.waiting_since is None and not self.paused


def record_sent(work: UnitOfWork, kinds: Iterable[str]) -> None:
    """Record with the commit that mails of these kinds were sent: their failures are over."""
    statement = _upsert(work.connection.is_sqlite, is_failure=False)
    # In one order, and after all other rows, so that two workers do not deadlock.
    rows = [{"new_kind": kind, "now": work.now} for kind in sorted(kinds)]
    work.connection.defer(statement, rows)


def end_failures(work: UnitOfWork, kinds: Iterable[str]) -> None:
    """Record sent mails of these kinds, but write only the rows of kinds that are failing."""
    rows = [{"failing_kind": kind, "now": work.now} for kind in sorted(kinds)]
    work.connection.defer(_END_FAILURE, rows)


async def record_failure(
    work: UnitOfWork, kind: str, answer: str, *, paused_until: datetime | None = None
) -> None:
    """Record a failure that every mail would meet. `paused_until` if the kind is paused."""
    values = {
        "new_kind": kind,
        "now": work.now,
        "new_answer": answer[:MAX_ANSWER_LENGTH],
        "new_paused_until": paused_until,
    }
    await work.connection.execute(_upsert(work.connection.is_sqlite, is_failure=True), values)


_END_FAILURE = (
    update(MailKindRow)
    .where(MailKindRow.kind == bindparam("failing_kind"), MailKindRow.failing_since.is_not(None))
    .values(
        sent_at=bindparam("now", type_=UtcDateTime),
        failing_since=None,
        answer="",
        paused_until=None,
    )
)


@cache
def _upsert(is_sqlite: bool, *, is_failure: bool) -> Any:
    now = bindparam("now", type_=UtcDateTime)
    statement = (sqlite if is_sqlite else postgresql).insert(MailKindRow)
    values: dict[str, Any]
    if is_failure:
        values = {
            "failed_at": now,
            "failing_since": now,
            "answer": bindparam("new_answer"),
            "paused_until": bindparam("new_paused_until", type_=UtcDateTime),
        }
        changed = values | {"failing_since": func.coalesce(MailKindRow.failing_since, now)}
    else:
        values = {"sent_at": now, "failing_since": None, "answer": "", "paused_until": None}
        changed = values
    statement = statement.values(kind=bindparam("new_kind"), **values)
    return statement.on_conflict_do_update(index_elements=["kind"], set_=changed)


async def read_mail_status(read: ReadTransaction) -> MailStatus:
    """Return whether mail works, from the rows of `mail_kinds` and the due mails."""
    rows = list(await read.connection.execute(_MAIL_KINDS))
    due = (await read.connection.execute(_OLDEST_DUE, {"due": read.now})).one()
    sent_at = max((row.sent_at for row in rows if row.sent_at), default=None)
    oldest_counting = read.now - FAILURE_COUNTS_FOR
    failing = [
        row
        for row in rows
        if row.failing_since
        and row.failed_at > oldest_counting
        # A mail of any kind that was sent later shows that the server works again.
        and (sent_at is None or row.failed_at > sent_at)
    ]
    waiting = [row.failing_since for row in failing]
    waiting += [at for at in due if at is not None and read.now - at > LATE_AFTER]
    last = max(failing, key=lambda row: row.failed_at, default=None)
    return MailStatus(
        read_at=read.now,
        waiting_since=min(waiting, default=None),
        sent_at=sent_at,
        failed_at=max((row.failed_at for row in rows if row.failed_at), default=None),
        answer="" if last is None else last.answer,
        paused=tuple(
            PausedKind(row.kind, row.answer, row.paused_until)
            for row in failing
            if row.paused_until and row.paused_until + PAUSE_GRACE > read.now
        ),
    )


_MAIL_KINDS = select(
    MailKindRow.kind,
    MailKindRow.sent_at,
    MailKindRow.failed_at,
    MailKindRow.failing_since,
    MailKindRow.answer,
    MailKindRow.paused_until,
).order_by(MailKindRow.kind)


def _oldest_due(priority: Priority) -> Select[datetime]:
    """Return the oldest due mail of a priority: the index has it first, also among a million."""
    return (
        select(JobRow.run_at)
        .where(
            IS_QUEUED,
            JobRow.priority == int(priority),
            JobRow.run_at <= bindparam("due", type_=UtcDateTime),
            JobRow.kind.in_(sorted(MAIL_KINDS)),
        )
        .order_by(JobRow.run_at)
        .limit(1)
    )


_OLDEST_DUE = select(*(_oldest_due(each).scalar_subquery().label(each.name) for each in Priority))
