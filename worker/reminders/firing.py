"""Fires reminders when they are due: each has its job, and its person a notification.

The row is the timer: nothing sleeps anywhere. One that cannot be fired keeps no other waiting:
what fails together is fired by halves, and what fails alone is set aside for a while. Nor does a
person whose stream is held by somebody else: theirs fire with the next sweep.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from shared import failpoints, metrics
from shared.clock import monotonic
from shared.contract.events import ReminderMissed, ReminderSet
from shared.contract.jobs import SendReminder
from shared.contract.notifications import NotificationKind
from shared.ids import ListId, TodoId, UserId, user_stream
from shared.notifications.commands import notify
from shared.notifications.rules import NewNotification
from shared.resources import Resources
from shared.tables.reminders import ReminderRow
from shared.unit_of_work import ReadTransaction, UnitOfWork
from worker.jobs.context import is_away
from worker.reminders.reminder_email import LATEST, move, select_reminders, why_not

# Streams held at once while firing: some tenths of a second of a transaction.
BATCH = 100
# What cannot be fired is tried again this often: what hinders it may be mended.
ASIDE_SECONDS = 60.0
# Of one batch. When more fail, it is not they that are wrong: the sweep says so, and tries again.
MOST_ASIDE = 5

log = logging.getLogger(__name__)


class Firing:
    """Fires what is due. Remembers only what could not be fired lately."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._aside: dict[str, float] = {}
        self._failed = 0

    async def next_in(self, read: ReadTransaction) -> timedelta | None:
        """Returns how long until the next is due; negative when it is overdue, None: none."""
        at: datetime | None = await read.connection.scalar(
            select(func.min(ReminderRow.next_fire_at)).where(*self._scheduled())
        )
        return None if at is None else at - read.now

    async def fire_due(self) -> int:
        """Up to BATCH due reminders are `sending`, each with its job, or `missed`; returns how many.

        None although some are due: others are at them, or they are set aside.
        """
        async with self._resources.begin_read() as read:
            rows = await read.connection.execute(
                select(ReminderRow.id, ReminderRow.user_id)
                .where(*self._scheduled(), ReminderRow.next_fire_at <= read.now)
                .order_by(ReminderRow.next_fire_at)
                .limit(BATCH)
            )
            found = [(str(row.id), UserId(row.user_id)) for row in rows]
        self._failed = 0
        return await self._fire_some(found) if found else 0

    def _scheduled(self) -> list[ColumnElement[bool]]:
        now = monotonic()
        self._aside = {one: until for one, until in self._aside.items() if until > now}
        scheduled = [ReminderRow.state == "scheduled"]
        return [*scheduled, ReminderRow.id.not_in(self._aside)] if self._aside else scheduled

    async def _fire_some(self, found: list[tuple[str, UserId]]) -> int:
        try:
            return await _fire_together(self._resources, found)
        except Exception as error:
            if is_away(error) or self._failed >= MOST_ASIDE:
                raise  # halves would fail as the whole did
            if len(found) == 1:
                self._failed += 1
                [(reminder_id, _)] = found
                self._aside[reminder_id] = monotonic() + ASIDE_SECONDS
                metrics.reminders_set_aside.inc()
                log.exception("reminder %s cannot be fired; set aside", reminder_id)
                return 0
        half = len(found) // 2
        return await self._fire_some(found[:half]) + await self._fire_some(found[half:])


async def _fire_together(resources: Resources, found: list[tuple[str, UserId]]) -> int:
    """Those still due are fired in one transaction, but for held persons'; returns how many."""
    async with resources.begin() as work:
        streams = {user_stream(user_id) for _, user_id in found}
        held = await work.lock_streams(streams, only_free=True)
        # Read again under the lock: another worker, or an edit, may have been here meanwhile.
        rows = await work.connection.execute(
            select_reminders().where(
                ReminderRow.id.in_([one for one, user in found if user_stream(user) in held]),
                ReminderRow.state == "scheduled",
                ReminderRow.next_fire_at <= work.now,
            )
        )
        due = list(rows)
        for row in due:
            await _fire(work, row)
        await failpoints.reach("reminders_unsaved")
    return len(due)


async def _fire(work: UnitOfWork, row: Row[*tuple[Any, ...]]) -> None:
    if work.now - row.next_fire_at > LATEST:
        await move(work, row, "missed", ReminderMissed, "No worker was running when it was due.")
        return
    await move(work, row, "sending", ReminderSet, "")
    if not why_not(row):
        await notify(work, None, [_notice(row)])
    work.add_job(
        SendReminder(reminder_id=row.id, occurrence=row.occurrence),
        dedupe_key=f"reminder:{row.id}:{row.occurrence}:{row.user_id}",
        for_user=UserId(row.user_id),
    )


def _notice(row: Row[*tuple[Any, ...]]) -> NewNotification:
    about = ListId(row.list_id), TodoId(row.todo_id)
    return NewNotification(UserId(row.user_id), NotificationKind.REMINDED, *about)
