"""Fire due reminders: add a mail job and a notification for each.

The row is the timer; no process sleeps for it. A reminder that cannot be fired does not delay others:
a batch that fails is fired in halves, and a reminder that fails alone is deferred for a while. Nor do
reminders wait for a user whose stream is locked: those fire in the next sweep. Equal reminders, of one
user on one todo at one instant, are one mail and one notification.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from shared import failpoints, metrics
from shared.clock import monotonic
from shared.contract.events import ReminderMissed, ReminderSet
from shared.contract.jobs import SendReminder
from shared.contract.notifications import NotificationKind
from shared.database.column_types import UtcDateTime
from shared.ids import ListId, TodoId, UserId, user_stream
from shared.notifications.commands import notify
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.tables.reminders import IS_SCHEDULED, ReminderRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.saving import is_database_unavailable
from worker.reminders.reminder_email import (
    MAX_LATENESS,
    SELECT_REMINDERS,
    obsolete_reason,
    set_states,
)

# Streams locked at once while firing: some tenths of a second of a transaction.
BATCH = 100
# A reminder that cannot be fired is tried again after this: the cause may be fixed by then.
DEFER_SECONDS = 60.0
# Deferred reminders in one batch. When more fail, the cause is not in the reminders: the whole step of
# the sweep fails and is tried again.
MAX_DEFERRED_PER_BATCH = 5

log = logging.getLogger(__name__)


class ReminderFiring:
    """Fire due reminders. The only state is which reminders are deferred."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._deferred_until: dict[str, float] = {}
        self._failures_in_batch = 0

    @property
    def deferred(self) -> list[str]:
        """Return the ids of the reminders that are not fired now."""
        now = monotonic()
        for reminder_id in [id_ for id_, until in self._deferred_until.items() if until <= now]:
            del self._deferred_until[reminder_id]
        return list(self._deferred_until)

    async def fire_due(self) -> int:
        """Fire at most BATCH due reminders; return their number.

        Each becomes `sending` and gets a job, or becomes `missed`. The result is 0 although some are
        due if other workers fire them or if they are deferred.
        """
        async with self._resources.single_read() as read:
            values = {"now": read.now, "deferred": self.deferred}
            rows = await read.connection.execute(_DUE, values)
            due = [(str(row.id), UserId(row.user_id)) for row in _whole_groups(list(rows))]
        self._failures_in_batch = 0
        return await self._fire_or_split(due) if due else 0

    async def _fire_or_split(self, due: list[tuple[str, UserId]]) -> int:
        """Fire these reminders in one transaction or, if that fails, each half of them."""
        try:
            return await _fire_batch(self._resources, due)
        except Exception as error:
            is_cause_elsewhere = self._failures_in_batch >= MAX_DEFERRED_PER_BATCH
            if is_database_unavailable(error) or is_cause_elsewhere:
                raise  # the halves would fail too
            if len(due) == 1:
                self._failures_in_batch += 1
                [(reminder_id, _)] = due
                self._deferred_until[reminder_id] = monotonic() + DEFER_SECONDS
                metrics.reminders_deferred.inc()
                log.exception("reminder %s cannot be fired; deferred", reminder_id)
                return 0
        half = len(due) // 2
        return await self._fire_or_split(due[:half]) + await self._fire_or_split(due[half:])


async def _fire_batch(resources: Resources, due: list[tuple[str, UserId]]) -> int:
    """Fire those still due, except those of users whose stream is locked; return their number."""
    async with resources.begin() as work:
        streams = {user_stream(user_id) for _, user_id in due}
        locked = await work.lock_streams(streams, skip_locked=True)
        reminder_ids = [reminder_id for reminder_id, user in due if user_stream(user) in locked]
        # Read again under the lock: another worker, or an edit, may have been first.
        rows = await work.connection.execute(_STILL_DUE, {"ids": reminder_ids, "now": work.now})
        still_due = list(rows)
        await _fire(work, still_due)
        await failpoints.reach("reminders_unsaved")
    return len(still_due)


async def _fire(work: UnitOfWork, due: Sequence[Any]) -> None:
    """Fire these reminders, whose streams are locked; the number of statements does not grow."""
    missed = [row for row in due if work.now - row.next_fire_at > MAX_LATENESS]
    fired = [row for row in due if work.now - row.next_fire_at <= MAX_LATENESS]
    detail = "No worker was running when it was due."
    await set_states(work, missed, "missed", ReminderMissed, detail)
    await set_states(work, fired, "sending", ReminderSet, "")
    groups: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in fired:
        groups[_group(row)].append(row)
    wanted = [_notification(row) for row, *_ in groups.values() if not obsolete_reason(row)]
    await notify(work, None, wanted, is_one_change=False)
    for row, *others in groups.values():
        equal = tuple(f"{other.id}:{other.occurrence}" for other in others)
        work.add_job(
            SendReminder(reminder_id=row.id, occurrence=row.occurrence, equal=equal),
            dedupe_key=f"reminder:{row.id}:{row.occurrence}:{row.user_id}",
            fairness_key=UserId(row.user_id),
        )


def _group(row: Any) -> tuple[Any, ...]:
    return row.next_fire_at, row.user_id, row.todo_id


def _whole_groups(rows: Sequence[Any]) -> Sequence[Any]:
    """Return the rows without a last group of equal reminders that the limit may have cut."""
    if len(rows) < BATCH:
        return rows
    return [row for row in rows if _group(row) != _group(rows[-1])] or rows


def _notification(row: Any) -> NewNotification:
    about = ListId(row.list_id), TodoId(row.todo_id)
    return NewNotification(UserId(row.user_id), NotificationKind.REMINDED, *about)


_IS_DUE = (IS_SCHEDULED, ReminderRow.next_fire_at <= bindparam("now", type_=UtcDateTime))
_DUE = (
    select(ReminderRow.id, ReminderRow.user_id, ReminderRow.todo_id, ReminderRow.next_fire_at)
    .where(*_IS_DUE, ReminderRow.id.not_in(bindparam("deferred", expanding=True)))
    .order_by(ReminderRow.next_fire_at, ReminderRow.user_id, ReminderRow.todo_id, ReminderRow.id)
    .limit(BATCH)
)
_STILL_DUE = SELECT_REMINDERS.where(*_IS_DUE)
