"""Mail a test reminder, and show the user its outcome."""

from sqlalchemy import select

from shared.contract.jobs import SendTestReminder
from shared.contract.shapes import ReminderState
from shared.ids import UserId
from shared.jobs.retries import Obsolete
from shared.reminders.reminder_test import record_reminder_test
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Outcome
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.text_format import format_instant


async def compose_test_reminder(
    work: UnitOfWork, renderer: EmailRenderer, job: SendTestReminder
) -> EmailMessage:
    """Return the test reminder. Raise Obsolete if the account is deleted or not active."""
    row = (
        await work.connection.execute(
            select(UserRow.name, UserRow.email, UserRow.time_zone, UserRow.status).where(
                UserRow.id == job.user_id
            )
        )
    ).one_or_none()
    if row is None or row.status != "active":
        raise Obsolete("the account is not active")
    return renderer.render(
        "test_reminder",
        row.email,
        "Your reminders arrive",
        name=row.name,
        sent_at=format_instant(work.now, row.time_zone),
        zone=row.time_zone,
    )


async def record_sent(work: UnitOfWork, job: SendTestReminder) -> None:
    await record_reminder_test(work, UserId(job.user_id), job.test_id, ReminderState.SENT, "")


async def record_outcome(work: UnitOfWork, job: SendTestReminder, outcome: Outcome) -> None:
    """Show the user each failed attempt, and the end."""
    detail = f"Not sent: {outcome.reason}."
    if outcome.state == "retrying":
        state = ReminderState.SENDING
        detail = f"Attempt {outcome.attempt} failed: {outcome.reason}."
    elif outcome.state == "dead":
        state = ReminderState.FAILED
    else:
        state = ReminderState.CANCELLED

    await record_reminder_test(work, UserId(job.user_id), job.test_id, state, detail)
