"""Mail reminders that fired (worker/reminders/firing.py), and keep their state.

    scheduled ─fire_due→ sending ─→ sent    mailed; or only shown, if the user wants no such mails
        │                   ├→ failed       the mail could not be delivered, or is suppressed
        │                   ├→ missed       it could not be mailed within MAX_LATENESS
        │                   └→ cancelled    the todo was finished, trashed, or is no longer readable
        └→ missed           no worker ran within MAX_LATENESS

Every change of state is an event on the user's own stream, in the same transaction.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select, update

from shared.contract.events import Event, ReminderFailed, ReminderMissed, ReminderSent, ReminderSet
from shared.contract.jobs import SendReminder
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import OPEN, ReminderState
from shared.ids import UserId, user_stream
from shared.jobs.retries import Obsolete
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
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.notifications.notification_email import unsubscribe_token
from worker.text_format import format_due, format_instant

# A reminder an hour late still helps. One of the day before yesterday only confuses.
MAX_LATENESS = timedelta(hours=24)

ReminderEvent = type[ReminderSet | ReminderSent | ReminderFailed | ReminderMissed]


async def compose_reminder(
    work: UnitOfWork, renderer: EmailRenderer, job: SendReminder
) -> EmailMessage:
    """Return the mail of a reminder. Raise Obsolete if it is no longer wanted."""
    row = await _find_occurrence(work, job)
    if row is None:
        raise Obsolete("the reminder was deleted or rescheduled")
    if reason := obsolete_reason(row):
        raise Obsolete(reason)
    if _is_too_late(work, row):
        raise Obsolete("it could not be mailed within a day")
    unsubscribe = await unsubscribe_token(
        work, renderer, UserId(row.user_id), NotificationKind.REMINDED, Mails.REMINDERS
    )
    due = Due(row.due_kind, row.due_date, row.due_local, row.due_at)
    late = work.now - row.next_fire_at > timedelta(minutes=5) if row.next_fire_at else False
    return renderer.render(
        "reminder",
        row.email,
        f"Reminder: {row.title}",
        unsubscribe=unsubscribe,
        name=row.name,
        title=row.title,
        due=format_due(due, row.time_zone, work.now),
        zone=row.time_zone,
        list_name=row.list_name,
        link=renderer.todo_link(row.list_id, row.todo_id),
        meant_for=format_instant(row.next_fire_at, row.time_zone) if late else "",
    )


def obsolete_reason(row: Row[*tuple[Any, ...]]) -> str:
    """Return why the reminder is no longer wanted, or "" if it is wanted."""
    if row.user_status != "active":
        return "the account is not active"
    if row.role is None:
        return "they are not a member of the list any more"
    if row.todo_deleted_at or row.list_deleted_at:
        return "the todo is in the trash"
    return "" if row.todo_status in OPEN else "the todo is not open any more"


def _is_too_late(work: UnitOfWork, row: Row[*tuple[Any, ...]]) -> bool:
    return row.next_fire_at is not None and work.now - row.next_fire_at > MAX_LATENESS


async def record_sent(work: UnitOfWork, job: SendReminder) -> None:
    """Set the reminder to `sent`."""
    row = await _lock_occurrence(work, job)
    if row is not None:
        await set_state(work, row, "sent", ReminderSent, "", sent_at=work.now)


async def record_outcome(work: UnitOfWork, job: SendReminder, outcome: Outcome) -> None:
    """Set the reminder to the state that shows the outcome of an attempt to mail it."""
    row = await _lock_occurrence(work, job)
    if row is None:
        return
    if outcome.state == "retrying":
        detail = f"Attempt {outcome.attempt} failed: {outcome.reason}."
        await set_state(work, row, "sending", ReminderSet, detail)
    elif outcome.state == "dead":
        await set_state(work, row, "failed", ReminderFailed, f"Not sent: {outcome.reason}.")
    else:
        await _record_not_mailed(work, row, outcome)


async def _record_not_mailed(
    work: UnitOfWork, row: Row[*tuple[Any, ...]], outcome: Outcome
) -> None:
    """Set the state of a reminder whose mail was obsolete."""
    settings = (await queries.read_channels(work, {UserId(row.user_id)}))[UserId(row.user_id)]
    channels = settings[NotificationKind.REMINDED]
    detail = f"Not sent: {outcome.reason}."
    if obsolete_reason(row) or not any(channels.model_dump().values()):
        await set_state(work, row, "cancelled", ReminderSet, detail)
    elif not channels.mail:
        # Firing showed the notification, which is all that the user's settings ask for.
        detail = "Not mailed, by choice."
        await set_state(work, row, "sent", ReminderSent, detail, sent_at=work.now)
    elif _is_too_late(work, row):
        await set_state(work, row, "missed", ReminderMissed, detail)
    else:
        await set_state(work, row, "failed", ReminderFailed, detail)


async def _lock_occurrence(work: UnitOfWork, job: SendReminder) -> Row[*tuple[Any, ...]] | None:
    """Lock the user's stream and return the reminder, or None if it was rescheduled."""
    user_id = await work.connection.scalar(
        select(ReminderRow.user_id).where(ReminderRow.id == job.reminder_id)
    )
    if user_id is None:
        return None
    await work.lock_streams([user_stream(UserId(user_id))])
    return await _find_occurrence(work, job)


async def _find_occurrence(work: UnitOfWork, job: SendReminder) -> Row[*tuple[Any, ...]] | None:
    """Return the reminder if it is being sent for the schedule that the job names."""
    rows = await work.connection.execute(
        select_reminders().where(
            ReminderRow.id == job.reminder_id,
            ReminderRow.occurrence == job.occurrence,
            # "failed" too: an operator may retry a dead letter.
            ReminderRow.state.in_(("sending", "failed")),
        )
    )
    return rows.one_or_none()


async def set_state(
    work: UnitOfWork,
    row: Row[*tuple[Any, ...]],
    state: str,
    event_type: ReminderEvent,
    detail: str,
    *,
    sent_at: datetime | None = None,
) -> None:
    """Write the reminder's state and record its event. The user's stream must be locked."""
    values = {"state": state, "detail": detail[:200], "sent_at": sent_at or row.sent_at}
    await work.connection.execute(
        update(ReminderRow).where(ReminderRow.id == row.id).values(values)
    )
    shape = reminder_from_row(row).shape.model_copy(
        update={**values, "state": ReminderState(state)}
    )
    event: Event = event_type(reminder=shape)
    work.record(user_stream(UserId(row.user_id)), event, None)


def select_reminders() -> Select[*tuple[Any, ...]]:
    """Return a query of reminders with everything that decides whether and what to mail."""
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
