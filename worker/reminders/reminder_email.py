"""Mail reminders that fired (worker/reminders/firing.py), and keep their state.

    scheduled ─fire_due→ sending ─→ sent    mailed; or only shown, if the user wants no such mails
        │                   ├→ failed       the mail could not be delivered, or is suppressed
        │                   ├→ missed       it could not be mailed within MAX_LATENESS
        │                   └→ cancelled    the todo was finished, trashed, or is no longer readable
        └→ missed           no worker ran within MAX_LATENESS

Every change of state is an event on the user's own stream, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

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
from worker.mail.email_batches import ComposedEmail
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.notifications.notification_email import MAILS_NOT_WANTED, create_wanted_tokens
from worker.text_format import format_due, format_instant, list_name

# A reminder an hour late still helps. One of the day before yesterday only confuses.
MAX_LATENESS = timedelta(hours=24)

ReminderEvent = type[ReminderSet | ReminderSent | ReminderFailed | ReminderMissed]


async def compose_reminders(
    work: UnitOfWork, renderer: EmailRenderer, jobs: Sequence[SendReminder]
) -> list[ComposedEmail | Obsolete]:
    """Return the mail of each reminder, or why it is no longer wanted."""
    rows = await _find_occurrences(work, jobs)
    wanted = [row for row in rows.values() if not _reason_not_to_mail(work, row)]
    users = {UserId(row.user_id) for row in wanted}
    tokens = await create_wanted_tokens(work, renderer, users, NotificationKind.REMINDED)
    return [_compose(work, renderer, _rows_of(job, rows), tokens) for job in jobs]


def _compose(
    work: UnitOfWork, renderer: EmailRenderer, rows: Sequence[Any], tokens: Mapping[UserId, str]
) -> ComposedEmail | Obsolete:
    row = next(iter(rows), None)  # equal ones have the same text
    if row is None:
        return Obsolete("the reminder was deleted or rescheduled")
    if reason := _reason_not_to_mail(work, row):
        return Obsolete(reason)
    token = tokens.get(UserId(row.user_id))
    if token is None:
        return Obsolete(MAILS_NOT_WANTED)
    return ComposedEmail(_render(work, renderer, row, token), user_stream(UserId(row.user_id)))


def _render(work: UnitOfWork, renderer: EmailRenderer, row: Any, token: str) -> EmailMessage:
    due = Due(row.due_kind, row.due_date, row.due_local, row.due_at)
    late = work.now - row.next_fire_at > timedelta(minutes=5) if row.next_fire_at else False
    renderer = renderer.speaking(row)
    t = renderer.t
    return renderer.render(
        "reminder",
        row.email,
        t("Reminder: {title}", title=row.title),
        unsubscribe=(token, Mails.REMINDERS.value),
        reply_to=renderer.reply_to("r", row.id, row.email, row.role, work.now),
        name=row.name,
        title=row.title,
        due=format_due(due, row.time_zone, work.now, t),
        zone=row.time_zone,
        list_name=list_name(t, row),
        link=renderer.todo_link(row.list_id, row.todo_id),
        meant_for=format_instant(row.next_fire_at, row.time_zone, t) if late else "",
    )


def _reason_not_to_mail(work: UnitOfWork, row: Any) -> str:
    too_late = "it could not be mailed within a day" if _is_too_late(work, row) else ""
    return obsolete_reason(row) or too_late


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


async def record_sent(work: UnitOfWork, jobs: Sequence[SendReminder]) -> None:
    """Set the reminders to `sent`. Their users' streams are locked."""
    rows = await _find_occurrences(work, jobs)
    await set_states(work, list(rows.values()), "sent", ReminderSent, "", sent_at=work.now)


async def record_outcome(work: UnitOfWork, job: SendReminder, outcome: Outcome) -> None:
    """Set the reminder to the state that shows the outcome of an attempt to mail it."""
    rows = await _lock_occurrences(work, job)
    if not rows:
        return
    if outcome.state == "retrying":
        detail = f"Attempt {outcome.attempt} failed: {outcome.reason}."
        await set_states(work, rows, "sending", ReminderSet, detail)
    elif outcome.state == "dead":
        await set_states(work, rows, "failed", ReminderFailed, f"Not sent: {outcome.reason}.")
    else:
        await _record_not_mailed(work, rows, outcome)


async def _record_not_mailed(work: UnitOfWork, rows: Sequence[Any], outcome: Outcome) -> None:
    """Set the state of equal reminders whose mail was obsolete."""
    row = rows[0]
    settings = (await queries.read_channels(work, {UserId(row.user_id)}))[UserId(row.user_id)]
    channels = settings[NotificationKind.REMINDED]
    detail = f"Not sent: {outcome.reason}."
    if obsolete_reason(row) or not any(channels.model_dump().values()):
        await set_states(work, rows, "cancelled", ReminderSet, detail)
    elif not channels.mail:
        # Firing showed the notification, which is all that the user's settings ask for.
        detail = "Not mailed, by choice."
        await set_states(work, rows, "sent", ReminderSent, detail, sent_at=work.now)
    elif _is_too_late(work, row):
        await set_states(work, rows, "missed", ReminderMissed, detail)
    else:
        await set_states(work, rows, "failed", ReminderFailed, detail)


async def _lock_occurrences(work: UnitOfWork, job: SendReminder) -> list[Any]:
    """Lock the user's stream and return the job's reminders that were not rescheduled."""
    ids = _reminder_ids([job])
    user_id = await work.connection.scalar(_USER_OF_REMINDERS, {"ids": ids})
    if user_id is None:
        return []
    await work.lock_streams([user_stream(UserId(user_id))])
    return _rows_of(job, await _find_occurrences(work, [job]))


async def _find_occurrences(work: UnitOfWork, jobs: Sequence[SendReminder]) -> dict[str, Any]:
    """Return the reminders that are being sent for the schedules that the jobs name, by occurrence."""
    rows = await work.connection.execute(_SENDING, {"ids": _reminder_ids(jobs)})
    by_key = {f"{row.id}:{row.occurrence}": row for row in rows}
    named = [key for job in jobs for key in job.occurrences]
    return {key: by_key[key] for key in named if key in by_key}


def _rows_of(job: SendReminder, rows: Mapping[str, Any]) -> list[Any]:
    return [rows[key] for key in job.occurrences if key in rows]


def _reminder_ids(jobs: Sequence[SendReminder]) -> list[str]:
    return [key.partition(":")[0] for job in jobs for key in job.occurrences]


async def set_states(
    work: UnitOfWork,
    rows: Sequence[Any],
    state: str,
    event_type: ReminderEvent,
    detail: str,
    *,
    sent_at: datetime | None = None,
) -> None:
    """Write the state of these reminders and record its events. The users' streams must be locked."""
    if not rows:
        return
    values: dict[str, Any] = {"state": state, "detail": detail[:200]}
    parameters = {"ids": [row.id for row in rows], "new_state": state, "new_detail": detail[:200]}
    if sent_at is None:
        await work.connection.execute(_SET_STATE, parameters)
    else:
        values["sent_at"] = sent_at
        await work.connection.execute(_SET_STATE_SENT, parameters | {"new_sent_at": sent_at})
    for row in rows:
        shape = reminder_from_row(row).shape.model_copy(
            update={**values, "state": ReminderState(state)}
        )
        event: Event = event_type(reminder=shape)
        work.record(user_stream(UserId(row.user_id)), event, None)


# Everything that decides whether and what to mail.
SELECT_REMINDERS = (
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
        ListRow.inbox_of.is_not(None).label("is_inbox"),
        ListRow.deleted_at.label("list_deleted_at"),
        UserRow.name,
        UserRow.email,
        UserRow.time_zone,
        UserRow.language,
        UserRow.locale,
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
    .where(ReminderRow.id.in_(bindparam("ids", expanding=True)))
)
# "failed" too: an operator may retry a dead letter.
_SENDING = SELECT_REMINDERS.where(ReminderRow.state.in_(("sending", "failed")))
_USER_OF_REMINDERS = (
    select(ReminderRow.user_id).where(ReminderRow.id.in_(bindparam("ids", expanding=True))).limit(1)
)
_SET_STATE = (
    update(ReminderRow)
    .where(ReminderRow.id.in_(bindparam("ids", expanding=True)))
    .values(state=bindparam("new_state"), detail=bindparam("new_detail"))
)
_SET_STATE_SENT = _SET_STATE.values(sent_at=bindparam("new_sent_at"))
