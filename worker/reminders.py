"""Fires reminders when they are due, and mails them.

    scheduled ─fire_due→ sending ─mail→ sent
        │                   ├→ failed      the mail could not be delivered
        │                   └→ cancelled   the todo was finished, trashed, or is not theirs any more
        └→ missed           no worker was there within LATEST

The row is the timer: nothing sleeps anywhere. Every change of state is an event on the person's
own stream, in the same transaction.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from shared import failpoints
from shared.contract.events import Event, ReminderFailed, ReminderMissed, ReminderSent, ReminderSet
from shared.contract.jobs import SendReminder
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import ReminderState
from shared.ids import ListId, TodoId, UserId, user_stream
from shared.jobs.retries import Unwanted
from shared.notifications.commands import notify
from shared.notifications.mail_links import Mails
from shared.notifications.rules import Notice
from shared.reminders.queries import reminder_of
from shared.reminders.rules import Due
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoRow
from shared.work import Read, Work
from worker.letters import Letter, Letters
from worker.told import stop_link
from worker.tools import Outcome
from worker.words import due_in_words, instant_in_words

# A reminder an hour late still helps; one of the day before yesterday only confuses.
LATEST = timedelta(hours=24)
# Streams held at once while firing: some milliseconds of a transaction.
BATCH = 100

_OPEN = ("pending", "in_progress")


async def next_fire_in(read: Read) -> timedelta | None:
    """Returns how long until the next reminder is due; negative when it is overdue, None: none."""
    at: datetime | None = await read.connection.scalar(
        select(func.min(ReminderRow.next_fire_at)).where(ReminderRow.state == "scheduled")
    )
    return None if at is None else at - read.now


async def fire_due(resources: Resources) -> int:
    """Up to BATCH due reminders are `sending`, each with its job, or `missed`; returns how many."""
    async with resources.begin_read() as read:
        rows = await read.connection.execute(
            select(ReminderRow.id, ReminderRow.user_id)
            .where(ReminderRow.state == "scheduled", ReminderRow.next_fire_at <= read.now)
            .order_by(ReminderRow.next_fire_at)
            .limit(BATCH)
        )
        found = {row.id: UserId(row.user_id) for row in rows}
    if not found:
        return 0
    async with resources.begin_work() as work:
        await work.lock_streams({user_stream(user_id) for user_id in found.values()})
        # Read again under the lock: another worker, or an edit, may have been here meanwhile.
        rows = await work.connection.execute(
            _reminders().where(
                ReminderRow.id.in_(list(found)),
                ReminderRow.state == "scheduled",
                ReminderRow.next_fire_at <= work.now,
            )
        )
        due = list(rows)
        for row in due:
            await _fire(work, row)
        await failpoints.reach("reminders_unsaved")
    return len(due)


async def _fire(work: Work, row: Row[*tuple[Any, ...]]) -> None:
    if work.now - row.next_fire_at > LATEST:
        await _move(work, row, "missed", ReminderMissed, "No worker was running when it was due.")
        return
    await _move(work, row, "sending", ReminderSet, "")
    if not _why_not(row):
        await notify(work, None, [_notice(row)])
    work.add_job(
        SendReminder(reminder_id=row.id, occurrence=row.occurrence),
        dedupe_key=f"reminder:{row.id}:{row.occurrence}:{row.user_id}",
        for_user=UserId(row.user_id),
    )


def _notice(row: Row[*tuple[Any, ...]]) -> Notice:
    about = ListId(row.list_id), TodoId(row.todo_id)
    return Notice(UserId(row.user_id), NotificationKind.REMINDED, *about)


async def write_reminder(work: Work, letters: Letters, job: SendReminder) -> Letter:
    """Returns the mail of a reminder that is still wanted. Raises Unwanted."""
    row = await _current(work, job)
    if row is None:
        raise Unwanted("the reminder is gone or was set anew")
    why_not = _why_not(row)
    if why_not:
        raise Unwanted(why_not)
    kind = NotificationKind.REMINDED
    stop = await stop_link(work, letters, UserId(row.user_id), kind, Mails.REMINDERS)
    due = Due(row.due_kind, row.due_date, row.due_local, row.due_at)
    late = work.now - row.next_fire_at > timedelta(minutes=5) if row.next_fire_at else False
    return letters.write(
        "reminder",
        row.email,
        f"Reminder: {row.title}",
        stop=stop,
        name=row.name,
        title=row.title,
        due=due_in_words(due, row.time_zone, work.now),
        zone=row.time_zone,
        list_name=row.list_name,
        link=letters.todo_link(row.list_id, row.todo_id),
        meant_for=instant_in_words(row.next_fire_at, row.time_zone) if late else "",
    )


def _why_not(row: Row[*tuple[Any, ...]]) -> str:
    if row.user_status != "active":
        return "the account is not active"
    if row.role is None:
        return "they are not a member of the list any more"
    if row.todo_deleted_at or row.list_deleted_at:
        return "the todo is in the trash"
    return "" if row.todo_status in _OPEN else "the todo is not open any more"


async def note_sent(work: Work, job: SendReminder) -> None:
    """The reminder is `sent`, and its person's screens say so."""
    row = await _held(work, job)
    if row is not None:
        await _move(work, row, "sent", ReminderSent, "", sent_at=work.now)


async def note_outcome(work: Work, job: SendReminder, outcome: Outcome) -> None:
    """The reminder shows how sending it went."""
    row = await _held(work, job)
    if row is None:
        return
    if outcome.state == "retrying":
        await _move(
            work, row, "sending", ReminderSet, f"Attempt {outcome.attempt} failed: {outcome.why}."
        )
    elif outcome.state == "dead":
        await _move(work, row, "failed", ReminderFailed, f"Not sent: {outcome.why}.")
    else:
        await _move(work, row, "cancelled", ReminderSet, f"Not sent: {outcome.why}.")


async def _held(work: Work, job: SendReminder) -> Row[*tuple[Any, ...]] | None:
    """Returns the firing reminder with its person's stream held; None when it was set anew."""
    user_id = await work.connection.scalar(
        select(ReminderRow.user_id).where(ReminderRow.id == job.reminder_id)
    )
    if user_id is None:
        return None
    await work.lock_streams([user_stream(UserId(user_id))])
    return await _current(work, job)


async def _current(work: Work, job: SendReminder) -> Row[*tuple[Any, ...]] | None:
    """Returns the reminder if it is this occurrence of it that is being sent."""
    rows = await work.connection.execute(
        _reminders().where(
            ReminderRow.id == job.reminder_id,
            ReminderRow.occurrence == job.occurrence,
            # "failed" too: a dead letter that an operator retries.
            ReminderRow.state.in_(("sending", "failed")),
        )
    )
    return rows.one_or_none()


async def _move(
    work: Work,
    row: Row[*tuple[Any, ...]],
    state: str,
    event: type[ReminderSet | ReminderSent | ReminderFailed | ReminderMissed],
    detail: str,
    *,
    sent_at: datetime | None = None,
) -> None:
    """The reminder has a new state, recorded on its person's stream, which is held."""
    values = {"state": state, "detail": detail[:200], "sent_at": sent_at or row.sent_at}
    await work.connection.execute(
        update(ReminderRow).where(ReminderRow.id == row.id).values(values)
    )
    shape = reminder_of(row).shape.model_copy(update={**values, "state": ReminderState(state)})
    said: Event = event(reminder=shape)
    work.record(user_stream(UserId(row.user_id)), said, None)


def _reminders() -> Select[*tuple[Any, ...]]:
    """Returns reminders with all that decides whether they are wanted, and what they say."""
    return (
        select(
            *ReminderRow.__table__.c,
            TodoRow.list_id,
            TodoRow.title,
            TodoRow.status.label("todo_status"),
            TodoRow.deleted_at.label("todo_deleted_at"),
            TodoRow.due_kind,
            TodoRow.due_date,
            TodoRow.due_local,
            TodoRow.due_at,
            ListRow.name.label("list_name"),
            ListRow.deleted_at.label("list_deleted_at"),
            UserRow.name,
            UserRow.email,
            UserRow.time_zone,
            UserRow.status.label("user_status"),
            MemberRow.role,
        )
        .join(TodoRow, TodoRow.id == ReminderRow.todo_id)
        .join(ListRow, ListRow.id == TodoRow.list_id)
        .join(UserRow, UserRow.id == ReminderRow.user_id)
        .outerjoin(
            MemberRow,
            (MemberRow.list_id == TodoRow.list_id) & (MemberRow.user_id == ReminderRow.user_id),
        )
    )
