"""Mails reminders that fired (worker/reminders/firing.py), and keeps what became of them.

    scheduled ─fire_due→ sending ─→ sent    mailed; or shown only, if they want no such mails
        │                   ├→ failed       the mail could not be delivered, or is suppressed
        │                   ├→ missed       it could not be mailed within LATEST
        │                   └→ cancelled    the todo was finished, trashed, or is not theirs any more
        └→ missed           no worker was there within LATEST

Every change of state is an event on the person's own stream, in the same transaction.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select, update

from shared.contract.events import Event, ReminderFailed, ReminderMissed, ReminderSent, ReminderSet
from shared.contract.jobs import SendReminder
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import OPEN, ReminderState
from shared.ids import UserId, user_stream
from shared.jobs.retries import Unwanted
from shared.notifications import queries
from shared.notifications.unsubscribe_links import Mails
from shared.reminders.queries import reminder_from_row
from shared.reminders.rules import Due
from shared.tables.accounts import UserRow
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow
from shared.tables.reminders import ReminderRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Outcome
from worker.mail.renderer import Letter, Letters
from worker.notifications.notification_email import stop_link
from worker.text_format import due_in_words, instant_in_words

# A reminder an hour late still helps; one of the day before yesterday only confuses.
LATEST = timedelta(hours=24)

Told = type[ReminderSet | ReminderSent | ReminderFailed | ReminderMissed]


async def write_reminder(work: UnitOfWork, letters: Letters, job: SendReminder) -> Letter:
    """Returns the mail of a reminder that is still wanted. Raises Unwanted."""
    row = await _current(work, job)
    if row is None:
        raise Unwanted("the reminder is gone or was set anew")
    if reason := why_not(row):
        raise Unwanted(reason)
    if _is_past(work, row):
        raise Unwanted("it could not be mailed within a day")
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


def why_not(row: Row[*tuple[Any, ...]]) -> str:
    """Returns why nobody wants the reminder any more; empty if it is wanted."""
    if row.user_status != "active":
        return "the account is not active"
    if row.role is None:
        return "they are not a member of the list any more"
    if row.todo_deleted_at or row.list_deleted_at:
        return "the todo is in the trash"
    return "" if row.todo_status in OPEN else "the todo is not open any more"


def _is_past(work: UnitOfWork, row: Row[*tuple[Any, ...]]) -> bool:
    return row.next_fire_at is not None and work.now - row.next_fire_at > LATEST


async def note_sent(work: UnitOfWork, job: SendReminder) -> None:
    """The reminder is `sent`, and its person's screens say so."""
    row = await _held(work, job)
    if row is not None:
        await move(work, row, "sent", ReminderSent, "", sent_at=work.now)


async def note_outcome(work: UnitOfWork, job: SendReminder, outcome: Outcome) -> None:
    """The reminder shows how sending it went."""
    row = await _held(work, job)
    if row is None:
        return
    if outcome.state == "retrying":
        await move(
            work, row, "sending", ReminderSet, f"Attempt {outcome.attempt} failed: {outcome.why}."
        )
    elif outcome.state == "dead":
        await move(work, row, "failed", ReminderFailed, f"Not sent: {outcome.why}.")
    else:
        await _note_unmailed(work, row, outcome)


async def _note_unmailed(work: UnitOfWork, row: Row[*tuple[Any, ...]], outcome: Outcome) -> None:
    """The reminder tells why there was no mail, if its person still has a use for it."""
    wanted = (await queries.read_channels(work, {UserId(row.user_id)}))[UserId(row.user_id)]
    ways = wanted[NotificationKind.REMINDED]
    detail = f"Not sent: {outcome.why}."
    if why_not(row) or not any(ways.model_dump().values()):
        await move(work, row, "cancelled", ReminderSet, detail)
    elif not ways.mail:
        # It was shown when it fired: that is how they want to be told.
        await move(work, row, "sent", ReminderSent, "Not mailed, by choice.", sent_at=work.now)
    elif _is_past(work, row):
        await move(work, row, "missed", ReminderMissed, detail)
    else:
        await move(work, row, "failed", ReminderFailed, detail)


async def _held(work: UnitOfWork, job: SendReminder) -> Row[*tuple[Any, ...]] | None:
    """Returns the firing reminder with its person's stream held; None when it was set anew."""
    user_id = await work.connection.scalar(
        select(ReminderRow.user_id).where(ReminderRow.id == job.reminder_id)
    )
    if user_id is None:
        return None
    await work.lock_streams([user_stream(UserId(user_id))])
    return await _current(work, job)


async def _current(work: UnitOfWork, job: SendReminder) -> Row[*tuple[Any, ...]] | None:
    """Returns the reminder if it is this occurrence of it that is being sent."""
    rows = await work.connection.execute(
        select_reminders().where(
            ReminderRow.id == job.reminder_id,
            ReminderRow.occurrence == job.occurrence,
            # "failed" too: a dead letter that an operator retries.
            ReminderRow.state.in_(("sending", "failed")),
        )
    )
    return rows.one_or_none()


async def move(
    work: UnitOfWork,
    row: Row[*tuple[Any, ...]],
    state: str,
    event: Told,
    detail: str,
    *,
    sent_at: datetime | None = None,
) -> None:
    """The reminder has a new state, recorded on its person's stream, which is held."""
    values = {"state": state, "detail": detail[:200], "sent_at": sent_at or row.sent_at}
    await work.connection.execute(
        update(ReminderRow).where(ReminderRow.id == row.id).values(values)
    )
    shape = reminder_from_row(row).shape.model_copy(
        update={**values, "state": ReminderState(state)}
    )
    said: Event = event(reminder=shape)
    work.record(user_stream(UserId(row.user_id)), said, None)


def select_reminders() -> Select[*tuple[Any, ...]]:
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
