"""Read what the next sweep has to do, and when the next row falls due: one statement.

A worker that sleeps until then needs no other query while nothing happens.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, and_, bindparam, exists, func, select

from shared.contract.jobs import Priority
from shared.database.server_clock import db_now
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import IS_QUARANTINED, IS_QUEUED, JobRow
from shared.tables.notifications import PreferencesRow
from shared.tables.reminders import IS_SCHEDULED, ReminderRow
from shared.unit_of_work import ReadTransaction


@dataclass(frozen=True)
class DueRows:
    """The due rows at `now`, an instant of the database's clock.

    `next_job_at` is in the future. The other instants are in the past if a row is due.
    """

    now: datetime
    is_job_due: bool
    has_quarantined: bool
    has_webhooks: bool
    next_job_at: datetime | None
    next_parked_at: datetime | None
    next_lease_end: datetime | None
    next_reminder_at: datetime | None
    next_digest_at: datetime | None


async def read_due_rows(
    read: ReadTransaction,
    *,
    except_kinds: Collection[str] = (),
    except_reminders: Collection[str] = (),
) -> DueRows:
    """Return what is due, and when the next rows fall due.

    `has_quarantined` ignores jobs of `except_kinds`: they are not claimed now, so no other job waits
    for them. `except_reminders` are the ids of reminders that are not fired now.
    """
    values = {"except_kinds": list(except_kinds), "except_reminders": list(except_reminders)}
    row = (await read.connection.execute(_DUE_ROWS, values)).one()
    runs = [at for at in (row.security, row.reminder, row.bulk) if at is not None]
    return DueRows(
        now=row.now,
        is_job_due=bool(row.is_job_due),
        has_quarantined=bool(row.has_quarantined),
        has_webhooks=bool(row.has_webhooks),
        next_job_at=min(runs, default=None),
        next_parked_at=row.next_parked_at,
        next_lease_end=row.next_lease_end,
        next_reminder_at=row.next_reminder_at,
        next_digest_at=row.next_digest_at,
    )


def _any(*conditions: object) -> ScalarSelect[bool]:
    return select(exists().where(and_(*conditions))).scalar_subquery()  # type: ignore[arg-type]


def _next_run(priority: Priority) -> ScalarSelect[datetime]:
    """Return when the next job of this priority falls due: one index lookup for any number of jobs."""
    return (
        select(func.min(JobRow.run_at))
        .where(JobRow.state == "queued", JobRow.priority == int(priority), JobRow.run_at > db_now())
        .scalar_subquery()
    )


def _earliest(column: object, *conditions: object) -> ScalarSelect[datetime]:
    return select(func.min(column)).where(*conditions).scalar_subquery()  # type: ignore[arg-type]


_DUE_ROWS = select(
    db_now().label("now"),
    _any(JobRow.state == "queued", JobRow.run_at <= db_now()).label("is_job_due"),
    _any(
        IS_QUEUED,
        IS_QUARANTINED,
        JobRow.run_at <= db_now(),
        JobRow.kind.not_in(bindparam("except_kinds", expanding=True)),
    ).label("has_quarantined"),
    _any(WebhookRow.disabled_at.is_(None)).label("has_webhooks"),
    _next_run(Priority.SECURITY).label("security"),
    _next_run(Priority.REMINDER).label("reminder"),
    _next_run(Priority.BULK).label("bulk"),
    _earliest(JobRow.run_at, JobRow.state == "parked").label("next_parked_at"),
    _earliest(JobRow.lease_until, JobRow.state.in_(("leased", "sending"))).label("next_lease_end"),
    _earliest(
        ReminderRow.next_fire_at,
        IS_SCHEDULED,
        ReminderRow.id.not_in(bindparam("except_reminders", expanding=True)),
    ).label("next_reminder_at"),
    _earliest(PreferencesRow.next_digest_at).label("next_digest_at"),
)
