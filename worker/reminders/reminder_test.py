"""Mails a person a test of their reminders, and tells their screens how it went."""

from sqlalchemy import select

from shared.contract.jobs import SendTestReminder
from shared.contract.shapes import ReminderState
from shared.ids import UserId
from shared.jobs.retries import Unwanted
from shared.reminders.reminder_test import record_reminder_test
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Outcome
from worker.mail.renderer import Letter, Letters
from worker.text_format import instant_in_words


async def write_test(work: UnitOfWork, letters: Letters, job: SendTestReminder) -> Letter:
    """Returns a reminder of nothing. Raises Unwanted when the account is gone or disabled."""
    row = (
        await work.connection.execute(
            select(UserRow.name, UserRow.email, UserRow.time_zone, UserRow.status).where(
                UserRow.id == job.user_id
            )
        )
    ).one_or_none()
    if row is None or row.status != "active":
        raise Unwanted("the account is not active")
    return letters.write(
        "test_reminder",
        row.email,
        "Your reminders arrive",
        name=row.name,
        sent_at=instant_in_words(work.now, row.time_zone),
        zone=row.time_zone,
    )


async def note_sent(work: UnitOfWork, job: SendTestReminder) -> None:
    await record_reminder_test(work, UserId(job.user_id), job.test_id, ReminderState.SENT, "")


async def note_outcome(work: UnitOfWork, job: SendTestReminder, outcome: Outcome) -> None:
    """The person sees each attempt that failed, and the end."""
    if outcome.state == "retrying":
        state, detail = ReminderState.SENDING, f"Attempt {outcome.attempt} failed: {outcome.why}."
    elif outcome.state == "dead":
        state, detail = ReminderState.FAILED, f"Not sent: {outcome.why}."
    else:
        state, detail = ReminderState.CANCELLED, f"Not sent: {outcome.why}."
    await record_reminder_test(work, UserId(job.user_id), job.test_id, state, detail)
