"""Mail a test reminder, and show the user its outcome."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from shared.contract.jobs import SendTestReminder
from shared.contract.shapes import ReminderState
from shared.ids import UserId, user_stream
from shared.jobs.retries import Obsolete
from shared.languages.catalogues import ENGLISH
from shared.languages.choice import language_of_account
from shared.languages.texts import translator
from shared.reminders.reminder_test import record_reminder_test
from shared.tables.accounts import UserRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Outcome
from worker.mail.email_batches import ComposedEmail
from worker.mail.renderer import EmailRenderer
from worker.text_format import format_instant

_USERS = select(
    UserRow.id, UserRow.name, UserRow.email, UserRow.time_zone, UserRow.language, UserRow.locale
).where(UserRow.id.in_(bindparam("ids", expanding=True)), UserRow.status == "active")


async def compose_test_reminders(
    work: UnitOfWork, renderer: EmailRenderer, jobs: Sequence[SendTestReminder]
) -> list[ComposedEmail | Obsolete]:
    """Return the test reminders, without those of accounts that are deleted or not active."""
    rows = await work.connection.execute(_USERS, {"ids": [job.user_id for job in jobs]})
    users = {row.id: row for row in rows}
    return [
        _compose(work, renderer, users[job.user_id])
        if job.user_id in users
        else Obsolete("the account is not active")
        for job in jobs
    ]


def _compose(work: UnitOfWork, renderer: EmailRenderer, user: Any) -> ComposedEmail:
    renderer = renderer.speaking(user)
    email = renderer.render(
        "test_reminder",
        user.email,
        renderer.t("Your reminders arrive"),
        name=user.name,
        sent_at=format_instant(work.now, user.time_zone, renderer.t),
        zone=user.time_zone,
    )
    return ComposedEmail(email, user_stream(UserId(user.id)))


async def record_sent(work: UnitOfWork, jobs: Sequence[SendTestReminder]) -> None:
    """Show the users that the mails were sent. Their streams are locked."""
    for job in jobs:
        await record_reminder_test(work, UserId(job.user_id), job.test_id, ReminderState.SENT, "")


async def record_outcome(work: UnitOfWork, job: SendTestReminder, outcome: Outcome) -> None:
    """Show the user each failed attempt, and the end."""
    of_user = select(UserRow.language, UserRow.locale).where(UserRow.id == job.user_id)
    user = (await work.connection.execute(of_user)).one_or_none()
    t = translator(language_of_account(user.language or "", user.locale or "") if user else ENGLISH)
    detail = t("Not sent: {reason}.", reason=outcome.reason)
    if outcome.state == "retrying":
        state = ReminderState.SENDING
        detail = t(
            "Attempt {number} failed: {reason}.", number=outcome.attempt, reason=outcome.reason
        )
    elif outcome.state == "dead":
        state = ReminderState.FAILED
    else:
        state = ReminderState.CANCELLED

    await record_reminder_test(work, UserId(job.user_id), job.test_id, state, detail)
